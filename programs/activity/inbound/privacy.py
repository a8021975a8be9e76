"""What the inbox knows of somebody: what other systems told about them. It is sealed; what they said goes, and that
they said something then stays."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject
from loyalty.sealed.fields import SealBroken
from programs.activity.inbound.models import InboundEvent

Status = InboundEvent.Status
OPEN = (Status.WAITING, Status.FAILED, Status.IGNORED)
CHUNK = 500


def export(subject: Subject) -> Told:
    found = InboundEvent.objects.filter(member=subject.member, **subject.of_brand()).order_by("id")
    return {"inbound_events": rows_of(found, without=["fingerprint"]) if subject.member else []}


def erase(erasing: Erasing) -> Counts:
    """What was told of them, and of others that names them, is forgotten; what was still open of it is laid aside. Each
    stays known by its name, so that told again it does nothing, unless the name itself names them."""
    words = [word.lower() for word in erasing.traces.all_words if word]
    of_brand = erasing.subject.of_brand()
    theirs = Q(member=erasing.subject.member) if erasing.subject.member else Q(pk__in=[])
    chosen = set(InboundEvent.objects.filter(theirs, **of_brand).values_list("id", flat=True))
    long = [word.lower() for word in erasing.traces.words]
    chosen |= set(_that_mention(long, of_brand))
    for id in sorted(chosen):
        _forget(id, words)
    return {"inbound_events": len(chosen)}


def _that_mention(words: list[str], of_brand: dict) -> Iterator[UUID]:
    """The events with one of the words in them. What is sealed can only be looked for by opening it."""
    for event in InboundEvent.objects.filter(**of_brand).iterator(CHUNK):
        if any(word in _said(event) for word in words):
            yield event.id


def _said(event: InboundEvent) -> str:
    try:
        content = event.content
    except SealBroken:
        content = ""
    return " ".join((content, event.source, event.event_key, event.type, event.detail, str(event.outcome))).lower()


def _forget(id: UUID, words: list[str]) -> None:
    event = InboundEvent.objects.defer("content", "data_key").get(pk=id)
    changes = {"content": None, "data_key": None, "fingerprint": b"", "detail": "", "waits_for": ""}
    changes["outcome"] = {name: ids for name, ids in event.outcome.items() if name != "errors"}
    for name, instead in (("event_key", f"forgotten:{id}"), ("source", "forgotten"), ("type", "forgotten")):
        if any(word in getattr(event, name).lower() for word in words):
            changes[name] = instead
    if event.status in OPEN:
        changes |= {"status": Status.DISCARDED}
    InboundEvent.objects.filter(pk=id).update(**changes)


register(
    Room(name="inbound", position=12, export=export, erase=erase, told={"programs.InboundEvent": "inbound_events"})
)
