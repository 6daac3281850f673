"""Changes the code one place at a time, and says of which changes no test takes notice.

`python -m tools.mutants [--sample ONE_OF] [PART …]`: all mutants, or the fixed sample of one in so many; PART is the
beginning of a file's name. The exit status is 0 only if every mutant that counts was noticed.

Guarantees: the tests are seen to pass without a change before any is tried; a change that `equivalent.yaml` excuses is
left out, and an excuse for a change that is no more is an error. It writes nothing into the repository.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tools.mutants import everything, excuses
from tools.mutants.mutant import Mutant
from tools.mutants.trial import Bench, Result

WORKERS = os.cpu_count() or 1


def main() -> int:
    """Try what the command line asks for, and print what survived."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants")
    parser.add_argument(
        "--sample", type=int, default=1, metavar="ONE_OF", help="try the fixed sample of one in so many"
    )
    parser.add_argument("part", nargs="*", default=[""], help="only files whose names begin so")
    arguments = parser.parse_args()
    mutants = everything()
    excused = excuses()
    if gone := excused.keys() - {mutant.name for mutant in mutants}:
        print("\n".join(["equivalent.yaml excuses what is no more; take it out:", *sorted(gone)]))
        return 1
    chosen = [m for m in mutants if m.file.startswith(tuple(arguments.part)) and m.falls_on(arguments.sample)]
    return _report([mutant for mutant in chosen if mutant.name not in excused], len(mutants))


def _report(mutants: list[Mutant], of: int) -> int:
    began = time.monotonic()
    print(f"{len(mutants)} of {of} mutants, {WORKERS} at a time", flush=True)
    counts: Counter[Result] = Counter()
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for mutant, result in _tried(mutants, Path(folder)):
            counts[result] += 1
            if result is Result.SURVIVED:
                survivors.append(mutant)
                print(f"survived: {mutant.name}", flush=True)
            if counts.total() % 20 == 0:
                print(f"{counts.total()} of {len(mutants)}, {time.monotonic() - began:.0f} s", flush=True)
    print(", ".join(f"{counts[result]} {result}" for result in Result), f"in {time.monotonic() - began:.0f} s")
    for mutant in sorted(survivors, key=lambda survivor: (survivor.file, survivor.start)):
        print(f"{mutant.file}:{mutant.line}: {mutant.name.partition(' ')[2]} → `{mutant.new.decode()[:80]}`")
    if survivors:
        print("no test notices these: write one, or say in tools/mutants/equivalent.yaml why they change nothing")
    return int(bool(survivors))


def _tried(mutants: list[Mutant], folder: Path) -> Iterator[tuple[Mutant, Result]]:
    """Each mutant with its result, as they come."""
    benches: queue.SimpleQueue[Bench] = queue.SimpleQueue()
    for number in range(WORKERS):
        benches.put(Bench(folder / str(number)))

    def tried(mutant: Mutant) -> Result:
        bench = benches.get()
        try:
            return bench.tried(mutant)
        finally:
            benches.put(bench)

    _see_that_tests_pass(mutants, benches)
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = {pool.submit(tried, mutant): mutant for mutant in mutants}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _see_that_tests_pass(mutants: list[Mutant], benches: queue.SimpleQueue[Bench]) -> None:
    bench = benches.get()
    for kind in {mutant.file.rpartition(".")[2]: mutant.file for mutant in mutants}.values():
        if not bench.sound(kind):
            sys.exit(f"the tests that would judge {kind} fail without any change; mend them first")
    benches.put(bench)


if __name__ == "__main__":
    sys.exit(main())
