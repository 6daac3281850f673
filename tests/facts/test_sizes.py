"""A size is the number of bytes that a text takes in UTF-8, or nothing."""

import pytest

from mcp_opa.facts import sizes
from mcp_opa.model import Json


@pytest.mark.parametrize("value", [None, True, 5, 1.5, [], ["text"], {}, {"text": "x"}, "\ud800", "a\udfffb"])
def test_what_is_no_text_has_no_size(value: Json) -> None:
    assert sizes.read(value) is None


@pytest.mark.parametrize(
    ("text", "size"), [("", 0), ("abc", 3), ("é", 2), ("€", 3), ("😀", 4), ("\0", 1), ("x" * 1_048_577, 1_048_577)]
)
def test_a_size_is_in_bytes_of_utf_8(text: str, size: int) -> None:
    assert sizes.read(text) == size
