# METADATA
# title: The shape of a reason
# description: >-
#   The one place where a reason is made. Its code is the name of the policy that judges and the name of the rule that
#   found it; whether LOG_AND_ALLOW softens it stands in the METADATA of that rule, as do the texts for people.
package mcp.lib.reason

# METADATA
# description: >-
#   What a rule found: the reason as the answer shows it, the policy that gives it, and whether it may be softened.
#   `chain` is the rule's own `rego.metadata.chain()`; `argument` and `source` may be null.
finding(chain, policy, argument, source) := {
	"policy": policy,
	"soft": object.get(chain[0], ["annotations", "custom", "monitor"], false),
	"reason": {field: value |
		some field, value in {"code": _code(policy, chain[0].path), "argument": argument, "source": source}
		value != null
	},
}

# METADATA
# description: What a rule found about one constraint; `line` is the constraint's name in the policy document.
of(chain, judged, argument, line) := finding(
	chain,
	judged.policy,
	argument,
	object.get(judged.constraint, ["sources", line], null),
)

_code(policy, path) := concat(".", [policy, path[count(path) - 1]])
