"""docs/policy.md against the code: its example converts, every key is there, and no limit or name is out of date."""

import re
from pathlib import Path

from mcp_opa.policy import convert, reader, schema, schemas, vocabulary, words

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()


def test_the_example_converts_without_a_warning_that_it_does_not_explain() -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    policy = convert(example, "example.yaml")
    assert [test.id for test in policy.tests] == ["a-page", "no-env"]
    assert [str(warning) for warning in policy.warnings] == []


def test_every_key_is_explained() -> None:
    made = schema()
    keys = {key for part in (made, *made["$defs"].values()) for key in part["properties"]}
    assert {key for key in keys if f"`{key}`" not in PAGE and f"`{key}:" not in PAGE} == set()


def test_every_default_argument_is_named() -> None:
    names = {name for kind in vocabulary.ARGUMENTS.values() for name in kind}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_the_limits_are_those_of_the_code() -> None:
    assert (reader.MAX_BYTES, reader.MAX_DEPTH, reader.MAX_NODES) == (8 * 1024 * 1024, 48, 1_000_000)
    assert (words.LONGEST_TEXT, words.MAX_SEGMENTS, schemas.MAX_BYTES) == (256, 8, 128 * 1024)
