"""Measures what a decision costs, against floors of the same run: `make bench` prints it and writes `report.json`.

Only ratios count: what is divided was measured in turns, within one run. `docs/performance.md` says what each row means
and what limits it.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import metadata
from pathlib import Path

from bench import beside, gateway, middleware, opa, policies
from bench.bare import Bare
from bench.interleaved import medians
from mcp_opa import bundle, contract, facts, shipped
from mcp_opa.audit import JsonLines
from mcp_opa.gate import Gate
from mcp_opa.model import Json, Needs, Question
from mcp_opa.pdp.embedded import EmbeddedOpa

REPORT = Path(__file__).with_name("report.json")
TARGETS = {
    "P1": 0.7,
    "P1 recorded": 0.7,
    "P2": 1.6,
    "P3": 1.15,
    "P4": 0.3,
    "P4 kept": 0.3,
    "P4 HTTP": 0.3,
    "P4 HTTP kept": 0.3,
    "P4 ms": 1.0,
    "P4 SDK ms": 1.0,
    "P4 FastMCP ms": 1.0,
    "P6": 2.5,
    "P6 gateway": 0.5,
    "P7": 3.0,
    "P7 in OPA": 12.0,
    "P7 globs": 2.0,
}
ID = "0" * 32
MANY = 10_000
Raw = dict[str, float]
Measure = Callable[[Raw], Raw]
"""Puts what it measured into the raw figures, and gives ratios; of several for one row the worst counts."""


def decisions(raw: Raw) -> Raw:
    """Whole decisions in this process, beside one bare `opa_eval` of `about`."""
    bare = Bare(policies.data())
    about = bare.arguments(Question.ABOUT, contract.about_document(ID))
    gate, crowded = (_gate(policies.data(actors=actors)) for actors in (3, MANY))
    cases: dict[str, Callable[[], object]] = {"about, bare": lambda: bare.evaluate(about)}
    for name, (call, expected) in policies.CALLS.items():
        cases[name] = partial(gate.preview, call)
        decision = gate.preview(call)
        if str(decision.effect) != expected:
            raise SystemExit(f"{name}: expected {expected}, got {decision}")
    cases[f"read_file, {MANY} actors"] = partial(crowded.preview, policies.READ)
    with tempfile.TemporaryDirectory() as scratch:
        log = JsonLines(Path(scratch) / "audit.jsonl")
        whole = Gate(EmbeddedOpa(contract.canonical(policies.data())), audit=log)
        cases["read_file, recorded"] = partial(whole.decide, policies.READ)
        found = medians(cases)
        log.close()
    raw |= {f"decision µs: {name}": value for name, value in found.items()}
    read, floor = found["read_file"], found["about, bare"]
    recorded = found["read_file, recorded"] / floor
    return {"P1": read / floor, "P1 recorded": recorded, "P3": found[f"read_file, {MANY} actors"] / read}


def with_opa(raw: Raw) -> Raw:
    """Whole decisions with an OPA beside the gate, and http.client asking the same OPA."""
    with tempfile.TemporaryDirectory() as scratch:
        found, speed = beside.compare(Path(scratch))
    raw |= {f"OPA µs: {name}": value for name, value in found.items()}
    raw |= {f"OPA decisions a second: {name}": value for name, value in speed.items()}
    return {"P2": max(found[f"decide, {over}"] / found[f"http.client, {over}"] for over in ("TCP", "Unix"))}


def with_gateway(raw: Raw) -> Raw:
    """Calls of a tool through the gateway, through FastMCP's proxy, and to the server alone."""
    ratios: Raw = {}
    with tempfile.TemporaryDirectory() as scratch:
        for over, measure in (("stdio", gateway.over_stdio), ("HTTP", gateway.over_http)):
            found, speed = measure(Path(scratch))
            raw |= {f"call µs, {over}: {name}": value for name, value in found.items()}
            raw |= {f"calls a second, {over}: {name}": value for name, value in speed.items()}
            added = {name: value - found["alone"] for name, value in found.items()}
            row = "P4" if over == "stdio" else f"P4 {over}"
            ratios |= {row: added["gateway"] / added["fresh proxy"]}
            ratios |= {f"{row} kept": added["gateway"] / added["kept proxy"]}
            if over == "stdio":
                ratios["P4 ms"] = added["gateway"] / 1000
    return ratios


def with_middleware(raw: Raw) -> Raw:
    """Calls of a tool through the middleware, and to the same server without it."""
    with tempfile.TemporaryDirectory() as scratch:
        found = middleware.compare(Path(scratch))
    raw |= {f"call µs, in memory: {name}": value for name, value in found.items()}
    frameworks = ("SDK", "FastMCP")
    return {f"P4 {name} ms": (found[f"{name}, middleware"] - found[f"{name}, alone"]) / 1000 for name in frameworks}


def starting_gateway(raw: Raw) -> Raw:
    """The start of a server behind the gateway, and alone."""
    with tempfile.TemporaryDirectory() as scratch:
        found = gateway.starting(Path(scratch))
    raw |= {f"start ms: {name}": value for name, value in found.items()}
    return {"P6 gateway": (found["gateway, first call"] - found["alone, first call"]) / 1000}


def parts(raw: Raw) -> Raw:
    """Where the time of read_file's decision goes."""
    engine = EmbeddedOpa(contract.canonical(policies.data()))
    call = policies.READ
    needs = contract.to_needs(engine.ask(Question.NEEDS, contract.needs_document(call, ID, 0)), ID)
    found = facts.compute(call, needs)
    document = contract.input_document(call, found, ID, 0)
    answer = engine.ask(Question.DECISION, document)
    cases: dict[str, Callable[[], object]] = {
        "facts": lambda: facts.compute(call, needs),
        "input document": lambda: contract.input_document(call, found, ID, 0),
        "engine": lambda: engine.ask(Question.DECISION, document),
        "contract": lambda: contract.to_decision(answer, ID),
    }
    raw |= {f"part µs: {name}": value for name, value in medians(cases, rounds=20).items()}
    return {}


