"""The client's credential, put into requests of programs that show none.

Guarantees: every request that comes is passed on with one header more, and nothing else changed; each on a connection
of its own, so that nothing after its head has to be read.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress


async def main(address: str, header: str) -> None:
    """Serve on loopback in front of `host:port`, until told to stop; prints the `host:port` to call instead."""
    host, _, port = address.rpartition(":")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            to_reader, to_writer = await asyncio.open_connection(host, int(port))
            line, _, rest = head.partition(b"\r\n")
            lines = [each for each in rest.split(b"\r\n") if not each.lower().startswith(b"connection:")]
            to_writer.write(b"\r\n".join([line, header.encode(), b"Connection: close", *lines]))
            either = {asyncio.create_task(_pipe(reader, to_writer)), asyncio.create_task(_pipe(to_reader, writer))}
            _, left = await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            to_writer.close()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        print(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 (to whoever started it)
        await server.serve_forever()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:]))
