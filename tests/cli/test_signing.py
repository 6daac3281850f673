"""Keys made, bundles signed and verified, as a user does it."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from mcp_opa import bundle, policy
from mcp_opa.cli import main
from mcp_opa.gate import Gate
from mcp_opa.model import Cause, Subject, ToolCall
from mcp_opa.signature import SignatureError, Signer, Verifier
from tests.opa_door.world import Bundles, wait

ROOT = Path(__file__).parent.parent.parent
READ_ONLY = str(ROOT / "bundles" / "read-only" / "policy.yaml")
CALL = ["--actor", "assistant-service", "--tool", "read_file", "--arguments", '{"path": "docs/a.md"}']
ALGORITHMS = ["RS256", "ES256", "EdDSA"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def signed() -> str:
    """A bundle signed by the pair `signing.key`, `signing.pub`; beside it an unsigned one and another pair."""
    done("keys", "signing", "--algorithm", "ES256")
    done("keys", "signing", "--algorithm", "ES256", "-o", "other")
    done("build", READ_ONLY, "-o", "unsigned.tar.gz")
    done("build", READ_ONLY, "-o", "signed.tar.gz", "--signing-key", "signing.key", "--key-id", "k1", "--scope", "read")
    return "signed.tar.gz"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_pair_that_was_made_signs_and_verifies(algorithm: str, tmp_path: Path) -> None:
    done("keys", "signing", "--algorithm", algorithm, "-o", "pair")
    built = done("build", READ_ONLY, "--signing-key", "pair.key")
    revision = bundle.read((tmp_path / "bundle.tar.gz").read_bytes(), verifier=verifier("pair.pub")).data["revision"]
    assert built.endswith(f"revision {revision}, signed by {algorithm}\n")
    told = done("verify", "bundle.tar.gz", "--key", "pair.pub")
    assert told == f"bundle.tar.gz: verified by {algorithm}, revision {revision}\n"
    assert run("decide", "bundle.tar.gz", *CALL, "--verification-key", "pair.pub").exit_code == 0


def verifier(path: str) -> Verifier:
    return Verifier(Path(path).read_bytes())


def test_a_private_key_is_its_owner_s_alone_whatever_the_umask(tmp_path: Path) -> None:
    command = f"umask 0; {sys.executable} -c 'from mcp_opa.cli import main; main()' keys signing"
    subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"signing.key": 0o600, "signing.pub": 0o644}


@pytest.mark.parametrize("there", ["signing.key", "signing.pub"])
def test_no_key_is_ever_replaced(there: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("mine")
    result = run("keys", "signing")
    assert (result.exit_code, result.output) == (
        2,
        f"Error: {there}: is there already, and no key is replaced; name another with -o\n",
    )
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {there: "mine"}


def test_a_key_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "signing.key").symlink_to(tmp_path / "elsewhere")
    assert run("keys", "signing").exit_code == 2
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["verify", "signed.tar.gz", "--key", "signing.pub", "--scope", "read"], 0, "verified by ES256"),
        (["verify", "signed.tar.gz", "--key", "signing.pub", "--scope", "read", "--key-id", "k1"], 0, "verified"),
        (["verify", "signed.tar.gz", "--key", "signing.pub"], 1, "states the scope 'read', not ''"),
        (["verify", "signed.tar.gz", "--key", "signing.pub", "--scope", "read", "--key-id", "k2"], 1, "the key 'k1'"),
        (["verify", "signed.tar.gz", "--key", "other.pub", "--scope", "read"], 1, "of another key"),
        (["verify", "unsigned.tar.gz", "--key", "signing.pub"], 1, "is not signed"),
        (["verify", READ_ONLY, "--key", "signing.pub"], 1, "no gzip file"),
        (["verify", "signed.tar.gz", "--key", "signing.pub", "--key-id", ""], 2, "the key id is empty"),
        (["verify", "signed.tar.gz", "--key", "signing.key"], 2, "the pair's public key verifies"),
        (["verify", "signed.tar.gz", "--key", ""], 2, "No such file"),
        (["verify", "signed.tar.gz", "--key", "nowhere"], 2, "nowhere: No such file"),
        (["verify", "nowhere", "--key", "signing.pub"], 2, "nowhere: No such file"),
        (["verify", "signed.tar.gz"], 2, "Missing option '--key'"),
        (["build", READ_ONLY, "--signing-key", "signing.pub"], 2, "the pair's private key signs"),
        (["build", READ_ONLY, "--signing-key", ""], 2, "No such file"),
        (["build", READ_ONLY, "--signing-key", READ_ONLY], 2, "holds no parts in PEM"),
        (["build", READ_ONLY, "--signing-key", "signing.key", "--key-id", ""], 2, "the key id is empty"),
        (["build", READ_ONLY, "--key-id", "k1"], 2, "name --signing-key too"),
        (["build", READ_ONLY, "--scope", ""], 2, "name --signing-key too"),
        (["decide", "signed.tar.gz", *CALL, "--verification-key", "signing.pub", "--scope", "read"], 0, "ALLOW"),
        (["decide", "signed.tar.gz", *CALL, "--verification-key", "signing.pub"], 2, "states the scope 'read'"),
        (["decide", "signed.tar.gz", *CALL, "--verification-key", "other.pub", "--scope", "read"], 2, "another key"),
        (["decide", "signed.tar.gz", *CALL, "--verification-key", ""], 2, "No such file"),
        (["decide", "signed.tar.gz", *CALL, "--scope", "read"], 2, "name --verification-key too"),
        (["decide", "signed.tar.gz", *CALL], 2, "is signed, and no key was given"),
        (["decide", "unsigned.tar.gz", *CALL, "--verification-key", "signing.pub"], 2, "is not signed"),
        (["decide", READ_ONLY, *CALL, "--verification-key", "signing.pub"], 2, "is no bundle, so nothing is signed"),
        (["keys", "signing", "--algorithm", "HS256"], 2, "is not one of"),
        (["keys", "signing", "-o", "nowhere/pair"], 2, "No such file"),
    ],
)
@pytest.mark.usefixtures("signed")
def test_a_verb_takes_what_is_signed_and_else_says_why_not(arguments: list[str], status: int, sentence: str) -> None:
    before = sorted(Path().iterdir())
    result = run(*arguments)
    assert (result.exit_code, sentence in result.output, "Traceback" in result.output) == (status, True, False), (
        result.output
    )
    assert sorted(Path().iterdir()) == before


def test_without_the_extra_each_verb_names_it() -> None:
    code = "import sys; sys.modules['cryptography'] = None; from mcp_opa.cli import main; main()"
    for arguments in (["keys", "signing"], ["build", READ_ONLY, "--signing-key", READ_ONLY]):
        ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr.endswith("pip install 'mcp-opa[signing]'\n")) == (2, True), ran.stderr


ASKED = ToolCall(Subject("assistant-service"), "read_file", {"path": "docs/a.md"})


def test_a_gate_given_a_key_decides_by_what_its_pair_signed_and_nothing_else(tmp_path: Path) -> None:
    done("keys", "signing", "--algorithm", "EdDSA")
    done("keys", "signing", "--algorithm", "EdDSA", "-o", "other")
    done("build", READ_ONLY, "--signing-key", "signing.key")
    done("build", READ_ONLY, "-o", "unsigned.tar.gz")
    decision = Gate.from_policy("bundle.tar.gz", key="signing.pub").preview(ASKED)
    assert (bool(decision), decision.cause) == (True, Cause.POLICY)
    for path, key in [("bundle.tar.gz", "other.pub"), ("unsigned.tar.gz", "signing.pub"), (READ_ONLY, "signing.pub")]:
        with pytest.raises(bundle.BundleError):
            Gate.from_policy(path, key=key)
    with pytest.raises(bundle.BundleError, match="no key was given"):
        Gate.from_policy("bundle.tar.gz")
    with pytest.raises(SignatureError, match="is a PRIVATE KEY"):
        Gate.from_policy("bundle.tar.gz", key=tmp_path / "signing.key")
    with pytest.raises(OSError, match="signing"):
        Gate.from_policy("bundle.tar.gz", key="signing")


def test_a_signature_does_not_make_up_for_other_rego(tmp_path: Path) -> None:
    done("keys", "signing", "--algorithm", "EdDSA")
    signer = Signer((tmp_path / "signing.key").read_bytes())
    data = policy.convert(Path(READ_ONLY).read_bytes()).data
    rego = {"mcp/authz/authz.rego": "package mcp.authz\n\ndecision := 1\n"}
    (tmp_path / "bundle.tar.gz").write_bytes(bundle.build(data, rego, signer=signer))
    assert run("verify", "bundle.tar.gz", "--key", "signing.pub").exit_code == 0
    with pytest.raises(bundle.BundleError, match="holds other Rego than this mcp-opa"):
        Gate.from_policy("bundle.tar.gz", key="signing.pub")


CONFIG = """
services: {{here: {{url: "http://{address[0]}:{address[1]}"}}}}
keys: {{old: {{key: "{old}"}}, new: {{key: "{new}"}}}}
bundles:
  mcp: {{service: here, resource: mcp.tar.gz, polling: {{min_delay_seconds: 1, max_delay_seconds: 1}}, signing: {{}}}}
