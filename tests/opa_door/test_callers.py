"""Who may ask a running OPA: whose token's hash stands in the file of callers; a bad file lets nobody in."""

from __future__ import annotations

import json

import pytest

from tests.opa_door.world import TOKEN, Start, known

pytestmark = pytest.mark.live

HASH = next(iter(json.loads(known(TOKEN))))


def test_several_callers_are_known_at_once(start: Start) -> None:
    other = "another-token-of-more-than-thirty-two-characters"
    with start(callers=known(TOKEN, other)) as opa:
        told = [
            opa.ask("about", {"id": "1"}, token)
            for token in (TOKEN, other, "a-third-of-more-than-thirty-two-characters")
        ]
    assert told == [{}, {}, 401]


@pytest.mark.parametrize(
    "callers",
    [
        None,
        "{}",
        f'{{"gateway": "{HASH}"}}',
        f'{{"{TOKEN}": "gateway"}}',
        f'{{"{HASH.upper()}": "gateway"}}',
        f'{{"{HASH}": true}}',
        f'{{"{HASH}": null}}',
        f'{{"callers": {{"{HASH}": "gateway"}}}}',
        f'["{HASH}"]',
        f'"{HASH}"',
        "null",
    ],
)
def test_a_file_that_names_no_caller_lets_nobody_in(start: Start, callers: str | None) -> None:
    with start(callers=callers) as opa:
        assert opa.ask("about", {"id": "1"}) == 401


@pytest.mark.parametrize("callers", ["", "{", "\0", f"{HASH}: gateway"])
def test_opa_does_not_start_on_a_file_that_is_no_json(start: Start, callers: str) -> None:
    with pytest.raises(AssertionError, match="OPA ended"), start(callers=callers):
        pass
