"""A folder in which `compose.yaml` is up, and what one does there: run commands, ask, call, look at containers."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.test_docs import Command, commands, matches

ROOT = Path(__file__).resolve().parents[2]
EXCUSE = "<!-- not run: tests/compose runs it, with a Docker of its own -->\n"
FORCE_SECONDS = 60
"""Within this time a published bundle is in force."""

GUIDE, HANDBOOK = '{"path": "docs/guide.md"}', '{"path": "handbook/a.md"}'
PORT = 8080
RECORD = "run/record/record.jsonl"
ALLOWED, UNDECIDED, DENIED = 0, 1, 3
BUNDLE = "run/bundles/mcp.tar.gz"
BUILD = "mcp-opa build run/{policy}.yaml -o {output}"
SIGNED = f"{BUILD} --signing-key run/signing.key"


@dataclass(frozen=True)
class Site:
    """A folder with `compose.yaml` and what it needs, and the environment in which `docker` and `mcp-opa` are found."""

    folder: Path
    environment: dict[str, str]

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """What a shell in this folder says to a command; it runs where published ports are."""
        return subprocess.run(
            ["nsenter", f"--net={self.environment['NETWORK']}", "bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def must(self, command: str) -> str:
        """What a command prints that has to succeed."""
        run = self.run(command)
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        return run.stdout

    def shown(self, command: Command) -> None:
        """Run a command of the page; it does what the page shows, once a bundle that was published is in force."""
        deadline = time.monotonic() + FORCE_SECONDS
        while True:
            run = self.run(command.text)
            printed = run.stdout + run.stderr
            if run.returncode == command.status and (not command.output or matches(command.output, printed)):
                return
            asks = " ask " in command.text
            assert asks, f"{command.text}\n{printed}"
            assert time.monotonic() < deadline, f"{command.text}\n{printed}"
            time.sleep(1)

    def ask(self, arguments: str = GUIDE) -> tuple[int, str]:
        """The status of one question, asked without starting anything else, and the cause it names.

        It has patience: a machine that is busy starting containers is no reason to refuse.
        """
        call = f"--deadline 10 --actor assistant-service --tool read_file --arguments '{arguments}'"
        run = self.run(f"docker compose run --rm --no-deps ask --json {call}")
        assert run.stdout, run.stderr
        return run.returncode, json.loads(run.stdout)["cause"]

    def called(self, *ports: int, key: str = "run/api-key") -> list[str]:
        """What a client gets that reads a file through the gateway at each port; decisions without their ids."""
        printed = self.must(f"python {ROOT}/tests/compose/client.py {key} {' '.join(map(str, ports or (PORT,)))}")
        return re.sub("[0-9a-f]{32}", "…", printed).splitlines()

    def record(self) -> list[dict[str, Any]]:
        """What the gateway has recorded."""
        return [json.loads(line) for line in (self.folder / RECORD).read_text().splitlines()]

    def inspected(self, service: str) -> dict[str, Any]:
        """What the daemon knows of a service's container."""
        found = json.loads(self.must(f"docker inspect $(docker compose ps --all --quiet {service})"))[0]
        return {**found, **found["Config"], **found["HostConfig"]}

    def publish(self, policy: str, command: str = SIGNED) -> None:
        """Put a bundle where OPA finds it, in one step."""
        self.must(command.format(policy=policy, output="run/next.tar.gz") + f" && mv run/next.tar.gz {BUNDLE}")


def eventually(true: Callable[[], bool]) -> None:
    """Wait until it is true, as long as a published bundle may take."""
    deadline = time.monotonic() + FORCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "not within the time that the page gives it"
        time.sleep(1)


def page(section: str) -> list[Command]:
    """The commands of one section of the page."""
    text = (ROOT / "docs" / "compose.md").read_text().replace(EXCUSE, "")
    (found,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return commands(found)
