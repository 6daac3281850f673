package mcp.lib.path

# METADATA
# title: An allow glob covers the path
# description: |
#   Names are compared exactly. `index` is PATHS (`mcp_opa/policy/patterns/paths.py`), in which a path hangs from a
#   root: `.` if it is relative, else the empty segment.
match(index, path) if {
	is_string(path)
	_covered(index, _rooted(path))
}

# METADATA
# title: No deny glob covers any reading of the path
# description: |
#   Names are compared folded, on every percent-decoding. Undefined where the index is not whole or the path no path.
clear(index, path) if {
	_whole(index)
	is_string(path)
	not contains(path, "%")
	folded := _folded(index.folds, _rooted(path))
	not _covered(index, folded)
} else if {
	_whole(index)
	is_string(path)
	spelled := _spelled(index.encoded, path)
	every text in spelled {
		folded := _folded(index.folds, _rooted(text))
		not _covered(index, folded)
	}
}

# METADATA
# title: What begins so lies in a folder that a glob covers wholly
# description: For templates; `prefix` may end within a segment, which then counts for nothing.
under(index, prefix) if {
	is_string(prefix)
	segments := split(_rooted(prefix), "/")
	some level in index.levels
	level[0] < count(segments)
	level[1][concat("/", array.slice(segments, 0, level[0]))][0]
}

_whole(index) if {
	is_object(index.exact)
	is_array(index.levels)
	is_object(index.folds)
	is_object(index.encoded)
}

_rooted(path) := path if {
	startswith(path, "/")
} else := concat("", ["./", path])

# All bodies of a function run in Wasm, but only the first that holds of those that `else` joins.
_covered(index, path) if {
	index.exact[path]
} else if {
	segments := split(path, "/")
	some level in index.levels
	node := level[1][concat("/", array.slice(segments, 0, level[0]))]
	_in_folder(node, array.slice(segments, level[0], count(segments)), path)
}

# A node is [all, below, within, here_starred, below_starred, within_starred]: what covers paths from a folder on.
_in_folder(node, names, path) if {
	node[0]
} else if {
	some pattern in node[1][array.reverse(names)[0]]
	_proven(pattern, path)
} else if {
	some name in names
	some pattern in node[2][name]
	_proven(pattern, path)
} else if {
	node[3] != null
	count(names) == 1
	_starred(node[3], names[0], path)
} else if {
	node[4] != null
	_starred(node[4], array.reverse(names)[0], path)
} else if {
	node[5] != null
	some name in names
	_starred(node[5], name, path)
}
