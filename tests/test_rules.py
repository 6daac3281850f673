"""The policy about the policies: what every rule that permits or refuses must have."""

import re
from pathlib import Path

from mcp_opa import shipped

ROOT = Path(__file__).resolve().parent.parent
PERMITS = {"deny_by_default.granted", "deny_by_default.monitored", "read_only.permitted", "scoped_write.permitted"}


def _documented() -> dict[str, bool]:
    """Each code that `docs/contracts.md` names, and whether it is starred there: softened by LOG_AND_ALLOW."""
    section = (ROOT / "docs" / "contracts.md").read_text().split("\n## Codes\n")[1]
    names = r"`([a-z_]+)`(\*?)"
    alone, shared = section.strip().split("\n\n")
    shared, extra = shared.split("`scoped_write` also")
    found = {
        "deny_by_default": re.findall(names, alone),
        "read_only": re.findall(names, shared),
        "scoped_write": re.findall(names, shared) + re.findall(names, extra),
    }
    return {
        f"{policy}.{code}": star == "*" for policy, codes in found.items() for code, star in codes if code not in found
    }


def test_the_rules_are_those_of_the_contract_and_soften_as_it_says() -> None:
    assert {code: rule.monitor for code, rule in shipped.rules().items()} == _documented()


def test_every_rule_says_what_it_means_and_every_refusal_how_to_mend_it() -> None:
    rules = shipped.rules()
    assert [code for code, rule in rules.items() if not (rule.title and rule.description)] == []
    assert [code for code, rule in rules.items() if code not in PERMITS and not (rule.fix and rule.controls)] == []


def test_every_refusal_has_a_test_named_for_it() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "rego").rglob("*_test.rego"))
    names = re.findall(r"^test_(\w+)", tests, re.MULTILINE)
    codes = {code.split(".")[1] for code in shipped.rules().keys() - PERMITS}
    assert {code for code in codes if not any(name.startswith(code) for name in names)} == set()
