package mcp.lib.name

_alphabet := "etaroisnlcdupmghfybwvkxjqz_-.ETAROISNLCDUPMGHFYBWVKXJQZ0123456789"

# METADATA
# title: A well-formed tool name
# description: 1 to 128 of `[A-Za-z0-9_.-]`.
valid(name) if {
	is_string(name)
	name != ""
	count(name) <= 128
	trim(name, _alphabet) == ""
}

# METADATA
# title: The entries that cover the tool
# description: |
#   `patterns` is the list in NAMES as `mcp_opa/policy/patterns/names.py` makes it; gives the texts of those entries, in
#   their order. An entry with a server covers no call that names none.
covering(patterns, server, name) := [entry | some [entry, on, glob] in patterns; _on(on, server); _covers(glob, name)] if {
	is_array(patterns)
	is_string(name)
}

# METADATA
# title: Some entry with a server covers the tool
server_asked(patterns, name) if {
	some [_, on, glob] in patterns
	on != null
	_covers(glob, name)
}

_on(null, _)

_on(glob, server) if _covers(glob, server)

# A GLOB is a text, or what stands before the first `*`, between two, and after the last, and a regex where there are more.
_covers(text, text)

_covers([start, inside, end, pattern], text) if {
	startswith(text, start)
	rest := trim_prefix(text, start)
	endswith(rest, end)
	contains(trim_suffix(rest, end), inside)
	_proven(pattern, text)
}

_proven("", _)

_proven(pattern, text) if {
	pattern != ""
	regex.match(pattern, text)
}
