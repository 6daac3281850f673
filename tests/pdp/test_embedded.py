"""What the embedded engine promises when something is wrong; then what it does when all is well."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from wasmtime import wat2wasm

from mcp_opa.model import Answer, Cause, Question
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.embedded import Bounds, EmbeddedOpa
from tests.pdp.conftest import PAGES, Compile, module

DATA = {"revision": "one", "tools": {"read_file": True}}
MIB = 1024 * 1024


def text(value: object) -> bytes:
    return json.dumps(value).encode()


def engine(wasm: bytes, data: object = DATA, bounds: Bounds | None = None) -> EmbeddedOpa:
    return EmbeddedOpa(text(data), wasm=wasm, bounds=bounds)


def works(opa: EmbeddedOpa) -> bool:
    """Whether a plain question still has its answer."""
    return opa.ask(Question.ABOUT, text({"id": "7"})) == Answer({"id": "7", "revision": "one"})


# A compiled policy that is not one of ours


@pytest.mark.parametrize("wasm", [b"\0asm", b"no Wasm at all"], ids=["cut off", "text"])
def test_what_is_no_wasm_module_is_refused(wasm: bytes) -> None:
    with pytest.raises(EngineError, match="no Wasm module"):
        engine(wasm)


def test_a_damaged_policy_is_refused(policy: bytes) -> None:
    with pytest.raises(EngineError, match="no Wasm module"):
        engine(policy[: len(policy) // 2])


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ('(import "env" "opa_println" (func (param i32)))', "env.opa_println"),
        ('(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))', "wasi_snapshot_preview1.proc_exit"),
        ('(import "other" "opa_abort" (func (param i32)))', "other.opa_abort"),
    ],
)
def test_an_import_beyond_the_abi_is_refused(imports: str, name: str) -> None:
    with pytest.raises(EngineError, match=f"imports {name},"):
        engine(module(imports=imports))


def test_an_import_of_the_right_name_and_the_wrong_type_is_refused() -> None:
    with pytest.raises(EngineError, match="incompatible import type"):
        engine(module(imports='(import "env" "opa_abort" (func (param i64)))'))


def test_a_policy_that_wants_a_built_in_of_its_host_is_refused(compile_rego: Compile) -> None:
    rego = """
        package mcp.authz
        about := sprintf("%d", [input.id])
        decision := true
        visible := true
        needs := true
    """
    with pytest.raises(EngineError, match="wants built-ins of its host: sprintf"):
        engine(compile_rego(rego))


def test_a_policy_without_one_of_the_questions_is_refused(compile_rego: Compile) -> None:
    rego = """
        package mcp.authz
        about := 1
        decision := 2
    """
    with pytest.raises(EngineError, match="lacks the entry points visible, needs"):
        engine(compile_rego(rego, "about", "decision"))


@pytest.mark.parametrize("place", [-1, PAGES * 65536, 2**31 - 1])
def test_a_module_that_allocates_outside_its_memory_is_refused(place: int) -> None:
    with pytest.raises(EngineError, match="allocates outside its memory"):
        engine(module(top=place))


@pytest.mark.parametrize("entries", ["", "[]", "7", '{"mcp/authz/about": ', '{"mcp/authz/about": {}}'])
def test_a_module_that_does_not_say_its_entry_points_is_refused(entries: str) -> None:
    with pytest.raises(EngineError):
        engine(module(entries=entries))


def test_a_module_that_traps_as_it_starts_is_refused() -> None:
    with pytest.raises(EngineError, match="the policy can't be loaded: wasm trap: out of bounds"):
        engine(module(place=PAGES * 65536))


def test_a_module_that_brings_its_own_memory_is_refused() -> None:
    with pytest.raises(EngineError, match="does not import its memory"):
        engine(bytes(wat2wasm('(module (memory (export "memory") 2))')))


@pytest.mark.parametrize("abi", [(1, 1), (0, 9), (2, 0)])
def test_another_abi_is_refused(abi: tuple[int, int]) -> None:
    with pytest.raises(EngineError, match=r"speaks ABI \(\d, \d\)"):
        engine(module(abi=abi))


@pytest.mark.parametrize("name", ["opa_eval", "opa_malloc", "opa_wasm_abi_version", "entrypoints"])
def test_a_module_that_lacks_a_part_of_the_abi_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match=f"exports no {name}"):
        engine(module(without=name))


# Data that can't be used


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b'{"a":1}xx', b'{"a":1,"a":1}', b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\\ud800"}'],
)
def test_data_that_are_no_json_object_are_refused_and_the_former_stay(policy: bytes, data: bytes) -> None:
    opa = engine(policy)
    with pytest.raises(EngineError, match="the policy data are"):
        opa.load(data)
    assert works(opa)


def test_data_that_are_too_large_are_refused_and_the_former_stay(
    policy: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opa = engine(policy)
    monkeypatch.setattr("mcp_opa.pdp.embedded._MAX_DATA", 100)
    with pytest.raises(EngineError, match="have 106 bytes, at most 100"):
        opa.load(b'{"a":"' + b"x" * 98 + b'"}')
    assert works(opa)


def test_data_that_are_nested_too_deep_are_refused_and_the_former_stay(policy: bytes) -> None:
    opa = engine(policy)
    with pytest.raises(EngineError, match="nested deeper"):
        opa.load(b'{"a":' * 5000 + b"1" + b"}" * 5000)
    assert works(opa)


def test_data_that_do_not_fit_into_the_memory_are_refused_and_the_former_stay(policy: bytes) -> None:
    opa = engine(policy, bounds=Bounds(memory_bytes=8 * MIB))
    with pytest.raises(EngineError, match="can't be loaded"):
        opa.load(text({"many": ["x" * 100] * 100_000}))
    assert works(opa)


def test_data_that_the_compiled_policy_does_not_read_are_refused() -> None:
    """Address 0 would be data that are undefined, without a word."""
    with pytest.raises(EngineError, match="not JSON to the compiled policy"):
        engine(module(parsed=0))


@pytest.mark.parametrize("character", ["\U00020000", "\U0001f600", "\U000e0041", "\u2028", "\0", "\x7f", '"', "\\"])
def test_text_of_the_data_is_read_as_it_was_written_escaped_or_not(policy: bytes, character: str) -> None:
    """Wasm takes an escaped character of some planes for another one; so the data are written anew before."""
    for ascii_only in (True, False):
        opa = EmbeddedOpa(json.dumps(DATA | {"revision": character}, ensure_ascii=ascii_only).encode(), wasm=policy)
        assert opa.ask(Question.ABOUT, b'{"id":"7"}') == Answer({"id": "7", "revision": character})


# Answers that are none


def test_a_question_without_an_answer_is_undefined(policy: bytes) -> None:
    answer = engine(policy).ask(Question.DECISION, text({"id": "7", "tool": "other"}))
    assert answer == Answer(cause=Cause.UNDEFINED, detail="the policy has no answer to this question")


@pytest.mark.parametrize("document", [b"", b"{", b"\xff", b'{"id":NaN}', b"[1 2"], ids=repr)
def test_a_document_that_wasm_cannot_read_has_no_answer(policy: bytes, document: bytes) -> None:
    assert engine(policy).ask(Question.ABOUT, document).cause is Cause.UNDEFINED


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{",
        b"{}",
        b"null",
        b"true",
        b"[null]",
        b"[{}]",
        b'{"result":1}',
        b'[{"result":1},{"result":1}]',
        b'[{"result":1,"result":1}]',
        b'[{"result":1,"more":2}]',
        b'[{"result":NaN}]',
        b'[{"result":"\xff"}]',
        b'[{"result":1}] ]',
        b'[{"result":' + b"[" * 1000 + b"]" * 1000 + b"}]",
    ],
    ids=lambda answer: repr(answer[:40]),
)
def test_an_answer_that_is_not_one_result_is_malformed(answer: bytes) -> None:
    assert engine(module(answer)).ask(Question.ABOUT, b"{}").cause is Cause.MALFORMED


def test_an_answer_without_an_end_is_unavailable_and_nothing_beyond_the_memory_is_read() -> None:
    answer = b'[{"result":1}]'
    opa = engine(module(answer, place=PAGES * 65536 - len(answer)))
    assert opa.ask(Question.ABOUT, b"{}").cause is Cause.UNAVAILABLE


@pytest.mark.parametrize("place", [PAGES * 65536, 2**31 - 1, -1])
def test_an_answer_outside_the_memory_is_unavailable(place: int) -> None:
    opa = engine(module(b"", place=place))
    assert opa.ask(Question.ABOUT, b"{}").cause is Cause.UNAVAILABLE


# Evaluations that end badly

SLOW = """
    package mcp.authz
    about := {"id": input.id, "revision": data.mcp.policy.revision}
    decision := count([1 | some x in numbers.range(1, 3000); some y in numbers.range(1, 3000); x * y == -1])
    visible := numbers.range(1, 100000000)
    needs := json.is_valid("true")
