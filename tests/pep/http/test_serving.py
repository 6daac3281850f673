"""The addresses that a gateway listens at."""

import socket

from mcp_opa.pep.http.serving import listener


def test_what_is_said_to_a_client_is_not_held_back_until_it_confirms_what_was_said_before() -> None:
    with listener("127.0.0.1:0") as door, socket.create_connection(door.getsockname()) as client:
        served, _ = door.accept()
        with served:
            assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            assert client.getpeername() == served.getsockname()
