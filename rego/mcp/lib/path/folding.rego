package mcp.lib.path

# Letters that are not ASCII and fold into it, percent-encoded.
_encoded_twins := {"%c4%b0": "i", "%c5%bf": "s", "%e2%84%aa": "k"}

# Lower case, as `mcp_opa/policy/patterns/folding.py` folds patterns. `lower` differs between the engines outside of ASCII,
# so `folds` maps every other form of the letters that the patterns have, raw and percent-encoded.
_folded(folds, text) := strings.replace_n(folds, _lower(text)) if folds != {}

_folded({}, text) := _lower(text)

_lower(text) := replace(lower(text), "ſ", "s") if not contains(text, "%")

_lower(text) := strings.replace_n(_encoded_twins, replace(lower(text), "ſ", "s")) if contains(text, "%")
