"""The tool that asks the tests whether they notice a change."""

from pathlib import Path

import pytest

from tools import mutants
from tools.mutants import python, rego
from tools.mutants.mutant import ROOT, Mutant
from tools.mutants.trial import Bench, Result

MODULE = """package a

default told := false

told if {
	some x in input.xs
	x > 1
	not x in input.ys
}

small(x) := "ſ" if x == "ſ" else := y if {
	y := x
} else := [n | some n in x; n < 2]
"""
FUNCTION = '''
"""A docstring, with 1 and True."""

MOST = 4


def told(values: list[int], *, all_of_them: bool = False) -> bool:
    if not values or (len(values) > MOST and all_of_them):
        raise ValueError(f"{len(values) == 1}")
    print(values)
    return values[0] in (2, 3)
'''


def changes(found: list[Mutant]) -> list[tuple[str, str]]:
    """Each as what it changes and into what."""
    return [(mutant.name.partition(": ")[2], mutant.new.decode()) for mutant in found]


@pytest.mark.usefixtures("opa")
def test_every_condition_of_a_policy_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.rego"
    path.write_text(MODULE)
    assert sorted(changes(rego.mutants(path))) == sorted(
        [
            ("drop `default told := false`", ""),
            ("drop `some x in input.xs`", "true"),
            ("drop `x > 1`", "true"),
            ("negate `x > 1`", "not x > 1"),
            ("move the bound of `x > 1`", "x >= 1"),
            ("drop `not x in input.ys`", "true"),
            ("negate `not x in input.ys`", "x in input.ys"),
            ('drop `x == "ſ"`', "true"),
            ('negate `x == "ſ"`', 'not x == "ſ"'),
            ("drop `y := x`", "true"),
            ("never `y := x`", "false; y := x"),
            ("never `else := [n | some n in x; n < 2]`", "else := [n | some n in x; n < 2] if false"),
            ("drop `some n in x`", "true"),
            ("drop `n < 2`", "true"),
            ("negate `n < 2`", "not n < 2"),
            ("move the bound of `n < 2`", "n <= 2"),
        ]
    )


def test_everything_that_a_module_decides_by_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(FUNCTION)
    both = "not values or (len(values) > MOST and all_of_them)"
    assert sorted(changes(python.mutants(path))) == sorted(
        [
            ("one more than `4`", "5"),
            ("exchange `False`", "True"),
            (f"take for true `{both}`", "True"),
            (f"take for false `{both}`", "False"),
            ("drop the operand `not values`", "False"),
            ("drop the operand `len(values) > MOST and all_of_them`", "False"),
            ("drop the not of `not values`", "(values)"),
            ("drop the operand `len(values) > MOST`", "True"),
            ("drop the operand `all_of_them`", "True"),
            ("say `>=` in `len(values) > MOST`", "(len(values)) >= (MOST)"),
            ("drop `print(values)`", "pass"),
            ("return None for `values[0] in (2, 3)`", "None"),
            ("say `not in` in `values[0] in (2, 3)`", "(values[0]) not in ((2, 3))"),
            ("one more than `0`", "1"),
            ("one more than `2`", "3"),
            ("one more than `3`", "4"),
        ]
    )


def test_every_mutant_has_a_name_of_its_own_and_every_excuse_a_mutant() -> None:
    names = [mutant.name for mutant in mutants.everything()]
    assert len(set(names)) == len(names)
    excused = mutants.excuses()
    assert excused.keys() - set(names) == set()
    assert [name for name, reason in excused.items() if not reason] == []


@pytest.mark.slow
def test_a_trial_tells_what_is_noticed_from_what_is_not_and_from_what_does_not_compile(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "bench")
    file = "rego/mcp/lib/optional/optional.rego"
    whole = (ROOT / file).read_bytes()
    place = whole.index(b"is_array(value)")

    def result(new: bytes) -> Result:
        return bench.tried(Mutant(file, whole, "list", "say", place, place + len(b"is_array(value)"), new))

    assert result(b"is_array(value)") is Result.SURVIVED
    assert result(b"not is_array(value)") is Result.NOTICED
    assert result(b"is_array(") is Result.STILLBORN
    assert (tmp_path / "bench" / file).read_bytes() == whole
