"""Names, path globs and hosts, sorted at conversion into what Rego looks up by key.

Guarantees: a pattern that is no problem here is judged by `mcp.lib.name`, `mcp.lib.path` and `mcp.lib.host` as the
policy document says, in every engine alike; what these functions return is read by those packages alone. Does not read
YAML, nor warn.
"""

from mcp_opa.policy.patterns.canonical import fault
from mcp_opa.policy.patterns.folding import fold
from mcp_opa.policy.patterns.globs import path_problem, uri_problem
from mcp_opa.policy.patterns.hosts import host_problem, hosts
from mcp_opa.policy.patterns.names import name_problem, names
from mcp_opa.policy.patterns.paths import paths

__all__ = [
    "fault",
    "fold",
    "host_problem",
    "hosts",
    "name_problem",
    "names",
    "path_problem",
    "paths",
    "uri_problem",
]
