"""What the package carries is what stands in `rego/mcp`."""

from __future__ import annotations

import json
from pathlib import Path

from mcp_opa import bundle, policy, shipped
from mcp_opa.contract import about_document, canonical
from mcp_opa.model import Answer, Cause, Question
from mcp_opa.pdp.embedded import EmbeddedOpa

PERMITS = {"deny_by_default.granted", "deny_by_default.monitored", "read_only.permitted", "scoped_write.permitted"}
"""What permits, and so has nothing to mend."""
REGO = Path(__file__).resolve().parent.parent / "rego"


def test_the_shipped_rego_is_that_of_the_repository_without_its_tests() -> None:
    found = {path.relative_to(REGO).as_posix(): path.read_text() for path in (REGO / "mcp").rglob("*.rego")}
    assert shipped.rego() == {name: text for name, text in found.items() if not name.endswith("_test.rego")}
    assert shipped.rego_digest() == bundle.digest(shipped.rego())


def test_a_bundle_of_the_shipped_rego_owns_what_the_repositorys_manifest_says() -> None:
    built = bundle.read(bundle.build({}, shipped.rego()))
    source = json.loads((REGO / ".manifest").read_text())
    assert {"roots": sorted(source["roots"]), "rego_version": source["rego_version"]} == {
        "roots": built.manifest["roots"],
        "rego_version": built.manifest["rego_version"],
    }


def test_every_rule_says_what_it_is_about_and_how_to_mend_it() -> None:
    rules = shipped.rules()
    assert rules.keys() > PERMITS
    assert [code for code, rule in rules.items() if not (rule.title and rule.description)] == []
    assert {code for code, rule in rules.items() if not rule.fix} == PERMITS


def test_the_shipped_wasm_answers_about_usable_data_and_not_about_others() -> None:
    data = bundle.seal(policy.convert("actors: [{id: agent, allowed_tools: [read_file]}]").data, shipped.rego_digest())
    engine = EmbeddedOpa(canonical(data))
    about = {"version": 1, "id": "7", "revision": data["revision"], "contact": ""}
    assert engine.ask(Question.ABOUT, about_document("7")) == Answer(about)
    engine.load(b"{}")
    assert engine.ask(Question.ABOUT, about_document("7")).cause is Cause.UNDEFINED
