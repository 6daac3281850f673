package mcp.lib.pointer

_digits := ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]

_below(pointer, segment) := concat("", [pointer, "/", replace(replace(segment, "~", "~0"), "/", "~1")])

_decimal(n) := _digits[n] if {
	n < 10
} else := trim_left(digits, "0") if {
	thousands := _tenth(_tenth(_tenth(n)))
	digits := concat("", [_digits[thousands], _digit(_tenth(_tenth(n))), _digit(_tenth(n)), _digit(n)])
}

_digit(n) := _digits[n % 10]

# Exact up to 43 697; `/` and `format_int` are not equal in both engines.
_tenth(n) := bits.rsh(n * 52429, 19)
