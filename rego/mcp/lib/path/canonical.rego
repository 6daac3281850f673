package mcp.lib.path

_longest := 4096

# By how often they stand in paths: `trim` looks for each character from the left of this.
_ordinary := "eatoinsrlcdumpfhgybvkwxjqz/._-EATOINSRLCDUMPFHGYBVKWXJQZ0123456789"

_printable := concat("", [_ordinary, ` !"#$%&'()*+,:;<=>?@[\]^{|}~`, "`"])

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

# Segments that are `.` or `..` end in a dot.
_regular("/")

_regular(path) if {
	closed := concat("", [path, "/"])
	not contains(closed, "//")
	not contains(closed, "./")
	not contains(closed, " /")
}

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
	not _stream(text)
	not _drive(text)
	not _hidden(text)
}

# Of NTFS: `a::$DATA`, `a:$I30`.
_stream(text) if contains(text, "::")

_stream(text) if contains(text, ":$")

_drive(text) if {
	contains(text, ":")
	regex.match(`\A/?[A-Za-z]:(?:/|\z)`, text)
}
