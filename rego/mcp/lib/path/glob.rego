package mcp.lib.path

# METADATA
# title: An allow glob covers the path
# description: |
#   `index` is PATHS as `mcp_opa/policy/patterns/paths.py` makes it; names are compared exactly. A path hangs from a root:
#   `.` for a relative one, the empty segment for an absolute one.
match(index, path) if _covered(index, _rooted(path))

# METADATA
# title: A deny glob covers a reading of the path
# description: Names are compared folded, on every percent-decoding.
denied(index, path) if {
	some text in _readings(path)
	_covered(index, _folded(index.folds, _rooted(text)))
}

# METADATA
# title: No deny glob covers any reading of the path
# description: Unlike `not denied`, undefined where the index is not whole or the path no path.
clear(index, path) if {
	is_object(index.exact)
	is_array(index.levels)
	is_object(index.folds)
	readings := _readings(path)
	every text in readings {
		not _covered(index, _folded(index.folds, _rooted(text)))
	}
}

# METADATA
# title: What begins so lies in a folder that a glob covers wholly
# description: For templates; `prefix` may end within a segment, which then counts for nothing.
under(index, prefix) if {
	segments := split(_rooted(prefix), "/")
	some [depth, folders] in index.levels
	depth < count(segments)
	[true, _, _, _] = folders[concat("/", array.slice(segments, 0, depth))]
}

_rooted(path) := path if {
	startswith(path, "/")
} else := concat("", ["./", path])

_covered(index, path) if index.exact[path]

_covered(index, path) if {
	segments := split(path, "/")
	some [depth, folders] in index.levels
	node := folders[concat("/", array.slice(segments, 0, depth))]
	_in_folder(node, array.slice(segments, depth, count(segments)), path)
}

# A node holds what is granted from a folder on: all of it, names in it, names anywhere below it, names on the way.
_in_folder([true, _, _, _], _, _)

_in_folder([_, here, _, _], [name], path) if _named(here, name, path)

_in_folder([_, _, below, _], names, path) if _named(below, names[count(names) - 1], path)

_in_folder([_, _, _, within], names, path) if {
	some name in names
	_named(within, name, path)
}
