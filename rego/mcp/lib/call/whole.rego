package mcp.lib.call

import data.mcp.lib.optional

# METADATA
# description: >-
#   The document asks for a decision and has every part that the contract names, of its type, and no other. Arguments
#   may be anything: that they are no object is a refusal of its own.
whole if {
	_asked
	_targeted
	count(input.resource.properties) == 2
	context := input.context
	is_string(context.correlation_id)
	count(context) == 5
	is_string(context.session_id)
	is_string(context.source_ip)
	found := context.facts
	is_string(found.schema)
	count(found) == 6
	is_object(found.sql)
	is_object(found.url)
	is_object(found.sizes)
	is_object(found.elided)
	optional.map(found.uri)
}

# METADATA
# description: The same of a document that asks which facts a decision needs.
whole_needs if {
	_asked
	_targeted
	count(input.resource.properties) == 1
	count(input.context) == 1
}

# METADATA
# description: The same of a document that asks what of a list is visible; the entries are judged one by one.
whole_visible if {
	_asked
	is_array(input.resources)
	count(input.context) == 1
}

_asked if {
	is_string(input.id)
	count(input) == 5
	input.id != ""
	who := input.subject
	who.type == "agent"
	count(who) == 3
	is_string(who.id)
	proven := who.properties
	is_string(proven.auth_method)
	count(proven) == 2
	is_array(proven.groups)
	every group in proven.groups { is_string(group) }
	is_string(input.action.name)
	count(input.action) == 1
	is_number(input.context.time)
}

_targeted if {
	target := input.resource
	is_string(target.type)
	count(target) == 3
	is_string(target.id)
	optional.text(target.properties.server_id)
	target.properties.server_id != ""
}
