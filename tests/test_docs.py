"""Every command that the documents show is run, in a folder that holds a copy of `bundles/`, in the order of the page.

A block of `sh` or `python` must succeed as a whole. In a block of `console` each line that begins with `$ ` must
succeed, or end with the status that its comment states (`# exit status 3`), and print what stands below it, if anything
does; `…` stands for any text. A block that can't be run here says why, in a line right above it: `<!-- not run: it
starts a server -->`.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^(?P<excuse><!-- not run: [^\n]+ -->\n+)?```(?P<kind>sh|console|python)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
STATUS = re.compile(r"# exit status (\d+)$")


@dataclass(frozen=True)
class Command:
    """What is run, the status it must end with, and what it must print (nothing: whatever it likes)."""

    text: str
    status: int = 0
    output: str = ""


def commands(page: str) -> list[Command]:
    """The commands of a page that are to be run."""
    blocks = [match for match in BLOCK.finditer(page) if not match["excuse"]]
    return [command for block in blocks for command in _of(block["kind"], block["text"])]


def _of(kind: str, text: str) -> list[Command]:
    if kind == "sh":
        return [Command(f"set -euo pipefail\n{text}")]
    if kind == "python":
        return [Command(f"python -W error - <<'END'\n{text}END")]
    found = []
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line = re.match(r"(.*\\\n)*.*", piece)[0]  # type: ignore[index]
        status = STATUS.search(line)
        found.append(Command(line, int(status[1]) if status else 0, piece.removeprefix(line).strip()))
    return found


def matches(expected: str, printed: str) -> bool:
    """Whether this was printed; `…` stands for any text."""
    pattern = ".*?".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def test_a_command_is_read_with_its_status_and_output() -> None:
    page = "```console\n$ false  # exit status 1\n$ echo a \\\n  b\na …\n```\n"
    page += "<!-- not run: no -->\n```sh\nrm\n```\n```sh\ntrue\n```\n```python\npass\n```\n"
    page += "<!-- not run: no -->\n```sh\nrm\n```\n"
    assert commands(page) == [
        Command("false  # exit status 1", 1),
        Command("echo a \\\n  b", 0, "a …"),
        Command("set -euo pipefail\ntrue\n"),
        Command("python -W error - <<'END'\npass\nEND"),
    ]
    assert matches("a …", "a b\n")
    assert not matches("a …", "b a\n")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_works(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bundles", tmp_path / "bundles")
    path = os.pathsep.join([str(Path(sys.executable).parent), str(ROOT / ".cache" / "bin"), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "120"}
    for command in commands(page.read_text()):
        run = subprocess.run(
            ["bash", "-c", command.text],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == command.status, f"{command.text}\n{run.stdout}{run.stderr}"
        if command.output:
            assert matches(command.output, run.stdout + run.stderr), f"{command.text}\n{run.stdout}{run.stderr}"
