"""`decide` with a live OPA in a policy's place."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mcp_opa.cli import main

READ_ONLY = Path(__file__).parent.parent.parent / "bundles" / "read-only" / "policy.yaml"
CALL = ["--actor", "assistant-service", "--tool", "read_file"]
NOWHERE = "http://127.0.0.1:9"


def decide(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["decide", *arguments], input=given, catch_exceptions=False)


@pytest.fixture(scope="module")
def address(live_opa: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """An OPA with the kit's read-only policy."""
    made = tmp_path_factory.mktemp("built") / "bundle.tar.gz"
    assert CliRunner().invoke(main, ["build", str(READ_ONLY), "-o", str(made)]).exit_code == 0
    return live_opa(made)


@pytest.mark.live
@pytest.mark.parametrize(
    ("path", "status", "rule"),
    [("docs/a.md", 0, "read_only.permitted"), ("docs/.ENV", 3, "read_only.path_denied")],
)
def test_a_live_opa_decides_as_the_policy_does(address: str, path: str, status: int, rule: str) -> None:
    call = [*CALL, "--arguments", json.dumps({"path": path}), "--json"]
    live, own = decide("--opa", address, "--deadline", "30", *call), decide(str(READ_ONLY), *call)
    assert (live.exit_code, json.loads(live.stdout)["rule"]) == (status, rule)
    assert json.loads(live.stdout) | {"id": ""} == json.loads(own.stdout) | {"id": ""}


@pytest.mark.live
def test_a_file_of_calls_is_put_to_a_live_opa(address: str) -> None:
    call = {"id": 1, "actor": "assistant-service", "tool": "read_file", "arguments": {"path": "docs/a.md"}}
    result = decide("--opa", address, "--deadline", "30", "--calls", "-", given=json.dumps(call).encode() + b"\n{")
    shown = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["id"], line["effect"], line["cause"]) for line in shown] == [
        (1, "ALLOW", "policy"),
        (None, "DENY", "malformed"),
    ]
    assert result.exit_code == 1


def test_an_opa_that_is_not_there_is_status_1_with_a_hint() -> None:
    result = decide("--opa", NOWHERE, *CALL)
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert lines[:4] == [
        ["DENY"],
        ["cause", "unavailable"],
        ["detail", "nobody listens at 127.0.0.1:9: start OPA there, or mend the address"],
        ["hint", "the engine did not answer: mend what the detail names; until then every call is refused"],
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (CALL, "name a policy, or a live OPA with --opa; one of the two"),
        ([str(READ_ONLY), "--opa", NOWHERE, *CALL], "name a policy, or a live OPA with --opa; one of the two"),
        ([str(READ_ONLY), "--token-file", "t", "--ca", "c", *CALL], "--token-file, --ca: about a live OPA"),
        ([str(READ_ONLY), "--deadline", "1", *CALL], "--deadline: about a live OPA"),
        (["--opa", NOWHERE, "--verification-key", "k", *CALL], "--verification-key is for a bundle"),
        (["--opa", NOWHERE, "--deadline", "0", *CALL], "0.0 is not in the range"),
        (["--opa", NOWHERE, "--deadline", "nan", *CALL], "deadline_seconds is nan"),
        (["--opa", "localhost:8181", *CALL], "write http://host:port"),
        (["--opa", NOWHERE, "--ca", "c", *CALL], "for an https address"),
        (["--opa", "https://127.0.0.1:9", "--cert", "c", *CALL], "a client certificate needs its key"),
        (["--opa", "https://127.0.0.1:9", "--ca", "nowhere", *CALL], "nowhere: No such file"),
        (["--opa", NOWHERE, "--token-file", "nowhere", *CALL], "nowhere: No such file"),
        (["--opa", NOWHERE, "--token-file", "", *CALL], ": No such file"),
    ],
)
def test_a_mistake_is_a_sentence_and_status_2(arguments: list[str], sentence: str) -> None:
    result = decide(*arguments)
    assert (result.exit_code, sentence in result.output) == (2, True), result.output
