package mcp.lib.argument

import data.mcp.lib.call

# METADATA
# description: There is something to judge, and all of it is text.
readable(values) if {
	values != {}
	every place, value in values { text(place, value) }
}

# METADATA
# description: Where there should be text and is none; null if there is nothing at all.
unreadable(values) := {null} if {
	values == {}
} else := {place |
	some place, value in values
	not text(place, value)
}

# METADATA
# description: The value is a string, be it one that was too long to be sent along, of which only facts are known.
# scope: document
text(_, value) if is_string(value)

text(place, value) if {
	value == {}
	call.facts.elided[place]
}
