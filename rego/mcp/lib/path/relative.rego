package mcp.lib.path

# METADATA
# title: The path from the root that holds it
# description: |
#   Empty for the root itself; without roots the path as it is. Undefined where no root holds it.
relative(path, roots) := path if {
	roots == []
	is_string(path)
} else := "" if {
	path in roots
} else := trim_prefix(path, folder) if {
	is_string(path)
	some root in roots
	is_string(root)
	folder := concat("", [trim_suffix(root, "/"), "/"])
	startswith(path, folder)
}
