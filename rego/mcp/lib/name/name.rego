package mcp.lib.name

_alphabet := "e_tarosinlcdupmghfybwvkxjqz-.ETAROISNLCDUPMGHFYBWVKXJQZ0123456789"

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
#   `patterns` is the list in NAMES (`mcp_opa/policy/patterns/names.py`); gives the texts of those entries, in their
#   order. An entry with a server covers no call that names none.
covering(patterns, server, name) := [pattern[0] |
	some pattern in patterns
	_covers(pattern[2], name)
	_serves(pattern[1], server)
] if {
	is_array(patterns)
	is_string(name)
}

# METADATA
# title: Some entry with a server covers the tool
# description: Whatever the server.
server_asked(patterns, name) if {
	is_string(name)
	some pattern in patterns
	pattern[1] != null
	_covers(pattern[2], name)
}

_serves(server_pattern, server) if {
	server_pattern == null
} else if {
	is_string(server)
	_covers(server_pattern, server)
}

# A pattern is a text without `*`, or what stands before the first `*`, between two, after the last, and a regex where
# there are more.
_covers(pattern, text) if {
	pattern == text
} else if {
	is_array(pattern)
	startswith(text, pattern[0])
	rest := trim_prefix(text, pattern[0])
	endswith(rest, pattern[2])
	contains(trim_suffix(rest, pattern[2]), pattern[1])
	_proven(pattern[3], text)
}

_proven(pattern, text) if {
	pattern == ""
} else if regex.match(pattern, text)
