"""An event as another system tells it: the attributes of CloudEvents 1.0, in whatever form it came. No database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from loyalty.events.envelopes import written

SPECVERSION = "1.0"
PROGRAM = "programid"
OF_THE_WAY = ("traceparent", "tracestate")
"""Attributes that tell how an event came, not what it says: another delivery of it may have others."""
_sorted = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event. `source` and `id` together name it: told twice, it counts once. `data` is plain JSON; `program` is the
    id or code of the program that the event itself names; `extensions` are all other attributes that it has."""

    source: str
    id: str
    type: str
    time: datetime | None = None
    subject: str = ""
    data: Any = None
    program: str = ""
    extensions: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict:
        """The event as one JSON object, in the structured form: what JSON pointers of a mapping point into."""
        said = {
            "specversion": SPECVERSION,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject or None,
            "time": self.time and written(self.time),
            PROGRAM: self.program or None,
            **self.extensions,
            "data": self.data,
        }
        return {name: value for name, value in said.items() if value is not None}

    def fingerprint(self) -> bytes:
        """What makes two events of the same name the same."""
        said = {name: value for name, value in self.document().items() if name not in OF_THE_WAY}
        return hashlib.sha256(_sorted(said)).digest()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Told":
        """The event that `document()` gave."""
        rest = dict(document)
        rest.pop("specversion", None)
        time = rest.pop("time", None)
        return cls(
            **{name: rest.pop(name) for name in ("source", "id", "type")},
            time=datetime.fromisoformat(time) if time else None,
            subject=rest.pop("subject", ""),
            program=rest.pop(PROGRAM, ""),
            data=rest.pop("data", None),
            extensions=rest,
        )
