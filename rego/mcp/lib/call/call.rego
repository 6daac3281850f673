# METADATA
# title: The call
# description: >-
#   The only reader of `input`. Names its parts, and says whether a document is whole: each part there, of its type, and no other.
#   It judges nothing.
package mcp.lib.call

import data.mcp.lib.optional

id := input.id if is_string(input.id)

subject := input.subject.id

groups := input.subject.properties.groups

method := input.action.name

kind := input.resource.type

name := input.resource.id

server := input.resource.properties.server_id

arguments := input.resource.properties.arguments

facts := input.context.facts

time := input.context.time

resources := input.resources

# METADATA
# description: The document asks for a decision, and is whole. (Arguments that are no object are a refusal of their own.)
whole if {
	_asked
	_targeted
	count(input.resource.properties) == 2
	context := input.context
	count(context) == 5
	is_string(context.correlation_id)
	is_string(context.session_id)
	is_string(context.source_ip)
	told := context.facts
	count(told) == 6
	is_string(told.schema)
	is_object(told.sql)
	is_object(told.url)
	is_object(told.sizes)
	is_object(told.elided)
	optional.object(told.uri)
}

# METADATA
# description: The document asks which facts a decision needs, and is whole.
whole_needs if {
	_asked
	_targeted
	count(input.resource.properties) == 1
	count(input.context) == 1
}

# METADATA
# description: The document asks what of a list is visible, and is whole; its entries are judged one by one.
whole_visible if {
	_asked
	is_array(resources)
	count(input.context) == 1
}

_asked if {
	count(input) == 5
	is_string(input.id)
	input.id != ""
	who := input.subject
	count(who) == 3
	who.type == "agent"
	is_string(who.id)
	proven := who.properties
	count(proven) == 2
	is_string(proven.auth_method)
	is_array(proven.groups)
	every group in proven.groups {
		is_string(group)
	}
	count(input.action) == 1
	is_string(input.action.name)
	is_number(input.context.time)
}

_targeted if {
	target := input.resource
	count(target) == 3
	is_string(target.type)
	is_string(target.id)
	optional.string(target.properties.server_id)
}
