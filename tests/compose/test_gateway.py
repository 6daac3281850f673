"""The gateway of `compose.yaml`: what its page shows a client, and what a client gets when a part of it fails."""

from __future__ import annotations

import json

import pytest

from tests.compose.site import PORT, RECORD, Site, eventually, page

pytestmark = pytest.mark.slow

READ = "# The command"
UNKNOWN = "Who calls is not known."
LIMITED = "printf 'rate_limits: {read_file: {max_calls_per_minute: 3}}\\n' | cat run/policy.yaml - > run/limited.yaml"
OTHER_PORT = 8082
ANOTHER = f"docker compose run --detach --no-deps --publish 127.0.0.1:{OTHER_PORT}:8080 --name another gateway"


def refused(cause: str, sentence: str) -> str:
    """What a client reads of a refusal."""
    return f"Refused ({cause}): {sentence} Decision …."


def limited(site: Site) -> None:
    """Put a policy in force that lets a tool be called three times a minute."""
    site.must(LIMITED)
    site.publish("limited")
    call = '--deadline 10 --actor assistant-service --tool read_file --arguments \'{"path": "docs/cli.md"}\''
    ask = f"docker compose run --rm --no-deps ask --json {call}"
    eventually(lambda: json.loads(site.run(ask).stdout)["obligations"]["rate_limit"] == 3)


def ready(site: Site) -> tuple[str, str]:
    """The gateway's health, and what its last check said."""
    health = site.inspected("gateway")["State"]["Health"]
    return health["Status"], health["Log"][-1]["Output"].strip()


def unready(why: str, trouble: str) -> tuple[str, str]:
    """The gateway's health when this is wrong."""
    return "unhealthy", f'{{"ready":false,"troubles":{{"{why}":"{trouble}"}}}}'


def test_the_page_shows_what_a_client_gets(site: Site) -> None:
    (site.folder / RECORD).unlink(missing_ok=True)
    for command in page("Call a tool") + page("What goes wrong, and what you see"):
        site.shown(command)
    assert [(each["event"], each["actor"], each["tool_name"], each["status"]) for each in site.record()] == [
        ("decision", "assistant-service", "read_file", None),
        ("outcome", "assistant-service", "read_file", "SUCCESS"),
        ("decision", "assistant-service", "read_file", None),
        ("decision", "assistant-service", "write_file", None),
    ]


def test_without_opa_every_call_is_refused_until_it_is_back(site: Site) -> None:
    site.must("docker compose kill opa")
    # Before Docker 26 nobody answers who asks for a name that is gone.
    assert site.called()[0] in [
        refused("unavailable", "The policy can't be asked at the moment."),
        refused("timeout", "The policy took too long to answer."),
    ]
    eventually(lambda: ready(site)[0] == "unhealthy")
    assert ready(site)[1].startswith('{"ready":false,"troubles":{"policy":"')
    site.must("docker compose up --detach --wait opa")
    eventually(lambda: ready(site) == ("healthy", '{"ready":true,"troubles":{}}'))
    assert site.called() == [READ]


def test_without_redis_or_room_in_it_what_has_a_limit_is_refused(site: Site) -> None:
    uncounted = refused("rate_limit", "The tool can't be called more often for now; try again later.")
    site.must("docker compose kill redis")
    assert site.called() == [READ]
    limited(site)
    assert site.called() == [uncounted]
    assert site.record()[-1]["error"].startswith("calls can't be counted: ")
    site.must("docker compose up --detach --wait redis")
    assert site.called() == [READ]
    site.must("docker compose exec -T redis redis-cli config set maxmemory 1")
    assert site.called() == [uncounted]
    site.must("docker compose restart --timeout 1 redis && docker compose up --detach --wait redis")
    assert site.called() == [READ]


def test_two_gateways_share_one_limit_and_one_record(site: Site) -> None:
    limited(site)
    site.must("docker compose restart --timeout 1 redis && docker compose up --detach --wait redis")
    (site.folder / RECORD).unlink()
    try:
        site.must(ANOTHER)
        eventually(lambda: "/ready" in site.run("docker logs another").stderr)
        again = refused("rate_limit", "The tool can't be called more often for now; try again later.")
        got = site.called(PORT, OTHER_PORT, PORT, OTHER_PORT, PORT)
    finally:
        site.run("docker rm --force another")
    assert got == [READ, READ, READ, again, again]
    assert [(each["event"], each["policy_decision"], each["status"]) for each in site.record()] == [
        *[("decision", "ALLOW", None), ("outcome", "ALLOW", "SUCCESS")] * 3,
        *[("decision", "DENY", None)] * 2,
    ]


def test_without_the_server_a_client_gets_an_error(site: Site) -> None:
    site.must("docker compose kill files")
    # Before Docker 26 nobody answers who asks for a name that is gone.
    assert site.called()[0] in ["The server can't be reached.", "The server does not answer in time."]
    site.must("docker compose up --detach --wait files")
    assert site.called() == [READ]


def test_where_nothing_can_be_recorded_nothing_runs(site: Site) -> None:
    (site.folder / RECORD).unlink()
    (site.folder / RECORD).parent.chmod(0o555)
    try:
        assert site.called() == [refused("audit", "The call can't be recorded at the moment.")]
        trouble = "[Errno 13] Permission denied: '/var/mcp-opa/record.jsonl'"
        eventually(lambda: ready(site) == unready("record", trouble))
    finally:
        (site.folder / RECORD).parent.chmod(0o777)
    assert site.called() == [READ]


def test_a_key_counts_from_when_it_is_made_until_it_is_taken_out(site: Site) -> None:
    made = "mcp-opa keys new assistant-service --file run/keys/keys.yaml > run/new-key"
    site.must(f"cp -p run/keys/keys.yaml run/keys/before && {made}")
    assert site.called(key="run/new-key") == [READ]
    site.must("mv run/keys/before run/keys/keys.yaml")
    assert (site.called(key="run/new-key"), site.called()) == ([UNKNOWN], [READ])
    last = site.record()[-3]
    assert (last["cause"], last["error"]) == ("authentication", "the API key is nobody's")


def test_keys_that_cannot_be_used_refuse_everybody(site: Site) -> None:
    site.must("cp -p run/keys/keys.yaml run/keys/before && echo odd >> run/keys/keys.yaml")
    try:
        assert site.called() == ["Who calls can't be verified at the moment."]
        eventually(lambda: ready(site)[0] == "unhealthy")
        assert ready(site)[1].startswith('{"ready":false,"troubles":{"callers":"/etc/mcp-opa/keys/keys.yaml')
    finally:
        site.must("mv run/keys/before run/keys/keys.yaml")
    assert site.called() == [READ]
