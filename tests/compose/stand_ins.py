"""Images under the names that `compose.yaml` and `Dockerfile` use, made without a registry.

Guarantees: OPA's is the pinned build alone, without a shell, as in the official image. The bases of nginx, Redis and
Python are one Debian by debootstrap; in Python's, pip finds the packages that `constraints.txt` pins and nothing else,
so that `Dockerfile` is built as it stands, without a network. What takes long is kept under
`${XDG_CACHE_HOME:-~/.cache}`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

from tools.get import wanted

ROOT = Path(__file__).resolve().parents[2]
OPA = f"openpolicyagent/opa:{wanted('opa')}-static"
NGINX = "nginx:1.30.5-alpine"
REDIS = "redis:8.10.2-alpine"
PYTHON = "python:3.13-slim-trixie"
OURS = "mcp-opa"

_SUITE, _SUITE_PYTHON = "trixie", "3.13"
_INCLUDED = "curl,nginx-light,python3-pip,python3-venv,redis-server"
_EXTRAS = ("gateway", "mcp", "redis", "signing")
_LEFT_OUT = ("./var/cache/apt/*", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./proc/*", "./sys/*")
_OPA_FILE = 'FROM scratch\nCOPY opa /opa\nUSER 1000:1000\nENTRYPOINT ["/opa"]\nCMD ["run"]\n'
_PYTHON_FILE = f"""FROM {NGINX}
RUN ln -s /usr/bin/python3 /usr/local/bin/python \\
 && printf '[global]\\nno-index = true\\nfind-links = /wheels\\n' > /etc/pip.conf
COPY . /wheels
"""


def make(environment: dict[str, str], opa: Path, scratch: Path) -> None:
    """Give the daemon every image that `compose.yaml` names, ours too."""
    shutil.copy(opa, scratch / "opa")
    _run(["docker", "import", str(_debian()), NGINX], environment)
    _run(["docker", "tag", NGINX, REDIS], environment)
    _build(environment, OPA, scratch, _OPA_FILE)
    _build(environment, PYTHON, _wheels(), _PYTHON_FILE)
    _build(environment, OURS, ROOT)


def _build(environment: dict[str, str], name: str, context: Path, file: str | None = None) -> None:
    command = ["docker", "build", "--quiet", "--network=none", f"--tag={name}"]
    command += ["--file=-", str(context)] if file else [str(context)]
    _run(command, environment, file or "")


def _debian() -> Path:
    """The tarball of a small Debian with nginx, Redis and Python."""
    return _kept(f"debian-{_SUITE}", _INCLUDED, _debootstrap)


def _debootstrap(tarball: Path) -> None:
    system = tarball.with_suffix(".system")
    command = ["debootstrap", "--variant=minbase", f"--include={_INCLUDED}", _SUITE, str(system)]
    _run(["unshare", "--mount", *command])
    _run(["tar", "-C", str(system), *(f"--exclude={path}" for path in _LEFT_OUT), "-cf", str(tarball), "."])


def _wheels() -> Path:
    """A folder with a wheel of each package that our image needs, and of what builds our own."""
    constraints = ROOT / "constraints.txt"
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = document["project"]["optional-dependencies"]
    asked = [*document["project"]["dependencies"], *document["build-system"]["requires"]]
    asked += [wanted for extra in _EXTRAS for wanted in extras[extra]]

    def download(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--only-binary=:all:", f"--python-version={_SUITE_PYTHON}", f"--constraint={constraints}"]
        _run([*command, f"--dest={folder}", *asked])

    return _kept("wheels", f"{asked} {constraints.read_text()}", download)


def _kept(name: str, recipe: str, make_at: Callable[[Path], None]) -> Path:
    """What was made by this recipe, now or in an earlier run."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mcp-opa" / "images"
    path = home / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as scratch:
            make_at(Path(scratch) / name)
            (Path(scratch) / name).rename(path)
    return path


def _run(command: list[str], environment: dict[str, str] | None = None, given: str = "") -> None:
    run = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)
    assert run.returncode == 0, f"{' '.join(command)}\n{run.stdout}{run.stderr}"
