package mcp.lib.path

# METADATA
# title: The path has an allowed extension
# description: The last suffix with its dot, as written; a name that only begins with a dot has none.
allowed_extension(set, path) if set[_extension(path)]

# METADATA
# title: A reading of the path has a denied extension
# description: Extensions are compared folded, on every percent-decoding.
denied_extension(set, path) if {
	some text in _readings(path)
	set[_extension(_folded({}, text))]
}

# METADATA
# title: No reading of the path has a denied extension
# description: Unlike `not denied_extension`, undefined where the set is no object or the path no path.
clear_extension(set, path) if {
	is_object(set)
	readings := _readings(path)
	every text in readings {
		not set[_extension(_folded({}, text))]
	}
}

_extension(path) := concat("", [".", last]) if {
	segments := split(path, "/")
	parts := split(segments[count(segments) - 1], ".")
	last := parts[count(parts) - 1]
	concat("", array.slice(parts, 0, count(parts) - 1)) != ""
}
