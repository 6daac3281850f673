"""`compose.yaml`, started for real: what its page promises, and what happens when a part of it fails."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.compose import stand_ins
from tests.compose.conftest import FORCE_SECONDS, Site, page

pytestmark = pytest.mark.slow

GUIDE, HANDBOOK = '{"path": "docs/guide.md"}', '{"path": "handbook/a.md"}'
ALLOWED, UNDECIDED, DENIED = 0, 1, 3
BUNDLE = "run/bundles/mcp.tar.gz"
BUILD = "mcp-opa build run/{policy}.yaml -o {output}"
SIGNED = f"{BUILD} --signing-key run/signing.key"
SIGNED_BY_ANOTHER = f"mcp-opa keys signing -o run/another && {BUILD} --signing-key run/another.key"
LOCKED = {
    "User": "1000:1000",
    "ReadonlyRootfs": True,
    "CapDrop": ["ALL"],
    "CapAdd": None,
    "Privileged": False,
    "SecurityOpt": ["no-new-privileges:true"],
    "NanoCpus": 10**9,
    "Memory": 512 * 2**20,
    "PidsLimit": 100,
    "LogConfig": {"Type": "json-file", "Config": {"max-file": "5", "max-size": "10m"}},
    "PortBindings": {},
    "PublishAllPorts": False,
}
"""What the daemon holds a container to."""
PROBE = """
import json, os, pathlib, socket
def tried(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "capabilities": {name: int(value, 16) for name, value in status.items() if name.startswith("Cap")},
    "no new privileges": status["NoNewPrivs"],
    "writes": {place: tried(lambda: pathlib.Path(place, "a").touch()) for place in ("/", "/tmp", "/run/secrets")},
    "reaches": {name: tried(lambda: socket.getaddrinfo(name, 80)) for name in ("opa", "bundles")},
    "goes out": tried(lambda: socket.create_connection(("192.0.2.1", 80), 3)),
    "in the environment": [name for name, value in os.environ.items() if value == open("/run/secrets/token").read()],
}))
"""


@pytest.fixture
def site(started: Site) -> Iterator[Site]:
    """The site with all its services and the first policy in force; whatever a test broke is mended after it."""
    eventually(lambda: ask(started) == (ALLOWED, "policy"))
    yield started
    publish(started, "policy")
    eventually(lambda: started.run("docker compose up --detach --wait").returncode == 0)


def ask(site: Site, arguments: str = GUIDE) -> tuple[int, str]:
    """The status of one question, asked without starting anything else, and the cause it names.

    It has patience: a machine that is busy starting containers is no reason to refuse.
    """
    call = f"--deadline 10 --actor assistant-service --tool read_file --arguments '{arguments}'"
    run = site.run(f"docker compose run --rm --no-deps ask --json {call}")
    assert run.stdout, run.stderr
    return run.returncode, json.loads(run.stdout)["cause"]


def inspected(site: Site, service: str) -> dict[str, Any]:
    """What the daemon knows of a service's container."""
    found = json.loads(site.must(f"docker inspect $(docker compose ps --all --quiet {service})"))[0]
    return {**found, **found["Config"], **found["HostConfig"]}


def eventually(true: Callable[[], bool]) -> None:
    """Wait until it is true, as long as a published bundle may take."""
    deadline = time.monotonic() + FORCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "not within the time that the page gives it"
        time.sleep(1)


def publish(site: Site, policy: str, command: str = SIGNED) -> None:
    """Put a bundle where OPA finds it, in one step."""
    site.must(command.format(policy=policy, output="run/next.tar.gz") + f" && mv run/next.tar.gz {BUNDLE}")


def told(site: Site, text: str) -> int:
    """How often OPA has said this in its log."""
    return site.must("docker compose logs --no-log-prefix opa").count(text)


def test_a_changed_policy_is_in_force_without_a_restart(site: Site) -> None:
    process = inspected(site, "opa")["State"]["Pid"]
    assert (ask(site, GUIDE), ask(site, HANDBOOK)) == ((ALLOWED, "policy"), (DENIED, "policy"))
    for command in page("Change the policy"):
        site.shown(command)
    assert (ask(site, GUIDE), ask(site, HANDBOOK)) == ((DENIED, "policy"), (ALLOWED, "policy"))
    assert inspected(site, "opa")["State"]["Pid"] == process


