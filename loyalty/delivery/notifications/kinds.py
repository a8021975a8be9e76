"""The kinds of messages that there are. Rooms above register theirs: of which event each tells, whom, and with which
names its words are filled in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from loyalty.delivery.notifications.models import Channel
from loyalty.errors import LoyaltyError
from loyalty.events.models import Event

ALWAYS = {
    "name": "What the member is called",
    "brand": "The brand's name",
    "link": "The address of the service",
    "unsubscribe": "The address at which the member says that these messages are not wanted",
}
"""Names that every kind knows."""

USUAL = frozenset({Channel.EMAIL, Channel.PUSH, Channel.INBOX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One message whose words are asked for."""

    member_id: UUID
    brand_id: UUID
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """That somebody is to be told: with which ids and figures, and not before which moment (None: at once)."""

    facts: Mapping[str, Any]
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`names` are those of the words, with what they mean; `examples` stand for them in a preview. `told(events)` says
    of which of the events somebody is to be told; `words(asked)` gives for each the values of the names: texts, whole
    numbers, dates. Of an event that is nobody's `audience(event, due)` writes down that many are to be told, and tells
    them later, chunk by chunk (`making.tell_members`). A promotional kind goes only to those who consented. `usual` are
    the channels it goes by where the brand has not said."""

    name: str
    events: tuple[str, ...]
    title: str
    description: str
    names: Mapping[str, str]
    examples: Mapping[str, Any]
    told: Callable[[Sequence[Event]], Mapping[UUID, Due]]
    words: Callable[[Sequence[Asked]], Sequence[Mapping[str, Any]]]
    audience: Callable[[Event, Due], None] | None = None
    is_promotional: bool = False
    usual: frozenset = field(default=USUAL)

    @property
    def all_names(self) -> dict[str, str]:
        return ALWAYS | dict(self.names)


class UnknownKind(LoyaltyError):
    """There is no such kind of message."""

    code = "unknown-kind"
    status = 422


_KINDS: dict[str, Kind] = {}
_withholding: list[Callable[[Sequence[Asked]], Sequence[str]]] = []


def register(kind: Kind) -> Kind:
    """Makes a kind of message known. Registering it again changes nothing."""
    _KINDS[kind.name] = kind
    return kind


def every_kind() -> list[Kind]:
    """All of them, by name."""
    return [_KINDS[name] for name in sorted(_KINDS)]


def is_kind(name: str) -> bool:
    return name in _KINDS


def find_kind(name: str, *, pointer: str = "/kind") -> Kind:
    """The kind of that name. Refusals: UnknownKind, which tells those there are."""
    if name not in _KINDS:
        raise UnknownKind(f"Messages are of one of these kinds: {', '.join(sorted(_KINDS))}.", pointer=pointer)
    return _KINDS[name]


def kinds_of(event_type: str) -> list[Kind]:
    """The kinds that tell of events of this type."""
    return [kind for kind in every_kind() if event_type in kind.events]


def promotional() -> list[str]:
    """The names of the kinds that need consent."""
    return [kind.name for kind in every_kind() if kind.is_promotional]


def withholds(judge: Callable[[Sequence[Asked]], Sequence[str]]) -> Callable:
    """Registers who else is asked before anything is sent: for each message the reason, in a word, why it must not be,
    or nothing."""
    if judge not in _withholding:
        _withholding.append(judge)
    return judge


def reasons_to_withhold(asked: Sequence[Asked]) -> list[str]:
    """For each message the first reason that any room has for not sending it, or nothing."""
    said = [judge(asked) for judge in _withholding]
    return [next(filter(None, each), "") for each in zip(*said, strict=True)] if said else [""] * len(asked)
