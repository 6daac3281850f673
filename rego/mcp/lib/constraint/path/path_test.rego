package mcp.lib.constraint.path_test

import data.mcp.lib.constraint.path
import data.mcp.lib.example_test as example

_docs := object.union(example.path, {
	"allow": example.paths(["docs/a.md"]),
	"sources": {"allowed_paths": example.source("docs")},
})

test_a_path_that_every_part_of_the_constraint_lets_pass if {
	_permits(_docs, {"path": "docs/a.md"})
	_permits(example.path, {"path": "anything"})
	_permits(object.union(example.path, {"allow_extensions": {".md": true}}), {"path": "a.md"})
	_permits(object.union(example.path, {"deny_extensions": {".exe": true}}), {"path": "a.md"})
	_permits(object.union(_docs, {"roots": ["/srv"]}), {"path": "/srv/docs/a.md"})
}

test_path_missing_where_there_is_none if {
	_reasons(_docs, {}) == {{"code": "read_only.path_missing"}}
	_reasons(_docs, {"where": "docs/a.md"}) == {{"code": "read_only.path_missing"}}
}

test_path_missing_where_it_is_no_string if {
	every given in [null, 1, true, ["docs/a.md"], {"path": "docs/a.md"}] {
		_reasons(_docs, {"path": given}) == {{"code": "read_only.path_missing", "argument": "/path"}}
	}
}

test_path_missing_where_it_was_too_long_to_be_sent if {
	elided := {"elided": {"/path": {"bytes": 5000, "sha256": ""}}}
	asked := example.knowing(example.calling("read_file", {"path": {}}), elided)
	example.reasons(asked, example.constraining("read_file", _docs)) == {{
		"code": "read_only.path_missing",
		"argument": "/path",
	}}
}

test_path_missing_in_a_list if {
	_reasons(_docs, {"paths": []}) == {{"code": "read_only.path_missing", "argument": "/paths"}}
	_reasons(_docs, {"paths": ["docs/a.md", 1]}) == {{"code": "read_only.path_missing", "argument": "/paths/1"}}
}

test_path_unsafe if {
	every unsafe in ["", "docs/../a", "docs//a", "docs/", "docs\\a", "docs/%2e%2e/a"] {
		_reasons(_docs, {"path": unsafe}) == {{"code": "read_only.path_unsafe", "argument": "/path"}}
	}
}

test_path_outside_roots if {
	rooted := object.union(example.path, {"roots": ["/srv"], "sources": {"roots": example.source("roots")}})
	every path in ["/etc/passwd", "docs/a.md", "/srvx/a"] {
		_reasons(rooted, {"path": path}) == {{
			"code": "read_only.path_outside_roots",
			"argument": "/path",
			"source": {"line": 1, "text": "roots"},
		}}
	}
}

test_path_not_allowed if {
	_reasons(_docs, {"path": "docs/b.md"}) == {{
		"code": "read_only.path_not_allowed",
		"argument": "/path",
		"source": {"line": 1, "text": "docs"},
	}}
}

test_path_denied if {
	denying := object.union(example.path, {
		"deny": example.paths([".env"]),
		"sources": {"denied_paths": example.source("env")},
	})
	every path in [".env", ".ENV", "%2eenv"] {
		_reasons(denying, {"path": path}) == {{
			"code": "read_only.path_denied",
			"argument": "/path",
			"source": {"line": 1, "text": "env"},
		}}
	}
}

test_path_denied_inside_a_root if {
	denying := object.union(example.path, {"roots": ["/srv"], "deny": example.paths(["docs/.env"])})
	_reasons(denying, {"path": "/srv/docs/.env"}) == {{"code": "read_only.path_denied", "argument": "/path"}}
}

test_path_denied_outside_every_root if {
	denying := object.union(example.path, {"roots": ["/srv"], "deny": example.paths(["/etc/.env"])})
	_reasons(denying, {"path": "/etc/.env"}) == {
		{"code": "read_only.path_denied", "argument": "/path"},
		{"code": "read_only.path_outside_roots", "argument": "/path"},
	}
}

test_path_denied_where_the_index_is_not_whole if {
	every field in ["exact", "levels", "folds"] {
		broken := object.union(object.remove(_docs, ["deny"]), {"deny": object.remove(example.paths([]), [field])})
		_reasons(broken, {"path": "docs/a.md"}) == {{"code": "read_only.path_denied", "argument": "/path"}}
	}
}

test_extension_not_allowed if {
	markdown := object.union(example.path, {"allow_extensions": {".md": true}})
	every path in ["a.txt", "a.MD", "a", ".md"] {
		_reasons(markdown, {"path": path}) == {{"code": "read_only.extension_not_allowed", "argument": "/path"}}
	}
}

test_extension_denied if {
	no_programs := object.union(example.path, {"deny_extensions": {".exe": true}})
	every path in ["a.exe", "a.EXE", "a%2eexe"] {
		_reasons(no_programs, {"path": path}) == {{"code": "read_only.extension_denied", "argument": "/path"}}
	}
}

test_every_path_is_judged if {
	_reasons(_docs, {"path": "docs/a.md", "source": "../x", "paths": ["docs/a.md", "x"]}) == {
		{"code": "read_only.path_unsafe", "argument": "/source"},
		{"code": "read_only.path_not_allowed", "argument": "/paths/1", "source": {"line": 1, "text": "docs"}},
	}
}

test_a_constraint_that_is_not_whole if {
	path.whole(_docs)
	every field in ["arguments", "roots", "allow", "deny", "allow_extensions", "deny_extensions"] {
		lacking := object.remove(_docs, [field])
		not path.whole(lacking)
		not _permits(lacking, {"path": "docs/a.md"})
	}
	not _holds(object.union(example.path, {"roots": {"a": "/srv"}}), {"path": "/srv/a.md"})
	_holds(object.union(example.path, {"roots": ["/srv"]}), {"path": "/srv/a.md"})
}

_holds(constraint, arguments) if {
	asked := example.calling("read_file", arguments)
	path.holds(constraint) with input as asked with data.mcp.policy as example.policy
}

_permits(constraint, arguments) if {
	example.permits(
		example.calling("read_file", arguments),
		example.constraining("read_file", constraint),
	) == ["read_only.permitted"]
}

_reasons(constraint, arguments) := example.reasons(
	example.calling("read_file", arguments),
	example.constraining("read_file", constraint),
)
