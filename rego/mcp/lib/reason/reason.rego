# METADATA
# title: The shape of a reason
# description: >-
#   The one place where a reason is made. Its code is the judging policy's name and the name of the rule that found it; whether
#   LOG_AND_ALLOW softens it stands in the rule's own METADATA.
package mcp.lib.reason

# METADATA
# description: >-
#   A finding: the reason as the answer shows it, who gives it, and whether it may be softened. `chain` is the finding rule's
#   `rego.metadata.chain()`; `argument` and `source` may be null.
finding(chain, policy, argument, source) := {
	"policy": policy,
	"soft": object.get(chain[0], ["annotations", "custom", "monitor"], false),
	"reason": {field: value |
		some field, value in {
			"code": concat(".", [policy, chain[0].path[count(chain[0].path) - 1]]),
			"argument": argument,
			"source": source,
		}
		value != null
	},
}

# METADATA
# description: A finding about one constraint; `line` is the constraint's name in the policy document.
of(chain, judged, argument, line) := finding(chain, judged.policy, argument, _source(judged.constraint, line))

_source(constraint, line) := source if {
	source := constraint.sources[line]
} else := null
