"""A bad line between the clients and the service: a proxy that loses replies after the service has committed, resets,
delays, or goes silent."""

import random
import socket
import struct
import threading
from contextlib import suppress

from loyalty.testing.faults.stand import HOST

PASS, LOSE_REPLIES, RESET, DELAY, SILENCE = "pass", "lose replies", "reset", "delay", "silence"
# Linger of no time: closing sends a reset instead of an end.
AT_ONCE = struct.pack("ii", 1, 0)


class Proxy:
    """Listens on `port` and carries to the service's; `mode` says how, and may be changed at any time."""

    def __init__(self, target: int, rng: random.Random):
        self.target, self.rng, self.mode = target, rng, PASS
        self.closing = threading.Event()
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception) -> None:
        self.closing.set()
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._carry, args=[client], daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """One connection to its end. The clients ask one thing at a time, so request and reply take turns."""
        with client, suppress(OSError), socket.create_connection((HOST, self.target), timeout=30) as service:
            while request := client.recv(1 << 20):
                if self.mode == RESET and self.rng.random() < 0.5:
                    return self._reset(client)
                service.sendall(request)
                if not request.endswith(b"}") and request.startswith(b"POST"):
                    # The head came first; what follows is its body, which the service waits for.
                    continue
                reply = _whole_reply(service)
                if not self._hand_over(client, reply):
                    return None
        return None

    def _hand_over(self, client: socket.socket, reply: bytes) -> bool:
        """Whether the connection goes on after the reply."""
        if self.mode == DELAY:
            self.closing.wait(self.rng.uniform(0.2, 1))
        while self.mode == SILENCE and not self.closing.is_set():
            self.closing.wait(0.1)
        if self.mode == LOSE_REPLIES:
            return False
        if self.mode == RESET:
            self._reset(client)
            return False
        client.sendall(reply)
        return True

    def _reset(self, client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        client.close()


def _whole_reply(service: socket.socket) -> bytes:
    """Head and body of one reply; a shorter piece when the service ends in between."""
    reply = b""
    while b"\r\n\r\n" not in reply:
        piece = service.recv(1 << 16)
        if not piece:
            return reply
        reply += piece
    head, _, body = reply.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while missing > 0 and (piece := service.recv(1 << 16)):
        reply += piece
        missing -= len(piece)
    return reply
