package mcp.lib.path

# Patterns with `*` by the length of the text that a name starts or ends with, then that text: [starts, ends]. Those of
# `ends` are reversed: a subtraction costs more than all the rest in Wasm.
_starred(patterns, name, path) if {
	reversed := strings.reverse(name)
	some group in patterns[1]
	some pattern in group[1][substring(reversed, 0, group[0])]
	_proven(pattern, path)
} else if {
	name != ""
	some group in patterns[0]
	some [inside, end, pattern] in group[1][substring(name, 0, group[0])]
	rest := substring(name, group[0], -1)
	endswith(rest, end)
	contains(trim_suffix(rest, end), inside)
	_proven(pattern, path)
}

# What a name leaves to prove: nothing, or a regex of the whole path.
_proven(pattern, path) if {
	pattern == ""
} else if regex.match(pattern, path)
