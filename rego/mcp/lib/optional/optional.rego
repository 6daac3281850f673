# METADATA
# title: Of a type, or null
# description: For fields that may be null. A field that is missing is neither.
package mcp.lib.optional

# METADATA
# description: An array or null.
# scope: document
list(null)

list(value) if is_array(value)

# METADATA
# description: An object or null.
# scope: document
map(null)

map(value) if is_object(value)

# METADATA
# description: A number or null.
# scope: document
number(null)

number(value) if is_number(value)

# METADATA
# description: A string or null.
# scope: document
text(null)

text(value) if is_string(value)
