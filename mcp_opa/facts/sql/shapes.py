"""How each database cuts a text into words, as regular expressions.

Guarantees: each expression takes time in proportion to the text (possessive repeats, no nesting). What no expression
matches is meant not to be read.
"""

from __future__ import annotations

import re

_SPACE = r"(?P<space>[ \t\r\n]+)"
_NAME = r"[^\W\d](?:[\w{inner}])*+"
_DECIMAL = r"(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?"
_NUMBER = rf"(?P<number>(?:0[xX][0-9a-fA-F]++|0[bB][01]++|{_DECIMAL})(?![\w$#@]))"
_BLOCK = r"(?P<comment>/\*.*?\*/"
_DASHES = r"|--[^\n]*+)"
_PLAIN_STRING = r"'(?:[^']|'')*+'"
_ESCAPED_STRING = r"'(?:[^'\\]|\\.|'')*+'"
_DOUBLE_STRING = r'"(?:[^"\\]|\\.|"")*+"'
_DOUBLE_NAME = r'"[^"]*+"(?!")'
_BACKTICK_NAME = r"`[^`]*+`(?!`)"
_BRACKET_NAME = r"\[[^\[\]]*+\](?!\])"
_ORACLE_STRING = r"(?:[nN]?[qQ]'(?:\[.*?\]'|\{.*?\}'|\(.*?\)'|<.*?>'|(?P<fence>[^\s\[{(<]).*?(?P=fence)'))"
_DOLLAR_STRING = r"\$(?P<tag>[^\W\d]\w*+)?\$.*?\$(?(tag)(?P=tag))\$"

_SHAPES = {
    "postgres": {
        "string": rf"[eE]{_ESCAPED_STRING}|[bBxXnN]?{_PLAIN_STRING}|{_DOLLAR_STRING}",
        "quoted": _DOUBLE_NAME,
        "variable": r"\$\d++(?!\w)",
        "inner": "$",
        "sign": r"::|:=|=>|[-+*/<>=(),.;%&|~^!?:@#\[\]]",
    },
    "mysql": {
        "string": rf"(?:[bBxXnN]|_[a-zA-Z0-9]++)?{_ESCAPED_STRING}|{_DOUBLE_STRING}",
        "quoted": _BACKTICK_NAME,
        "variable": r"@@?[^\W\d][\w.$]*+|:[^\W\d]\w*+",
        "inner": "$",
        "sign": r":=|[-+*/<>=(),.;%&|~^!?]",
    },
    "sqlite": {
        "string": rf"[xX]?{_PLAIN_STRING}",
        "quoted": f"{_DOUBLE_NAME}|{_BACKTICK_NAME}|{_BRACKET_NAME}",
        "variable": r"[@:$][^\W\d]\w*+|\?\d++(?!\w)",
        "inner": "$",
        "sign": r"[-+*/<>=(),.;%&|~!?]",
    },
    "tsql": {
        "string": rf"[nN]?{_PLAIN_STRING}",
        "quoted": f"{_DOUBLE_NAME}|{_BRACKET_NAME}",
        "variable": r"@@?[^\W\d][\w@$#]*+",
        "inner": "@$#",
        "sign": r"[-+*/<>=(),.;%&|~^!?:]",
    },
    "oracle": {
        "string": rf"{_ORACLE_STRING}|[nN]?{_PLAIN_STRING}",
        "quoted": _DOUBLE_NAME,
        "variable": r":(?:[^\W\d]\w*+|\d++)",
        "inner": "$#",
        "sign": r"=>|:=|[-+*/<>=(),.;%&|~^!?]",
    },
}
_COMMENTS = {"mysql": rf"{_BLOCK}|--(?=[ \t\r\n]|\Z)[^\n]*+|#[^\n]*+)"}
_NAME_START = {"tsql": r"\#{0,2}"}


def _pattern(dialect: str) -> re.Pattern[str]:
    shape = _SHAPES[dialect]
    name = _NAME_START.get(dialect, "") + _NAME.format(inner=shape["inner"])
    parts = (
        _SPACE,
        _COMMENTS.get(dialect, _BLOCK + _DASHES),
        f"(?P<string>{shape['string']})",
        f"(?P<quoted>{shape['quoted']})",
        _NUMBER,
        f"(?P<variable>{shape['variable']})",
        rf"(?P<word>(?![uU]&['\"]){name})",
        rf"(?P<sign>(?!--|/\*|\*/)(?:{shape['sign']}))",
    )
    return re.compile("|".join(parts), re.DOTALL)


PATTERNS = {dialect: _pattern(dialect) for dialect in _SHAPES}
"""By dialect; the named groups are space, comment, string, quoted, number, variable, word and sign."""
_BLOCK_OR_DASHES = r"/\*.*?\*/|--[^\n]*+"
_OTHER_MODE = {
    "postgres": rf"{_BLOCK_OR_DASHES}|{_DOLLAR_STRING}|{_ESCAPED_STRING}|\"[^\"]*+\"|[^'\"]",
    "mysql": rf"{_BLOCK_OR_DASHES}|#[^\n]*+|{_PLAIN_STRING}|\"[^\"]*+\"|`[^`]*+`|[^'\"`]",
}
OTHER_MODES = {dialect: re.compile(f"(?:{shape})*+", re.DOTALL) for dialect, shape in _OTHER_MODE.items()}
"""A whole text in the mode of the server that takes a backslash the other way."""
ESCAPED_QUOTE = {quote: re.compile(rf"(?<!\\)(?:\\\\)*+\\{quote}") for quote in ("'", '"')}
"""By quote, that quote after an odd run of backslashes."""
