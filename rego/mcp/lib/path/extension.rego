package mcp.lib.path

# METADATA
# title: The path has an allowed extension
# description: The last suffix with its dot, as written; a name that only begins with a dot has none.
allowed_extension(extensions, path) if {
	is_string(path)
	_has(extensions, path)
}

# METADATA
# title: No reading of the path has a denied extension
# description: |
#   Extensions are compared folded, on every percent-decoding. Undefined where `extensions` is no object or `path` is
#   no path.
clear_extension(extensions, path) if {
	extensions == {}
	is_string(path)
} else if {
	is_object(extensions)
	is_string(path)
	spelled := _spelled(_twins, path)
	every text in spelled {
		folded := _folded({}, text)
		not _has(extensions, folded)
	}
}

_has(extensions, path) if {
	name := array.reverse(split(path, "/"))[0]
	suffix := concat("", [".", array.reverse(split(name, "."))[0]])
	extensions[suffix]
	stem := trim_suffix(name, suffix)
	stem != ""
	stem != name
}
