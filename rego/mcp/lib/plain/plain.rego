package mcp.lib.plain

_harmless := "etaoinsrhldcumfpgwybvkxjqz _-./:=,@+%^~ETAOINSRHLDCUMFPGWYBVKXJQZ0123456789"

_unsafe := `[\x{1}-\x{1f}\x{7f}-\x{9f};&|<>$\x{60}\\'"(){}*?\[\]!#]`

# METADATA
# title: A value that no shell reads anything into
# description: |
#   Null, or a string without what a shell takes for its own, without control characters and a leading `-`.
plain(value) if {
	value == null
} else if {
	is_string(value)
	not startswith(value, "-")
	_harmless_throughout(value)
}

_harmless_throughout(value) if {
	trim(value, _harmless) == ""
} else if {
	not contains(value, "\u0000")
	not regex.match(_unsafe, value)
}