@pytest.mark.parametrize("service", ["opa", "bundles"])
def test_a_service_is_held_to_what_it_needs(site: Site, service: str) -> None:
    found = inspected(site, service)
    assert {key: found[key] for key in LOCKED} == LOCKED
    assert [name for name in ("token", "key", "secret") if name in json.dumps(found["Env"]).lower()] == []


def test_networks_lead_nowhere(site: Site) -> None:
    networks = json.loads(site.must("docker network inspect mcp-opa_bundles mcp-opa_questions"))
    assert [(network["Name"], network["Internal"]) for network in networks] == [
        ("mcp-opa_bundles", True),
        ("mcp-opa_questions", True),
    ]


def test_who_asks_can_do_nothing_else(site: Site) -> None:
    (site.folder / "probe.py").write_text(PROBE)
    probe = "--volume ./probe.py:/probe.py:ro --entrypoint /opt/mcp-opa/bin/python ask /probe.py"
    assert json.loads(site.must(f"docker compose run --rm --no-deps {probe}")) == {
        "user": [1000, 1000],
        "capabilities": {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0, "CapAmb": 0},
        "no new privileges": "1",
        "writes": {"/": "OSError", "/tmp": "OSError", "/run/secrets": "OSError"},  # noqa: S108
        "reaches": {"opa": "done", "bundles": "gaierror"},
        "goes out": "OSError",
        "in the environment": [],
    }


def test_without_opa_every_call_is_refused_until_it_is_back(site: Site) -> None:
    site.must("docker compose kill opa")
    # Before Docker 26 nobody answers who asks for a name that is gone.
    assert ask(site) in [(UNDECIDED, "unavailable"), (UNDECIDED, "timeout")]
    site.must("docker compose up --detach --wait opa")
    assert ask(site) == (ALLOWED, "policy")


def test_an_opa_that_crashes_is_started_again(site: Site) -> None:
    process = inspected(site, "opa")["State"]["Pid"]
    site.must(f"docker run --rm --pid=host --network=none {stand_ins.NGINX} sh -c 'kill -KILL {process}'")
    eventually(lambda: inspected(site, "opa")["State"]["Pid"] not in {0, process})
    eventually(lambda: ask(site) == (ALLOWED, "policy"))


def test_without_the_server_of_bundles_the_last_policy_answers_even_after_a_restart(site: Site) -> None:
    site.must("docker compose kill bundles")
    eventually(lambda: told(site, "Bundle load failed: request failed") > 0)
    assert ask(site) == (ALLOWED, "policy")
    site.must("docker compose restart --timeout 1 --no-deps opa")
    eventually(lambda: ask(site) == (ALLOWED, "policy"))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (BUILD, "bundle missing .signatures.json file"),
        (SIGNED_BY_ANOTHER, "verification error"),
        (f"{SIGNED} && truncate --size=-2000 {{output}}", "unexpected EOF"),
        (": > {output}", "archive read failed: EOF"),
    ],
    ids=["unsigned", "another key", "cut short", "empty"],
)
def test_a_bad_bundle_changes_nothing_and_shows(site: Site, bad: str, why: str) -> None:
    site.shown(page("Change the policy")[0])
    publish(site, "changed", bad)
    eventually(lambda: told(site, why) > 0)
    assert (ask(site, GUIDE), ask(site, HANDBOOK)) == ((ALLOWED, "policy"), (DENIED, "policy"))


def test_a_caller_without_a_known_token_is_refused(site: Site) -> None:
    other = "--volume ./run/other:/run/secrets/token:ro"
    site.must("tr 0-9a-f 1-9a-f0 < run/token > run/other")
    call = f"--deadline 10 --actor assistant-service --tool read_file --arguments '{GUIDE}'"
    run = site.run(f"docker compose run --rm --no-deps {other} ask --json {call}")
    assert (run.returncode, json.loads(run.stdout)["cause"]) == (UNDECIDED, "unavailable")


def test_before_its_first_bundle_every_call_is_refused(site: Site) -> None:
    site.must(f"docker compose down --timeout 1 && rm -r run/opa/bundles {BUNDLE} && docker compose up --detach")
    eventually(lambda: ask(site) == (UNDECIDED, "undefined"))
    eventually(lambda: inspected(site, "opa")["State"]["Health"]["Status"] == "unhealthy")
    publish(site, "policy")
    eventually(lambda: ask(site) == (ALLOWED, "policy"))
