package mcp.lib.path

# METADATA
# title: The path from the root that holds it
# description: Empty for the root itself; without roots the path as it is. Undefined where no root holds it.
relative(path, []) := path

relative(path, roots) := "" if path in roots

relative(path, roots) := trim_prefix(path, folder) if {
	some root in roots
	folder := concat("", [trim_suffix(root, "/"), "/"])
	startswith(path, folder)
	path != folder
}
