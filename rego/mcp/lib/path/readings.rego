package mcp.lib.path

# The first of two hex digits gives the row, the second the column. What is invisible is DEL here, and the separator a
# backslash: neither is found in a canonical path, so that decoding never changes its segments.
_rows := {
	"0": "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f",
	"1": "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007f",
	"2": ` !"#$%&'()*+,-.\`,
	"3": "0123456789:;<=>?",
	"4": "@ABCDEFGHIJKLMNO",
	"5": `PQRSTUVWXYZ[\]^_`,
	"6": "`abcdefghijklmno",
	"7": "pqrstuvwxyz{|}~\u007f",
}

_columns := {
	"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9,
	"a": 10, "b": 11, "c": 12, "d": 13, "e": 14, "f": 15,
	"A": 10, "B": 11, "C": 12, "D": 13, "E": 14, "F": 15,
}

# Every text that percent-decoding makes of a path, itself first; undefined where there is no end to it.
_readings(path) := [path] if {
	not contains(path, "%")
} else := [path, once, twice, thrice] if {
	once := _decoded(path)
	twice := _decoded(once)
	thrice := _decoded(twice)
	_decoded(thrice) == thrice
}

# Bytes from %80 on stay as they are.
_decoded(text) := concat("", array.concat([parts[0]], pieces)) if {
	parts := split(text, "%")
	pieces := [_piece(part) | some part in array.slice(parts, 1, count(parts))]
}

_piece(part) := concat("", [character, substring(part, 2, -1)]) if {
	character := substring(_rows[substring(part, 0, 1)], _columns[substring(part, 1, 1)], 1)
} else := concat("", ["%", part])
