"""A server on FastMCP over stdio that has a tool, a resource and a prompt in two versions each."""

from fastmcp import FastMCP

server: FastMCP[None] = FastMCP("versions")


@server.tool(name="count_files", version="1")
def counted(folder: str = "/") -> str:
    return f"first {folder}"


@server.tool(name="count_files", version="2")
def counted_again() -> str:
    return "second"


@server.resource("file:///srv/docs/a", version="1")
def read() -> str:
    return "first"


@server.resource("file:///srv/docs/a", version="2")
def read_again() -> str:
    return "second"


@server.prompt(name="summarise", version="1")
def asked() -> str:
    return "first"


@server.prompt(name="summarise", version="2")
def asked_again() -> str:
    return "second"


if __name__ == "__main__":
    server.run("stdio", show_banner=False, log_level="ERROR")
