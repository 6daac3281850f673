"""Law 1: with any one field taken from the input or the data, no refusal turns into an allow."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from mcp_opa import contract, shipped
from mcp_opa.model import Cause, Decision, Json, Question
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pdp.server import OpaServer
from tests.cases import expand

Path = tuple[str | int, ...]
EngineWith = Callable[[Json], PolicyDecisionPoint]

_FIELDS = """
    id subject type properties auth_method groups action name resource server_id arguments context
    correlation_id session_id source_ip time facts schema sql url sizes elided uri known problem operations
    tables last functions rows scheme host port default_port class canonical path paths urls content format
    revision contact default_action alert_on_deny vocabulary read_verbs write_verbs global_deny rate_limits
    schemas actors servers tools patterns values named source line text calls_per_minute expires grants
    resources prompts access exact scoped timeout_seconds constraints kind roots allow deny allow_extensions
    deny_extensions sources max_bytes dialect allow_tables deny_tables max_rows limit_argument schemes
    allow_hosts levels folds below shapes
"""
OURS = frozenset(_FIELDS.split())
"""The fields that docs/contracts.md names; other keys are a caller's, or entries of a map."""
_MAPS = "actors groups servers tools values named sources sizes elided sql url exact folds below read_verbs write_verbs"
MAPS = frozenset(_MAPS.split())
"""The fields whose keys are entries, not fields."""
ARGUMENTS = ("resource", "properties", "arguments")


def fields(value: Json, path: Path = ()) -> Iterator[Path]:
    """The place of every field that the contracts name."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key in OURS and path[:3] != ARGUMENTS and not (path and path[-1] in MAPS):
                yield (*path, key)
            yield from fields(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from fields(child, (*path, index))


def without(value: Json, path: Path) -> Json:
    """A copy of `value` that lacks the field at `path`."""
    key, rest = path[0], path[1:]
    if isinstance(value, list):
        return [without(child, rest) if index == key else child for index, child in enumerate(value)]
    if not rest:
        return {name: child for name, child in value.items() if name != key}
    return {name: without(child, rest) if name == key else child for name, child in value.items()}


@pytest.fixture(scope="module")
def open_opa(live_opa: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A running OPA that has the Rego and takes its policy data from whoever puts them there."""
    folder = tmp_path_factory.mktemp("rego")
    for name, text in shipped.rego().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / ".manifest").write_text('{"rego_version": 1, "roots": ["mcp/authz", "mcp/lib"]}')
    return live_opa(folder)


@pytest.fixture(params=["embedded", pytest.param("live", marks=[pytest.mark.live, pytest.mark.slow])])
def engine_with(request: pytest.FixtureRequest) -> Iterator[EngineWith]:
    """An engine, from policy data on."""
    if request.param == "embedded":
        yield lambda data: EmbeddedOpa(contract.canonical(data))
        return
    address = request.getfixturevalue("open_opa")
    with OpaServer(address, deadline_seconds=10) as server, requests.Session() as session:

        def put(data: Json) -> OpaServer:
            session.put(f"{address}/v1/data/mcp/policy", contract.canonical(data), timeout=10).raise_for_status()
            return server

        yield put


def decide(engine: PolicyDecisionPoint, document: dict[str, Any]) -> Decision:
    answer = engine.ask(Question.DECISION, contract.canonical(document))
    decision = contract.to_decision(answer, document.get("id", ""))
    assert decision.cause in (Cause.POLICY, Cause.UNDEFINED, Cause.MALFORMED), decision.detail
    return decision


@pytest.mark.parametrize("table", expand.tables(), ids=lambda table: table.name)
def test_a_field_that_is_missing_from_the_input_loosens_nothing(table: expand.Table, engine_with: EngineWith) -> None:
    engine = engine_with(table.data)
    loosened = []
    for case in table.cases:
        document = expand.document(case, engine)
        if decide(engine, document):
            continue
        loosened += [(case.name, path) for path in fields(document) if decide(engine, without(document, path))]
    assert loosened == []


@pytest.mark.parametrize("table", expand.tables(), ids=lambda table: table.name)
def test_a_field_that_is_missing_from_the_data_loosens_nothing(table: expand.Table, engine_with: EngineWith) -> None:
    whole = engine_with(table.data)
    refused = [document for case in table.cases if not decide(whole, document := expand.document(case, whole))]
    loosened = []
    for path in fields(table.data):
        engine = engine_with(without(table.data, path))
        loosened += [(path, document["id"]) for document in refused if decide(engine, document)]
    assert loosened == []


def test_a_field_can_be_taken_out_of_lists_and_objects() -> None:
    assert without({"a": [{"b": 1, "c": 2}], "d": 3}, ("a", 0, "b")) == {"a": [{"c": 2}], "d": 3}
    assert json.dumps(without({"a": 1}, ("a",))) == "{}"
