"""The policy that a gate decides by, read from a file: YAML, or a bundle.

Guarantees: data that come back are sealed for the Rego that this package ships. It decides nothing.
"""

from __future__ import annotations

from pathlib import Path

from mcp_opa import bundle, policy, shipped


def load_data(path: Path) -> dict[str, object]:
    """The sealed policy data of a policy in YAML or of a bundle, told apart by the first bytes.

    A bundle's data counts only under the Rego that this package ships. Raises `OSError`, `policy.PolicyError` or
    `bundle.BundleError`.
    """
    with path.open("rb") as file:
        raw = file.read(bundle.MAX_BYTES + 1)  # converting or reading it refuses what is larger
    if raw.startswith(b"\x1f\x8b"):
        read = bundle.read(raw)
        if read.rego != shipped.rego():
            msg = f"{path}: the bundle holds other Rego than this mcp-opa; build it again with `mcp-opa build`"
            raise bundle.BundleError(msg)
        return read.data
    return bundle.seal(policy.convert(raw, str(path)).data, shipped.rego_digest())
