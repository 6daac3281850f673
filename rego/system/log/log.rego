# METADATA
# title: What OPA's decision log shows of a question
# description: >-
#   Who asked for what, and the whole answer, which names rules, policy lines and arguments, never an argument's value.
#   Of the input nothing is shown but what stands here; what is missing or odd is null.
package system.log

# METADATA
# title: What may be read by all stands in the place of the input
mask contains {"op": "upsert", "path": "/input", "value": _shown}

_shown := {
	"id": _scalar(["id"]),
	"subject": {"id": _scalar(["subject", "id"])},
	"action": {"name": _scalar(["action", "name"])},
	"resource": {
		"type": _scalar(["resource", "type"]),
		"id": _name,
		"properties": {"server_id": _scalar(["resource", "properties", "server_id"])},
	},
	"context": {
		"correlation_id": _scalar(["context", "correlation_id"]),
		"source_ip": _scalar(["context", "source_ip"]),
		"time": _scalar(["context", "time"]),
	},
}

default _name := null

# A resource's id is its URI, and that may hold a password or a signature.
_name := _scalar(["resource", "id"]) if input.input.resource.type in {"prompt", "tool"}

default _scalar(_) := null

_scalar(path) := value if {
	value := object.get(input.input, path, null)
	type_name(value) in {"boolean", "number", "string"}
}
