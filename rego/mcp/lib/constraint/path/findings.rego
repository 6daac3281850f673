package mcp.lib.constraint.path

import data.mcp.lib.argument
import data.mcp.lib.grant
import data.mcp.lib.path as paths
import data.mcp.lib.reason

# METADATA
# title: No path to judge
# description: >-
#   An argument that the grant constrains as a path is absent, or is no string (an empty array, or one of other things).
# custom:
#   fix: Send the path as a string. If the tool names its path otherwise, name that argument in path_arguments.
#   controls: [NIST SI-10, CWE-20]
path_missing contains reason.of(rego.metadata.chain(), judged, place, "path_arguments") if {
	some judged in _judged
	values := argument.read(judged.constraint.arguments, "path")
	some place in _unreadable(values)
}

# METADATA
# title: Unsafe path
# description: >-
#   The path is not in canonical form (`..`, empty segments, backslashes, invisible characters, look-alikes, encoded
#   separators …): two readers could take it for two different files.
# custom:
#   fix: Send the path in its plain form, without `..`, `//`, backslashes, a trailing `/` or encoded characters.
#   controls: [OWASP A01:2021, NIST SI-10, CWE-22]
path_unsafe contains reason.of(rego.metadata.chain(), judged, place, "path_arguments") if {
	some judged in _judged
	some place, path in argument.read(judged.constraint.arguments, "path")
	is_string(path)
	not paths.canonical(path)
}

# METADATA
# title: Path outside the roots
# description: The path lies in none of the grant's root folders, or is relative where the grant has roots.
# custom:
#   fix: Use an absolute path below one of the grant's roots, or add the folder to roots.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-3, CWE-22]
path_outside_roots contains reason.of(rego.metadata.chain(), judged, place, "roots") if {
	some [judged, place, path] in _canonical
	constraint := judged.constraint
	not _inside(constraint, path)
}

# METADATA
# title: Path not allowed
# description: No entry of the grant's allowed_paths covers the path.
# custom:
#   fix: Use a path that allowed_paths covers, or widen allowed_paths.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-3, NIST AC-6]
path_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_paths") if {
	some [judged, place, path] in _canonical
	relative := paths.relative(path, judged.constraint.roots)
	constraint := judged.constraint
	not _allowed(constraint, relative)
}

# METADATA
# title: Path denied
# description: An entry of the grant's denied_paths covers the path, in whatever case or percent-encoding.
# custom:
#   fix: Use another path. A denied path stays refused, whatever allows it.
#   controls: [OWASP A01:2021, NIST AC-3, CWE-22]
path_denied contains reason.of(rego.metadata.chain(), judged, place, "denied_paths") if {
	some [judged, place, path] in _canonical
	relative := _relative(judged.constraint, path)
	constraint := judged.constraint
	not _clear(constraint, relative)
}

# METADATA
# title: Extension not allowed
# description: The file's extension is none of the grant's allowed_extensions, or it has none.
# custom:
#   fix: Use a file with an allowed extension, or add the extension to allowed_extensions.
#   monitor: true
#   controls: [NIST AC-3, CWE-434]
extension_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_extensions") if {
	some [judged, place, path] in _canonical
	constraint := judged.constraint
	not _extension_allowed(constraint, path)
}

# METADATA
# title: Extension denied
# description: The file's extension is one of the grant's denied_extensions, in whatever case or percent-encoding.
# custom:
#   fix: Use a file of another kind. A denied extension stays refused, whatever allows it.
#   controls: [NIST AC-3, CWE-434]
extension_denied contains reason.of(rego.metadata.chain(), judged, place, "denied_extensions") if {
	some [judged, place, path] in _canonical
	constraint := judged.constraint
	not _extension_clear(constraint, path)
}

_judged contains judged if {
	some judged in grant.judged
	judged.constraint.kind == "path"
}

_canonical contains [judged, place, path] if {
	some judged in _judged
	some place, path in argument.read(judged.constraint.arguments, "path")
	paths.canonical(path)
}

_unreadable(values) := {null} if {
	values == {}
} else := {place |
	some place, path in values
	not is_string(path)
}

# Outside every root the denies still bind, on the path as it is written.
_relative(constraint, path) := paths.relative(path, constraint.roots) if {
	_inside(constraint, path)
} else := path
