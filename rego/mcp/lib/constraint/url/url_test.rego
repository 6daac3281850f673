package mcp.lib.constraint.url_test

import data.mcp.lib.constraint.url
import data.mcp.lib.example_test as example

_public := {
	"known": true,
	"scheme": "https",
	"host": "example.com",
	"port": 443,
	"default_port": true,
	"class": "public",
}

_internal := object.union(_public, {"host": "localhost", "class": "internal"})

_listed := {
	"allow_hosts": example.hosts(["example.com", "localhost"]),
	"sources": {"allowed_hosts": example.source("hosts")},
}

test_a_host_that_is_listed_or_any_public_one if {
	_permits({}, _public)
	_permits(_listed, _public)
	_permits(_listed, _internal)
	_permits({}, object.union(_public, {"scheme": "http", "port": 80}))
}

test_url_missing if {
	_reasons_of({}) == {{"code": "read_only.url_missing"}}
	_reasons_of({"urls": []}) == {{"code": "read_only.url_missing", "argument": "/urls"}}
	every given in [null, 1, {}, ["https://example.com"]] {
		_reasons_of({"url": given}) == {{"code": "read_only.url_missing", "argument": "/url"}}
	}
}

test_url_unsafe_where_it_was_not_understood if {
	_reasons({}, {"known": false, "problem": "user information"}) == {_reason("url_unsafe")}
	_reasons_of({"url": "https://example.com"}) == {_reason("url_unsafe")}
}

test_url_unsafe_where_the_fact_is_not_whole if {
	every field in object.keys(_public) {
		_reasons(_listed, object.remove(_public, [field])) == {_reason("url_unsafe")}
	}
	_reasons({}, object.union(_public, {"class": "private"})) == {_reason("url_unsafe")}
}

test_scheme_not_allowed if {
	_reasons({}, object.union(_public, {"scheme": "ftp"})) == {_reason("scheme_not_allowed")}
}

test_host_not_allowed if {
	_reasons(_listed, object.union(_public, {"host": "example.org"})) == {_host("host_not_allowed")}
}

test_host_not_allowed_on_another_port if {
	_reasons(_listed, object.union(_public, {"port": 8443, "default_port": false})) == {_host("host_not_allowed")}
}

test_host_internal if {
	_reasons({}, _internal) == {_reason("host_internal")}
	_reasons({}, object.union(_public, {"host": "169.254.169.254", "class": "address"})) == {_reason("host_internal")}
	_reasons(_listed, object.union(_internal, {"host": "db"})) == {_host("host_internal")}
}

test_an_internal_host_that_is_listed_is_no_reason if {
	facts := {"url": {"/url": _internal, "/urls/0": object.union(_public, {"host": "example.org"})}}
	asked := example.knowing(example.calling("read_file", {"url": "a", "urls": ["b"]}), facts)
	example.reasons(asked, _policy(_listed)) == {object.union(_host("host_not_allowed"), {"argument": "/urls/0"})}
}

test_every_url_is_judged if {
	facts := {"url": {"/url": _public, "/urls/0": _internal}}
	asked := example.knowing(example.calling("read_file", {"url": "a", "urls": ["b"]}), facts)
	example.reasons(asked, _policy({})) == {{"code": "read_only.host_internal", "argument": "/urls/0"}}
}

test_a_constraint_that_is_not_whole if {
	url.whole(example.url)
	_holds(example.url)
	every field in ["arguments", "schemes", "allow_hosts"] {
		lacking := object.remove(example.url, [field])
		not url.whole(lacking)
		not _holds(lacking)
	}
	not _holds(object.union(example.url, {"arguments": {"named": {"a": ["url"]}}}))
	_holds(object.union(example.url, {"arguments": {"named": [["url"]]}}))
}

_reason(code) := {"code": concat(".", ["read_only", code]), "argument": "/url"}

_host(code) := object.union(_reason(code), {"source": {"line": 1, "text": "hosts"}})

_policy(changes) := example.constraining("read_file", object.union(example.url, changes))

_asked(fact) := example.knowing(example.calling("read_file", {"url": "https://example.com"}), {"url": {"/url": fact}})

_permits(changes, fact) if example.permits(_asked(fact), _policy(changes)) == ["read_only.permitted"]

_reasons(changes, fact) := example.reasons(_asked(fact), _policy(changes))

_reasons_of(arguments) := example.reasons(example.calling("read_file", arguments), _policy({}))

_holds(constraint) if url.holds(constraint) with input as _asked(_public) with data.mcp.policy as example.policy
