"""The command line: one verb each, and the only place that prints or exits.

Guarantees: a user's mistake ends in a sentence and a status, never in a traceback; `--help` imports nothing but click.
What a verb does is decided elsewhere.
"""

import os
from importlib import import_module

import click

_VERBS = {
    "init": "Write a policy to start from.",
    "check": "Say what is wrong with policies, and what a reviewer would ask.",
    "decide": "Decide on one call, or on a file of calls.",
    "test": "Run the tests that policies carry.",
    "gateway": "Stand between an MCP client and a server.",
    "wrap": "Put the gateway before the servers of an MCP client.",
    "inventory": "List the MCP servers that clients on this machine use.",
    "build": "Make the bundle that OPA loads.",
    "verify": "Say whether a bundle is whole and was signed with a key's pair.",
    "keys": "Make API keys for callers, and the keys that sign bundles.",
    "explain": "Say what a code means and what to do about it.",
    "demo": "Show example policies deciding on real servers' tools.",
}


class _Verbs(click.Group):
    """Imports a verb when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _VERBS:
            return None
        command: click.Command = import_module(f"mcp_opa.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]}, epilog="Example: mcp-opa init")
@click.version_option(package_name="mcp-opa")
@click.pass_context
def main(context: click.Context) -> None:
    """Decide on calls to MCP servers, and say why.

    Statuses: 0 allowed or done, 1 could not decide or a test failed, 2 usage or a policy that does not convert,
    3 denied by policy.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
