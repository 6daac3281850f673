package mcp.lib.path_test

import data.mcp.lib.path

test_a_path_is_relative_to_the_root_that_holds_it if {
	path.relative("/srv/data/a/b", ["/opt", "/srv/data"]) == "a/b"
	path.relative("/srv/data", ["/srv/data"]) == ""
	path.relative("/a", ["/"]) == "a"
	path.relative("/", ["/"]) == ""
}

test_without_roots_a_path_is_what_it_is if {
	path.relative("a", []) == "a"
	path.relative("/a", []) == "/a"
}

test_no_root_holds_what_only_begins_so if {
	every text in ["/srv/database", "srv/data/a", "a", "/", "/srv", "", null] {
		not path.relative(text, ["/srv/data"])
	}
	not path.relative(null, [])
}
