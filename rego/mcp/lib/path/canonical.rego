package mcp.lib.path

_longest := 4096

# By how often they stand in paths: `trim` looks for each character from the left of this.
_ordinary := "/eaoidstrnc.mlu_-pghfbkyvwxjqz0123456789ETAOINSRLCDUMPFHGYBVKWXJQZ"

# METADATA
# title: A path in canonical form
# description: |
#   True if whoever reads the path (as it is written, or percent-decoded however often) reads the same file in it.
canonical(path) if {
	is_string(path)
	path != ""
	count(path) <= _longest
	_regular(path)
	_plain(path)
}

_regular(path) if {
	closed := concat("", [path, "/"])
	not contains(closed, "./") # which ends `.` and `..` too
	not contains(closed, "//")
	not contains(closed, " /")
} else if path == "/"

_plain(path) if {
	trim(path, _ordinary) == ""
} else if {
	readings := _readings(path)
	every text in readings {
		_regular(text)
		_innocent(text)
	}
}

_innocent(text) if {
	not contains(text, `\`)
	not startswith(text, "~")
	not _drive_or_stream(text)
	not _parameter(text)
	not _hidden(text)
}

# Of NTFS: `C:/a`, `a::$DATA`, `a:$I30`.
_drive_or_stream(text) if {
	contains(text, ":")
	regex.match(`\A/?[A-Za-z]:(?:/|\z)|::|:\$`, text)
}

# What a server may cut off, expand or fail to decode before it resolves `..`: `..;/`, `..?`, `..*`, `..%bg%qf`.
_parameter(text) if {
	some mark in ["/.;", "/..;", "/..%", "/..?", "/..#", "/..*", "/..:", "/..&"]
	contains(concat("", ["/", text]), mark)
}
