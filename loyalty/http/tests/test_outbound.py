"""A provider that hangs, or tells without an end, holds nobody up."""

import socket
import threading
import time

import pytest
import requests

from loyalty.http import outbound
from loyalty.http.outbound import AddressRefused, OutboundSession

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def dripping():
    """A function that starts a server of one answer: `first` at once, then `drop` again and again; answers its
    address."""
    listening, over = [], threading.Event()

    def serve(server: socket.socket, first: bytes, drop: bytes) -> None:
        taken, _ = server.accept()
        with taken:
            taken.recv(65536)
            try:
                taken.sendall(first)
                while not over.wait(0.1):
                    taken.sendall(drop)
            except OSError:
                return

    def start(first: bytes, drop: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=[server, first, drop], daemon=True).start()
        listening.append(server)
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield start
    over.set()
    for server in listening:
        server.close()


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (HEADERS + b"Content-Length: 100000\r\n\r\n", b"x"),
        (HEADERS + b"\r\n", b"x"),
        (HEADERS + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (HEADERS, b"A: b\r\n"),
        (b"HTTP/1.1 200 O", b"K"),
    ],
    ids=["body", "body without length", "chunks", "headers", "status"],
)
def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(dripping, monkeypatch, first, drop):
    monkeypatch.setattr(outbound, "SECONDS_MAX", 1)
    began = time.monotonic()

    with pytest.raises(requests.RequestException):
        OutboundSession(private=True).get(dripping(first, drop))

    assert time.monotonic() - began < 3


def test_an_answer_without_an_end_is_not_read(dripping):
    with pytest.raises(AddressRefused, match="too long"):
        OutboundSession(private=True).get(dripping(HEADERS + b"\r\n" + b"x" * outbound.ANSWER_BYTES_MAX, b"x" * 65536))
