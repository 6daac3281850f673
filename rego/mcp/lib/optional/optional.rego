# METADATA
# title: What is there, or null
# description: Types of fields that may be null. A field that is missing is neither.
package mcp.lib.optional

object(null)

object(value) if is_object(value)

array(null)

array(value) if is_array(value)

string(null)

string(value) if is_string(value)

number(null)

number(value) if is_number(value)
