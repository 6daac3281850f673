"""The policy that a gate decides by, read from a file: YAML, or a bundle.

Guarantees: data that come back are sealed for the Rego that this package ships, and were verified, if a key is given.
It decides nothing.
"""

from __future__ import annotations

from pathlib import Path

from mcp_opa import bundle, policy, shipped
from mcp_opa.model import Json
from mcp_opa.signature import Verifier


def load_data(path: Path, *, verifier: Verifier | None = None) -> dict[str, Json]:
    """The sealed policy data of a policy in YAML or of a bundle, told apart by the first bytes.

    With a verifier it takes a bundle that it verifies, and nothing else. A bundle's data count only under the Rego that
    this package ships. Raises `OSError`, `policy.PolicyError` or `bundle.BundleError`.
    """
    with path.open("rb") as file:
        raw = file.read(bundle.MAX_BYTES + 1)  # converting or reading it refuses what is larger
    if raw.startswith(b"\x1f\x8b"):
        read = bundle.read(raw, verifier=verifier)
        if read.rego != shipped.rego():
            raise bundle.BundleError(
                "the bundle holds other Rego than this mcp-opa; build it again with `mcp-opa build`"
            )
        return read.data
    if verifier is not None:
        raise bundle.BundleError("is no bundle, so nothing is signed; name a signed bundle, or leave out the key")
    return bundle.seal(policy.convert(raw, str(path)).data, shipped.rego_digest())
