# METADATA
# title: The call
# description: >-
#   The only reader of `input`: names its parts, and says whether a document is whole (whole.rego). It judges nothing.
package mcp.lib.call

# METADATA
# description: The request's id, which every answer echoes; without one there is no answer.
id := input.id if is_string(input.id)

# METADATA
# description: Who calls, as an authenticator proved it.
subject := input.subject.id

# METADATA
# description: The groups that the authenticator names; the policy names others.
groups := input.subject.properties.groups

# METADATA
# description: The MCP method.
method := input.action.name

# METADATA
# description: What is asked for, `tool`, `resource` or `prompt`.
kind := input.resource.type

# METADATA
# description: The tool's or prompt's name, or the resource's URI, or its template.
name := input.resource.id

# METADATA
# description: The server's id; null where the call names none.
server := input.resource.properties.server_id

# METADATA
# description: The arguments, less the strings that were too long to be sent along.
arguments := input.resource.properties.arguments

# METADATA
# description: What was found out beside Rego about the arguments.
facts := input.context.facts

# METADATA
# description: Seconds since 1970, UTC.
now := input.context.time

# METADATA
# description: The entries of a list, of which some are visible.
resources := input.resources
