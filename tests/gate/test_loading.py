"""The policy that a gate decides by, from a file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mcp_opa import bundle, policy, shipped
from mcp_opa.gate import Gate, load_data
from mcp_opa.model import Json
from mcp_opa.signature import Signer, Verifier
from tests.gate.conftest import POLICY, READ, REFUSED, Kept

DATA = policy.convert(POLICY).data
SEALED = bundle.seal(DATA, shipped.rego_digest())
OTHER = {"mcp/authz/authz.rego": "package mcp.authz\n\ndecision := 1\n"}


def key_pair() -> tuple[bytes, bytes]:
    """A private and its public key."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), public


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(raw: bytes) -> Path:
        path = tmp_path / "policy"
        path.write_bytes(raw)
        return path

    return write


def test_yaml_and_a_bundle_of_it_give_the_same_sealed_data(written: Callable[[bytes], Path]) -> None:
    assert load_data(written(POLICY.encode())) == SEALED
    assert load_data(written(bundle.build(DATA, shipped.rego()))) == SEALED


def test_a_bundle_of_other_rego_is_refused(written: Callable[[bytes], Path]) -> None:
    with pytest.raises(bundle.BundleError, match="holds other Rego than this mcp-opa"):
        load_data(written(bundle.build(DATA, OTHER)))


def test_with_a_key_nothing_is_taken_but_what_its_pair_signed(written: Callable[[bytes], Path]) -> None:
    pairs = [key_pair() for _ in range(2)]
    signers, verifier = [Signer(private) for private, _ in pairs], Verifier(pairs[0][1])
    signed = [bundle.build(DATA, shipped.rego(), signer=signer) for signer in signers]
    assert load_data(written(signed[0]), verifier=verifier) == SEALED
    for raw in (signed[1], bundle.build(DATA, shipped.rego()), POLICY.encode()):
        with pytest.raises(bundle.BundleError):
            load_data(written(raw), verifier=verifier)
    with pytest.raises(bundle.BundleError):
        load_data(written(signed[0]))


def test_a_gate_is_made_of_a_file_with_all_that_it_is_given(written: Callable[[bytes], Path], tmp_path: Path) -> None:
    private, public = key_pair()
    key = tmp_path / "signing.pub"
    key.write_bytes(public)
    signed = bundle.build(DATA, shipped.rego(), signer=Signer(private))
    made: list[tuple[bytes, dict[str, Json]]] = [(POLICY.encode(), {}), (signed, {"key": key})]
    for raw, given in made:
        log = Kept()
        gate = Gate.from_policy(written(raw), audit=log, **given)
        assert [bool(gate.decide(call)) for call in (READ, REFUSED)] == [True, False]
        assert log.events() == [("decision", "ALLOW", None), ("decision", "DENY", None)]
