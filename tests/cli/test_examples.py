"""The example policies: as the kit prints them, sound, and judged alike by every engine."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mcp_opa import bundle, contract, policy, shipped
from mcp_opa.cli import main
from mcp_opa.gate import Gate
from mcp_opa.model import Cause, ToolCall
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pdp.server import OpaServer

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "bundles").glob("*/policy.yaml"))
KIT = ["deny-by-default", "read-only", "scoped-write"]
SCHEMAS = {
    tool["name"]: tool["inputSchema"]
    for path in sorted((ROOT / "bundles" / "tools").glob("*.tools.json"))
    for tool in json.loads(path.read_bytes())["tools"]
}


def test_there_are_six_examples() -> None:
    assert [path.parent.name for path in EXAMPLES] == [
        "database",
        "deny-by-default",
        "filesystem",
        "git",
        "read-only",
        "scoped-write",
    ]


@pytest.mark.parametrize("name", KIT)
def test_the_kit_s_examples_stand_as_printed_with_tests_added(name: str) -> None:
    printed = yaml.safe_load((ROOT / "tests" / "fixtures" / "kit" / f"{name}.yaml").read_bytes())
    example = yaml.safe_load((ROOT / "bundles" / name / "policy.yaml").read_bytes())
    assert {key: value for key, value in example.items() if key != "tests"} == printed


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_allows_and_refuses_with_reasons_and_passes(path: Path) -> None:
    converted = policy.convert(path.read_bytes())
    refused = [test for test in converted.tests if test.expect == "deny"]
    assert len(refused) >= 3
    assert all(test.reason in shipped.rules() for test in refused)
    assert len(converted.tests) - len(refused) >= 2
    result = CliRunner().invoke(main, ["test", str(path)])
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, f"{len(converted.tests)} passed, 0 failed")


@pytest.mark.parametrize("name", ["database", "filesystem", "git"])
def test_an_example_for_a_real_server_leaves_a_reviewer_nothing_to_ask(name: str) -> None:
    assert policy.convert((ROOT / "bundles" / name / "policy.yaml").read_bytes()).warnings == ()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_schemas_of_the_real_tools_change_no_verdict(path: Path) -> None:
    converted = policy.convert(path.read_bytes())
    gate = Gate(EmbeddedOpa(contract.canonical(bundle.seal(converted.data, shipped.rego_digest()))))
    verdicts = {test.id: bool(gate.preview(call)) for test in converted.tests for call in _calls(test)}
    assert verdicts == {test.id: test.expect == "allow" for test in converted.tests}


@pytest.mark.live
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_official_opa_decides_as_we_do(path: Path, live_opa: Callable[..., str], tmp_path: Path) -> None:
    built = tmp_path / "bundle.tar.gz"
    assert CliRunner().invoke(main, ["build", str(path), "-o", str(built)]).exit_code == 0
    embedded = Gate.from_policy(built)
    with OpaServer(live_opa(built), deadline_seconds=10) as server:
        live = Gate(server)
        for test in policy.convert(path.read_bytes()).tests:
            for call in _calls(test):
                decision = embedded.preview(call, request_id="one")
                assert decision.cause is Cause.POLICY
                assert live.preview(call, request_id="one") == decision


def _calls(test: policy.Case) -> list[ToolCall]:
    """The call as the policy states it, and with the real tool's schema."""
    call = test.call
    if call.schema is not None or call.name not in SCHEMAS:
        return [call]
    schema = SCHEMAS[call.name]
    return [call, ToolCall(call.subject, call.name, call.arguments, call.method, call.server_id, schema)]
