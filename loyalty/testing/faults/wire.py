"""One HTTP connection that is kept alive, and answers as they came: a client of the standard library that never raises
for what the network or the service does, because that is what is being observed."""

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

# Whatever these say, the request may or may not have had its effect.
UNKNOWN_STATUSES = {0, 408, 425, 429}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` is 0 when nothing whole did, and `error` says why. Times are monotonic seconds."""

    status: int
    body: Any
    began: float
    ended: float
    content_type: str = ""
    is_replayed: bool = False
    error: str = ""

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_unknown(self) -> bool:
        """Timeouts, resets, 5xx, and a key whose first request still runs."""
        return self.status in UNKNOWN_STATUSES or self.status >= 500 or self.code == "idempotency-key-in-flight"

    @property
    def is_refused(self) -> bool:
        return not self.is_done and not self.is_unknown

    @property
    def code(self) -> str:
        return self.body.get("code", "") if isinstance(self.body, dict) else ""

    def __str__(self) -> str:
        return f"{self.status} {self.code or self.error or ''}".strip()


class Wire:
    """A connection to the service, made anew after each failure."""

    def __init__(self, port: int, *, key: str = "", timeout_seconds: float = 20):
        self.address = ("127.0.0.1", port)
        self.headers = {"Authorization": f"Api-Key {key}"} if key else {}
        self.timeout_seconds = timeout_seconds
        self.connection: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: dict | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Asks once and never again by itself."""
        began = time.monotonic()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(*self.address, timeout=self.timeout_seconds)
            sent = None if body is None else json.dumps(body).encode()
            kind = {"Content-Type": "application/json"} if sent else {}
            self.connection.request(method, path, sent, self.headers | kind | (headers or {}))
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(0, None, began, time.monotonic(), error=repr(error))
        ended = time.monotonic()
        if response.will_close:
            self.close()
        return Answer(
            response.status,
            _parsed(content),
            began,
            ended,
            content_type=response.headers.get("Content-Type", ""),
            is_replayed=response.headers.get("Idempotent-Replayed") == "true",
        )

    def close(self) -> None:
        if self.connection:
            self.connection.close()
            self.connection = None


def _parsed(content: bytes):
    """The JSON that it is; text where it is none."""
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")[:300]
