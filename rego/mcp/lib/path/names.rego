package mcp.lib.path

# The patterns of one name, sorted into [exact, starts, ends]: by the name itself, or by length and then the text that it
# starts or ends with. Each leads to what is left to prove: [text inside the rest, text at its end, regex of the path].
_named([exact, _, _], name, path) if {
	some [_, _, pattern] in exact[name]
	_proven(pattern, path)
}

_named([_, starts, _], name, path) if {
	name != ""
	some [length, texts] in starts
	some [inside, end, pattern] in texts[substring(name, 0, length)]
	rest := substring(name, length, -1)
	endswith(rest, end)
	contains(trim_suffix(rest, end), inside)
	_proven(pattern, path)
}

_named([_, _, ends], name, path) if {
	size := count(name)
	some [length, texts] in ends
	length <= size
	some [_, _, pattern] in texts[substring(name, size - length, -1)]
	_proven(pattern, path)
}

_proven("", _)

_proven(pattern, path) if {
	pattern != ""
	regex.match(pattern, path)
}