def evaluations(raw: Raw) -> Raw:
    """Evaluation alone, inside Wasm."""
    cases = {
        "about": (Bare(policies.data()), Question.ABOUT, contract.about_document(ID)),
        "10 globs": (Bare(policies.data()), Question.DECISION, _document()),
        "200 globs": (Bare(policies.data(globs=200)), Question.DECISION, _document()),
        f"{MANY} actors": (Bare(policies.data(actors=MANY)), Question.DECISION, _document()),
    }
    ready = {name: (bare, bare.arguments(question, text)) for name, (bare, question, text) in cases.items()}
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(60):
        for name, (bare, arguments) in ready.items():
            times[name].append(bare.microseconds(arguments, 200))
    found = {name: statistics.median(taken) for name, taken in times.items()}
    raw |= {f"Wasm µs: {name}": value for name, value in found.items()}
    return {"P7": found["10 globs"] / found["about"], "P7 globs": found["200 globs"] / found["10 globs"]}


def in_opa(raw: Raw) -> Raw:
    """The same in `opa bench`, and a server with many actors."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        documents = {"about": contract.about_document(ID), "decision": _document()}
        for question, document in documents.items():
            (folder / question).write_bytes(document)
        data = {"10 globs": policies.data(), "200 globs": policies.data(globs=200), "many": policies.data(actors=MANY)}
        for name, value in data.items():
            (folder / f"{name}.tar.gz").write_bytes(bundle.build(value, shipped.rego()))
        cases = {"about": ("10 globs", "about")} | {name: (name, "decision") for name in data}
        times: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(3):
            for name, (built, question) in cases.items():
                times[name].append(opa.microseconds(folder / f"{built}.tar.gz", folder / question, question))
        found = {name: statistics.median(taken) for name, taken in times.items()}
        seconds, megabytes = opa.serving(folder / "many.tar.gz")
    raw |= {f"opa bench µs: {name}": value for name, value in found.items()}
    raw |= {f"OPA with {MANY} actors: seconds until active": seconds, f"OPA with {MANY} actors: MB": megabytes}
    few = found["10 globs"]
    return {"P3": found["many"] / few, "P7 in OPA": few / found["about"], "P7 globs": found["200 globs"] / few}


def starting(raw: Raw) -> Raw:
    """The start of the command line, and of an engine."""
    program = str(Path(sys.executable).with_name("mcp-opa"))
    cases = {"import click": [sys.executable, "-c", "import click"], "mcp-opa --help": [program, "--help"]}
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(15):
        for name, command in cases.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[name].append((time.perf_counter() - began) * 1000)
    found = {name: statistics.median(taken) for name, taken in times.items()}
    raw |= {f"start ms: {name}": value for name, value in found.items()}
    for name, actors in (("3 actors", 3), (f"{MANY} actors", MANY)):
        data = contract.canonical(policies.data(actors=actors))
        began = time.perf_counter()
        EmbeddedOpa(data)
        raw[f"start ms: engine with {name}"] = (time.perf_counter() - began) * 1000
    return {"P6": found["mcp-opa --help"] / found["import click"]}


def together(raw: Raw) -> Raw:
    """Decisions a second from several threads."""
    gate = _gate(policies.data())
    for count in (1, 2, 4, 8):
        with ThreadPoolExecutor(count) as threads:
            until = time.monotonic() + 1.5
            asked = sum(threads.map(_decide_until, [(gate, until)] * count))
        raw[f"decisions a second: {count} threads"] = asked / 1.5
    return {}


def _decide_until(work: tuple[Gate, float]) -> int:
    gate, until = work
    asked = 0
    while time.monotonic() < until:
        gate.preview(policies.READ)
        asked += 1
    return asked


def _gate(data: dict[str, Json]) -> Gate:
    return Gate(EmbeddedOpa(contract.canonical(data)))


def _document() -> bytes:
    return contract.input_document(policies.READ, facts.compute(policies.READ, Needs("")), ID, int(time.time()))


def machine() -> dict[str, object]:
    """What the figures depend on."""
    return {
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "wasmtime": metadata.version("wasmtime"),
    }


MEASURES: tuple[Measure, ...] = (
    decisions,
    with_opa,
    with_gateway,
    with_middleware,
    parts,
    evaluations,
    in_opa,
    starting,
    starting_gateway,
    together,
)


def main(names: list[str]) -> None:
    """Run the measurements, print the ratios beside their targets; write the report if nothing was left out."""
    ratios: Raw = {}
    raw: Raw = {}
    for measure in MEASURES:
        if names and measure.__name__ not in names:
            continue
        print(f"… {measure.__doc__}", flush=True)
        for name, ratio in measure(raw).items():
            ratios[name] = max(ratio, ratios.get(name, 0))
    print()
    for name, value in raw.items():
        print(f"{name:56} {value:12.1f}")
    print()
    for name, ratio in ratios.items():
        print(f"{name:14} {ratio:8.3f}   at most {TARGETS[name]:<6} {'' if ratio <= TARGETS[name] else 'MISSED'}")
    if not names:
        report = {"ratios": _rounded(ratios), "raw": _rounded(raw), "machine": machine()}
        REPORT.write_text(json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _rounded(figures: Raw) -> Raw:
    return {name: round(value, 3) for name, value in figures.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
