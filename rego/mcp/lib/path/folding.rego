package mcp.lib.path

# Letters beyond ASCII that fold into it, percent-encoded.
_twins := {"%c4%b0": "i", "%c5%bf": "s", "%e2%84%aa": "k"}

# Lower case as `mcp_opa/policy/patterns/folding.py` has it. `lower` differs between the engines beyond ASCII, so
# `folds` maps every other form of the letters that the patterns have.
_folded(folds, text) := replace(lower(text), "ſ", "s") if {
	folds == {}
} else := strings.replace_n(folds, replace(lower(text), "ſ", "s"))

# Every reading of a path, and each with the letters of `encoded` decoded: bytes beyond ASCII are left by `_readings`.
_spelled(encoded, path) := array.concat(readings, decoded) if {
	readings := _readings(path)
	decoded := [strings.replace_n(encoded, lower(text)) | some text in readings]
}
