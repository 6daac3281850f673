package mcp.lib.words

# METADATA
# title: What the tool does, by its name
# description: |
#   "write" where a write verb is among its words or the first is no read verb, else "read". Words end at what is no
#   letter or digit, and where upper case follows lower.
access(vocabulary, name) := "read" if {
	not holds_write(vocabulary, name)
	vocabulary.read_verbs[_words(name)[0]]
} else := "write"

# METADATA
# title: The tool's name holds a write verb
# description: |
#   True too where that can't be told.
holds_write(vocabulary, name) if {
	not _legible(vocabulary, name)
} else if {
	some word in _words(name)
	vocabulary.write_verbs[word]
}

_legible(vocabulary, name) if {
	is_string(name)
	is_object(vocabulary.write_verbs)
}

_words(name) := [word | some word in split(replace(replace(_lower(name), "-", "_"), ".", "_"), "_"); word != ""]

_lower(name) := name if {
	lower(name) == name
} else := concat("", [_parted(characters, i) | some i, _ in characters]) if {
	characters := split(name, "")
}

# In lower case, after a `_` where upper case follows lower.
_parted(characters, i) := concat("", ["_", lower(characters[i])]) if {
	contains("abcdefghijklmnopqrstuvwxyz", characters[i - 1])
	lower(characters[i]) != characters[i]
} else := lower(characters[i])
