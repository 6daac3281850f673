package mcp.lib.path

_printable := concat("", [_ordinary, ` !"#$%&'()*+,:;<=>?@[\]^{|}~`, "`"])

# Cc, Cf, Zl, Zp and other invisible characters (policy.md, "Paths"), spelled out because the engines know different
# versions of Unicode.
_invisible := concat("", [
	`\x{1}-\x{1f}\x{7f}-\x{9f}\x{ad}\x{34f}\x{600}-\x{605}\x{61c}\x{6dd}\x{70f}\x{890}\x{891}\x{8e2}\x{115f}\x{1160}`,
	`\x{17b4}\x{17b5}\x{180e}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{3164}\x{feff}\x{ffa0}`,
	`\x{fff0}-\x{fffb}\x{110bd}\x{110cd}\x{13430}-\x{1343f}\x{1bca0}-\x{1bca3}\x{1d173}-\x{1d17a}\x{e0000}-\x{e007f}`,
])

# What is drawn as, or decomposes into, `.`, `/` or `\`.
_look_alike := concat("", [
	`\x{2024}\x{2025}\x{2044}\x{20e5}\x{2100}\x{2101}\x{2105}\x{2106}\x{2215}\x{2216}\x{2571}\x{2572}\x{27cb}\x{27cd}`,
	`\x{29f5}\x{29f8}\x{29f9}\x{fe19}\x{fe30}\x{fe52}\x{fe68}\x{ff0e}\x{ff0f}\x{ff3c}`,
])

_spaces := `\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}`

_variations := `\x{180b}-\x{180d}\x{180f}\x{fe00}-\x{fe0f}\x{e0100}-\x{e01ef}`

_unsafe := concat("", [`[`, _invisible, _look_alike, `]|[.`, _spaces, `][`, _variations, `]*(?:/|\z)`])

# European, Japanese, Chinese and Korean letters, none of them unsafe: a quarter of the price of the regex above.
_common := concat("", [
	`\A[\x{20}-\x{7e}\x{a1}-\x{ac}\x{ae}-\x{34e}\x{370}-\x{5ff}\x{3041}-\x{30ff}`,
	`\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}]*\z`,
])

# The same two kinds of character in percent-encoded UTF-8 (a test holds the two lists together), and what lax decoders
# take for ASCII: overlong UTF-8, `%u002e`.
_unsafe_encoded := concat("|", [
	`%c2(?:%[89][0-9a-f]|%ad)|%cd%8f|%d8(?:%8[0-5]|%9c)|%db%9d|%dc%8f|%e0(?:%a2%9[01]|%a3%a2)`,
	`%e1(?:%85(?:%a0|%9f)|%9e%b[45]|%a0%8e)|%e2%80(?:%a[4589a-e]|%8[b-f])|%e2(?:%81(?:%a[0-9a-f]|%84)|%83%a5)`,
	`%e2(?:%84%8[0156]|%88%9[56]|%95%b[12]|%9f%8[bd]|%a7%b[589])|%e3%85%a4|%ef(?:%b8(?:%b0|%99)|%b9(?:%92|%a8))`,
	`%ef(?:%bb%bf|%bc(?:%bc|%8[ef])|%be%a0|%bf%b[0-9ab])|%f0(?:%91(?:%82%bd|%83%8d)|%93%90%b[0-9a-f])`,
	`%f0(?:%9b%b2%a[0-3]|%9d%85%b[3-9a])|%f3%a0(?:%80|%81)%[89ab][0-9a-f]`,
	`%c[01]%|%e0%[89]|%f0%8|%f[8c]%8|%u[0-9a-f]{4}`,
])

_hidden(text) if {
	trim(text, _printable) != ""
	not regex.match(_common, text)
	regex.match(_unsafe, text)
}

# NUL would end a pattern in Wasm.
_hidden(text) if contains(text, "\u0000")

_hidden(text) if {
	contains(text, "%")
	encoded := lower(text)
	_beyond_ascii(encoded)
	regex.match(_unsafe_encoded, encoded)
}

# The regex costs as much as all else together, and mere `50%` needs none.
_beyond_ascii(encoded) if {
	some mark in ["%c", "%d", "%e", "%f", "%u"]
	contains(encoded, mark)
}