status: {{prometheus: true}}
"""


@pytest.fixture
def server() -> Iterator[Bundles]:
    """What OPA polls."""
    server = Bundles()
    server.start()
    yield server
    server.stop()


@pytest.mark.live
@pytest.mark.slow
def test_a_key_is_rotated_by_its_id_while_opa_serves(
    server: Bundles, live_opa: Callable[..., str], tmp_path: Path
) -> None:
    for name in ("old", "new", "third"):
        done("keys", "signing", "-o", name)
    keys = {name: (tmp_path / f"{name}.pub").read_text().replace("\n", "\\n") for name in ("old", "new")}
    (tmp_path / "config.yaml").write_text(CONFIG.format(address=server.address, **keys))
    first = publish(server, "old", "--key-id", "old")
    opa = live_opa(options=[f"--config-file={tmp_path / 'config.yaml'}"])
    assert revision(opa) == first
    second = publish(server, "new", "--key-id", "new")
    wait("the bundle that the new key signed", lambda: revision(opa) == second)
    for key, named, why in [
        ("third", ["--key-id", "new"], "failed to verify JWT signature"),
        ("third", ["--key-id", "third"], "verification key corresponding to ID third not found"),
        ("new", [], "verification key ID is empty"),
    ]:
        publish(server, key, *named)
        assert run("verify", "bundle.tar.gz", "--key", "new.pub", "--key-id", "new").exit_code == 1
        wait(why, lambda why=why: why in status(opa))  # type: ignore[misc]
        assert revision(opa) == second


def publish(server: Bundles, key: str, *named: str) -> str:
    """Serve a policy that no other publication has, signed by this key; its revision."""
    Path("policy.yaml").write_text(f"actors: [{{id: agent, allowed_tools: [get_{key}]}}]")
    told = done("build", "policy.yaml", "--signing-key", f"{key}.key", *named)
    server.publish(Path("bundle.tar.gz").read_bytes())
    return told.split("revision ")[1].split(",")[0]


def revision(opa: str) -> str:
    """That of the bundle which answers."""
    body = {"input": {"id": "7"}}
    answer: str = requests.post(f"{opa}/v1/data/mcp/authz/about", json=body, timeout=30).json()["result"]["revision"]
    return answer


def status(opa: str) -> str:
    """What OPA says of the last bundle that it fetched."""
    return str(requests.get(f"{opa}/v1/status", timeout=30).json()["result"]["bundles"]["mcp"].get("message"))
