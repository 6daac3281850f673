package system.authz_test

import data.system.authz

_token := "0123456789abcdef0123456789abcdef"

_callers := {crypto.sha256(_token): "gateway"}

_question := {
	"method": "POST",
	"path": ["v1", "data", "mcp", "authz", "decision"],
	"params": {"provenance": ["true"], "strict-builtin-errors": ["true"]},
	"headers": {},
	"identity": _token,
}

_health := {"method": "GET", "path": ["health"], "params": {"bundles": [""], "plugins": [""]}, "headers": {}}

_metrics := {"method": "GET", "path": ["metrics"], "params": {}, "headers": {}, "identity": _token}

_allowed(request, callers) := allowed if {
	allowed := authz.allow with input as request with data.callers as callers
}

_changed(request, key, value) := object.union(object.remove(request, {key}), {key: value})

test_the_four_questions_get_through if {
	every name in ["about", "decision", "needs", "visible"] {
		_allowed(_changed(_question, "path", ["v1", "data", "mcp", "authz", name]), _callers)
	}
	_allowed(_changed(_question, "params", {}), _callers)
}

test_no_other_path_gets_through if {
	every path in [
		[], [""], ["decision"], ["v1"], ["v1", "data"], ["v1", "data", "mcp"], ["v1", "data", "mcp", "authz"],
		["v1", "data", "mcp", "authz", ""], ["v1", "data", "mcp", "authz", "decision", ""],
		["v1", "data", "mcp", "authz", "decision", "allow"], ["v1", "data", "mcp", "authz", "Decision"],
		["", "v1", "data", "mcp", "authz", "decision"], ["v0", "data", "mcp", "authz", "decision"],
		["v1", "data", "mcp/authz", "decision"], ["v1", "data", "callers"], ["v1", "data", "mcp", "policy"],
		["v1", "policies"], ["v1", "policies", "mcp"], ["v1", "query"], ["v1", "compile"], ["v1", "config"],
		["v1", "status"], ["v1", "batch", "data", "mcp", "authz", "decision"], ["debug", "pprof"],
		"v1/data/mcp/authz/decision", null,
	] {
		not _allowed(_changed(_question, "path", path), _callers)
	}
}

test_a_question_is_posted if {
	every method in ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post", "", null] {
		not _allowed(_changed(_question, "method", method), _callers)
	}
}

test_no_other_parameter_gets_through if {
	every name in ["explain", "metrics", "instrument", "pretty", "input", "Provenance", ""] {
		not _allowed(_changed(_question, "params", {"provenance": ["true"], name: ["full"]}), _callers)
	}
	every odd in [null, [], "provenance"] {
		not _allowed(_changed(_question, "params", odd), _callers)
	}
}

test_a_caller_without_a_known_token_is_refused if {
	not _allowed(object.remove(_question, {"identity"}), _callers)
	every token in ["", "another", concat("", [_token, "0"]), upper(_token), crypto.sha256(_token), null, [_token]] {
		not _allowed(_changed(_question, "identity", token), _callers)
	}
}

test_a_short_token_is_refused_though_it_is_known if {
	every token in ["", "secret", "0123456789abcdef0123456789abcde"] {
		not _allowed(_changed(_question, "identity", token), {crypto.sha256(token): "gateway"})
	}
}

test_callers_that_are_missing_or_odd_let_nobody_in if {
	hash := crypto.sha256(_token)
	every callers in [{}, [], [hash], null, "", hash, true, {_token: "gateway"}, {"gateway": hash}, {hash: true}] {
		not _allowed(_question, callers)
	}
	not authz.allow with input as _question
}

test_several_tokens_are_known_at_once if {
	another := "another token of thirty-two characters"
	callers := object.union(_callers, {crypto.sha256(another): "gateway, from next week"})
	_allowed(_question, callers)
	_allowed(_changed(_question, "identity", another), callers)
}

test_health_is_for_all if {
	_allowed(_health, {})
	_allowed(_changed(_health, "params", {}), _callers)
	not _allowed(_changed(_health, "method", "POST"), _callers)
	not _allowed(_changed(_health, "params", {"pretty": [""]}), _callers)
	not _allowed(_changed(_health, "path", ["health", "live"]), _callers)
}

test_metrics_are_for_callers if {
	_allowed(_metrics, _callers)
	not _allowed(_metrics, {})
	not _allowed(object.remove(_metrics, {"identity"}), _callers)
	not _allowed(_changed(_metrics, "method", "POST"), _callers)
	not _allowed(_changed(_metrics, "params", {"pretty": [""]}), _callers)
	every path in [[], ["metrics", ""], ["v1", "data", "mcp", "policy"], ["v1", "policies"], ["v1", "config"]] {
		not _allowed(_changed(_metrics, "path", path), _callers)
	}
}

test_an_empty_request_is_refused if {
	every request in [{}, null, [], ""] {
		_allowed(request, _callers) == false
	}
}
