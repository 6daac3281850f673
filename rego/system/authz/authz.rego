# METADATA
# title: Who may ask this OPA what
# description: >-
#   OPA asks it before it serves any request (`--authentication=token --authorization=basic`). What isn't named here is
#   refused: no policy or data is changed or read, no query of one's own is run, no answer explained.
package system.authz

default allow := false

# METADATA
# title: One of the four questions, asked with a caller's token
# description: The body isn't judged here; the policy has an answer to any.
# scope: rule
allow if {
	input.method == "POST"
	input.path in _questions
	_only({"provenance", "strict-builtin-errors"})
	_known
}

# METADATA
# title: Whether this OPA is ready, asked by anybody
# description: The answer says yes or no. Whoever checks health holds no secret.
# scope: rule
allow if {
	input.method == "GET"
	input.path == ["health"]
	_only({"bundles", "plugins"})
}

# METADATA
# title: Its metrics, with a caller's token
# scope: rule
allow if {
	input.method == "GET"
	input.path == ["metrics"]
	_only(set())
	_known
}

_questions contains ["v1", "data", "mcp", "authz", name] if some name in {"about", "decision", "needs", "visible"}

_only(parameters) if object.keys(input.params) - parameters == set()

# A token is known by its SHA-256; a short one would soon be found by whoever reads that.
_known if {
	count(input.identity) >= 32
	is_string(data.callers[crypto.sha256(input.identity)])
}
