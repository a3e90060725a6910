"""Where a page is served."""

from __future__ import annotations

import socket

import pytest

from sweep.errors import UsageError
from sweep.viewers.server import listen


def test_a_page_listens_on_the_usual_port_or_on_a_free_one_where_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        with listen("127.0.0.1", None, usual) as server:
            assert server.server_port != usual
            assert server.address == f"http://127.0.0.1:{server.server_port}"
    with listen("127.0.0.1", None, usual) as server:
        assert server.server_port == usual


def test_a_port_that_is_named_is_listened_on_or_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as raised:
            listen("127.0.0.1", port, 8080)
    assert str(raised.value) == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another --host or "
        "--port."
    )