"""


@pytest.fixture(scope="module")
def slow(compile_rego: Compile) -> bytes:
    """`decision` takes long, `visible` needs much memory, `needs` traps."""
    return compile_rego(SLOW)


def test_an_evaluation_past_its_deadline_is_a_timeout(slow: bytes) -> None:
    opa = engine(slow, bounds=Bounds(deadline_seconds=0.05))
    began = time.monotonic()
    answer = opa.ask(Question.DECISION, b"{}")
    assert answer == Answer(cause=Cause.TIMEOUT, detail="the policy's evaluation took longer than its deadline")
    assert time.monotonic() - began < 5
    assert works(opa)


def test_an_evaluation_that_wants_too_much_memory_is_unavailable(slow: bytes) -> None:
    opa = engine(slow, bounds=Bounds(memory_bytes=16 * MIB, deadline_seconds=10))
    answer = opa.ask(Question.VISIBLE, b"{}")
    assert answer.cause is Cause.UNAVAILABLE
    assert "opa_malloc" in answer.detail
    assert works(opa)


def test_a_trap_is_unavailable(slow: bytes) -> None:
    opa = engine(slow)
    answer = opa.ask(Question.NEEDS, b"{}")
    assert answer.cause is Cause.UNAVAILABLE
    assert "trap" in answer.detail
    assert works(opa)


def test_a_document_that_is_too_deep_for_wasm_is_unavailable(policy: bytes) -> None:
    opa = engine(policy)
    assert opa.ask(Question.ABOUT, b"[" * 500_000).cause is Cause.UNAVAILABLE
    assert works(opa)


def test_a_document_that_is_too_large_is_unsendable_and_never_cut(policy: bytes) -> None:
    opa = engine(policy, bounds=Bounds(document_bytes=1000))
    fits, larger = (text({"id": "x" * size}) for size in (990, 991))
    assert (len(fits), len(larger)) == (1000, 1001)
    assert opa.ask(Question.NEEDS, fits) == Answer({"id": "x" * 990})
    detail = "the input document has 1001 bytes, at most 1000 are read"
    assert opa.ask(Question.NEEDS, larger) == Answer(cause=Cause.UNSENDABLE, detail=detail)


def test_a_question_that_there_is_not_is_unavailable(policy: bytes) -> None:
    assert engine(policy).ask("other", b"{}").cause is Cause.UNAVAILABLE  # type: ignore[arg-type]


def test_an_instance_that_cannot_be_made_is_unavailable(slow: bytes) -> None:
    opa = engine(slow)
    opa.ask(Question.NEEDS, b"{}")
    opa._generation.document = b"no JSON"  # noqa: SLF001
    assert opa.ask(Question.ABOUT, b'{"id":"7"}').cause is Cause.UNAVAILABLE


@pytest.mark.parametrize(
    "bounds", [{"deadline_seconds": 0}, {"deadline_seconds": 60}, {"memory_bytes": 0}, {"instances": 0}]
)
def test_bounds_that_cannot_be_kept_are_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="from"):
        Bounds(**bounds)  # type: ignore[arg-type]


# Answers, alone and many at once


def test_each_question_is_answered_from_the_data_and_the_document(policy: bytes) -> None:
    opa = engine(policy)
    assert works(opa)
    assert opa.ask(Question.DECISION, text({"id": "8", "tool": "read_file"})) == Answer({"id": "8", "allow": True})
    assert opa.ask(Question.VISIBLE, text({"tools": ["a", "read_file"]})) == Answer(["read_file"])
    document = {"text": "a\u2028 \U00020000\0é", "number": -7, "list": [None, True, {}]}
    assert opa.ask(Question.NEEDS, json.dumps(document, ensure_ascii=False).encode()) == Answer(document)


def test_an_answer_owes_nothing_to_the_questions_before(policy: bytes) -> None:
    opa = engine(policy)
    for size in (100_000, 10, 1000, 0, 5):
        document = {"id": "x" * size, "list": list(range(size % 997))}
        assert opa.ask(Question.NEEDS, text(document)) == Answer(document)


def test_memory_does_not_grow_from_question_to_question(policy: bytes) -> None:
    opa = engine(policy, bounds=Bounds(memory_bytes=4 * MIB))
    document = text({"list": ["x" * 50] * 2000})
    assert {opa.ask(Question.NEEDS, document) == Answer(json.loads(document)) for _ in range(300)} == {True}


def test_threads_get_the_answers_that_one_thread_gets(policy: bytes) -> None:
    opa = engine(policy)
    documents = [{"id": f"{number}", "list": ["x" * (number % 50)] * (number % 70)} for number in range(4000)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda document: opa.ask(Question.NEEDS, text(document)), documents))
    assert answers == [Answer(document) for document in documents]


def test_a_trap_in_one_thread_harms_no_other(slow: bytes) -> None:
    opa = engine(slow)

    def ask(number: int) -> bool:
        if number % 3:
            return works(opa)
        return opa.ask(Question.NEEDS, b"{}").cause is Cause.UNAVAILABLE

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(600))) == {True}


def test_new_data_answer_from_the_next_question_on(policy: bytes) -> None:
    opa = engine(policy)
    opa.load(text(DATA | {"revision": "two"}))
    assert opa.ask(Question.ABOUT, text({"id": "7"})) == Answer({"id": "7", "revision": "two"})


def test_under_load_every_answer_comes_from_one_generation_of_the_data_and_never_from_an_older_one(
    compile_rego: Compile,
) -> None:
    rego = """
        package mcp.authz
        about := [data.mcp.policy.first, data.mcp.policy.last]
        decision := 1
        visible := 1
        needs := 1
    """
    opa = engine(compile_rego(rego), {"first": 0, "last": 0})
    loaded = 0
    wrong: list[object] = []

    def ask() -> None:
        while loaded < 50:
            floor = loaded
            answer = opa.ask(Question.ABOUT, b"{}").value
            if type(answer) is not list or answer[0] != answer[1] or not floor <= answer[0] <= loaded + 1:
                wrong.append((floor, answer))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for generation in range(1, 51):
        opa.load(text({"first": generation, "last": generation}))
        loaded = generation
    for thread in threads:
        thread.join()
    assert wrong == []


# Processes

FORK = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def child_of(opa: EmbeddedOpa, ask: Callable[[EmbeddedOpa], object]) -> str:
    """What `ask(opa)` gives in a forked child."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, repr(ask(opa)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        told = file.read()
    os.waitpid(pid, 0)
    return told


@FORK
def test_a_forked_child_asks_for_itself(slow: bytes) -> None:
    opa = engine(slow, bounds=Bounds(deadline_seconds=0.05))
    assert works(opa)

    def ask(opa: EmbeddedOpa) -> object:
        return works(opa), opa.ask(Question.DECISION, b"{}").cause, opa.ask(Question.NEEDS, b"{}").cause, works(opa)

    assert child_of(opa, ask) == repr((True, Cause.TIMEOUT, Cause.UNAVAILABLE, True))
    assert works(opa)


@FORK
def test_a_fork_amid_the_questions_of_other_threads_leaves_both_sides_working(slow: bytes) -> None:
    opa = engine(slow)
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            works(opa)
            opa.ask(Question.NEEDS, b"{}")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        told = [child_of(opa, works) for _ in range(10)]
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert told == ["True"] * 10
    assert works(opa)
