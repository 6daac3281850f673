"""`compose.yaml`, started for real: what its page promises, and what happens when a part of it fails."""

from __future__ import annotations

import json

import pytest

from tests.compose import stand_ins
from tests.compose.site import (
    ALLOWED,
    BUILD,
    BUNDLE,
    DENIED,
    GUIDE,
    HANDBOOK,
    SIGNED,
    UNDECIDED,
    Site,
    eventually,
    page,
)

pytestmark = pytest.mark.slow

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
    "PublishAllPorts": False,
}
"""What the daemon holds a container to."""
PUBLISHED = {"gateway": {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}}
PROBE = """
import json, os, pathlib, socket
from concurrent.futures import ThreadPoolExecutor
def done(act):
    try:
        act()
    except OSError:
        return False
    return True
def found(name):
    return [name] if done(lambda: socket.getaddrinfo(name, 80)) else []
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({
    "user": [os.getuid(), os.getgid()],
    "capabilities": {name: int(value, 16) for name, value in status.items() if name.startswith("Cap")},
    "no new privileges": status["NoNewPrivs"],
    "writes": [place for place in ("/", "/tmp", "/run/secrets", "/etc/mcp-opa/keys", "/srv", "/srv/docs")
               if done(lambda: pathlib.Path(place, "a").touch())],
    "reaches": sum(ThreadPoolExecutor(4).map(found, ("bundles", "files", "opa", "redis")), []),
    "goes out": done(lambda: socket.create_connection(("192.0.2.1", 80), 3)),
    "in the environment": [name for name, value in os.environ.items() if value == open("/token").read()],
}))
"""


def told(site: Site, text: str) -> int:
    """How often OPA has said this in its log."""
    return site.must("docker compose logs --no-log-prefix opa").count(text)


def test_a_changed_policy_is_in_force_without_a_restart(site: Site) -> None:
    process = site.inspected("opa")["State"]["Pid"]
    assert (site.ask(GUIDE), site.ask(HANDBOOK)) == ((ALLOWED, "policy"), (DENIED, "policy"))
    for command in page("Change the policy"):
        site.shown(command)
    assert (site.ask(GUIDE), site.ask(HANDBOOK)) == ((DENIED, "policy"), (ALLOWED, "policy"))
    assert site.inspected("opa")["State"]["Pid"] == process


@pytest.mark.parametrize("service", ["gateway", "files", "redis", "opa", "bundles"])
def test_a_service_is_held_to_what_it_needs(site: Site, service: str) -> None:
    found = site.inspected(service)
    assert {key: found[key] for key in LOCKED} == LOCKED
    assert found["PortBindings"] == PUBLISHED.get(service, {})
    assert [name for name in ("token", "key", "secret") if name in json.dumps(found["Env"]).lower()] == []


def test_networks_lead_nowhere(site: Site) -> None:
    networks = json.loads(site.must("docker network inspect $(docker network ls --quiet --filter name=mcp-opa_)"))
    assert {network["Name"]: (network["Internal"], network["Options"]) for network in networks} == {
        **{f"mcp-opa_{name}": (True, {}) for name in ("bundles", "limits", "questions", "servers")},
        "mcp-opa_door": (False, {"com.docker.network.bridge.enable_ip_masquerade": "false"}),
    }


@pytest.mark.parametrize(
    ("service", "reached"), [("ask", ["opa"]), ("files", ["files"]), ("gateway", ["files", "opa", "redis"])]
)
def test_a_service_can_do_nothing_else(site: Site, service: str, reached: list[str]) -> None:
    (site.folder / "probe.py").write_text(PROBE)
    given = "--volume ./probe.py:/probe.py:ro --volume ./run/token:/token:ro --entrypoint /opt/mcp-opa/bin/python"
    assert json.loads(site.must(f"docker compose run --rm --no-deps {given} {service} /probe.py")) == {
        "user": [1000, 1000],
        "capabilities": {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0, "CapAmb": 0},
        "no new privileges": "1",
        "writes": [],
        "reaches": reached,
        "goes out": False,
        "in the environment": [],
    }


def test_without_opa_every_call_is_refused_until_it_is_back(site: Site) -> None:
    site.must("docker compose kill opa")
    # Before Docker 26 nobody answers who asks for a name that is gone.
    assert site.ask() in [(UNDECIDED, "unavailable"), (UNDECIDED, "timeout")]
    site.must("docker compose up --detach --wait opa")
    assert site.ask() == (ALLOWED, "policy")


def test_an_opa_that_crashes_is_started_again(site: Site) -> None:
    process = site.inspected("opa")["State"]["Pid"]
    site.must(f"docker run --rm --pid=host --network=none {stand_ins.NGINX} sh -c 'kill -KILL {process}'")
    eventually(lambda: site.inspected("opa")["State"]["Pid"] not in {0, process})
    eventually(lambda: site.ask() == (ALLOWED, "policy"))


def test_without_the_server_of_bundles_the_last_policy_answers_even_after_a_restart(site: Site) -> None:
    site.must("docker compose kill bundles")
    eventually(lambda: told(site, "Bundle load failed: request failed") > 0)
    assert site.ask() == (ALLOWED, "policy")
    site.must("docker compose restart --timeout 1 --no-deps opa")
    eventually(lambda: site.ask() == (ALLOWED, "policy"))


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
    site.publish("changed", bad)
    eventually(lambda: told(site, why) > 0)
    assert (site.ask(GUIDE), site.ask(HANDBOOK)) == ((ALLOWED, "policy"), (DENIED, "policy"))


def test_a_caller_without_a_known_token_is_refused(site: Site) -> None:
    other = "--volume ./run/other:/run/secrets/token:ro"
    site.must("tr 0-9a-f 1-9a-f0 < run/token > run/other")
    call = f"--deadline 10 --actor assistant-service --tool read_file --arguments '{GUIDE}'"
    run = site.run(f"docker compose run --rm --no-deps {other} ask --json {call}")
    assert (run.returncode, json.loads(run.stdout)["cause"]) == (UNDECIDED, "unavailable")


def test_before_its_first_bundle_every_call_is_refused(site: Site) -> None:
    site.must(f"docker compose down --timeout 1 && rm -r run/opa/bundles {BUNDLE} && docker compose up --detach")
    eventually(lambda: site.ask() == (UNDECIDED, "undefined"))
    eventually(lambda: site.inspected("opa")["State"]["Health"]["Status"] == "unhealthy")
    site.publish("policy")
    eventually(lambda: site.ask() == (ALLOWED, "policy"))
