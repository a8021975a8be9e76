"""What happened to a member, newest first: the event log of one's own brands, with the transactions and notes it tells
of."""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Q
from django.utils.functional import Promise

from ledger.models import Posting
from loyalty.delivery.webhooks.models import WebhookDelivery
from loyalty.events.models import Event
from loyalty.identity.models import MemberNote, ServerKey, Staff
from programs.activity.member_page.tiers_in_words import TiersInWords
from programs.membership.models import Membership

PAGE = 30
NUMBER_MAX = 2**63 - 1
KINDS = {
    "purchases": ("points.earned", "points.returned"),
    "spending": ("points.redeemed", "points.held", "points.captured", "points.released"),
    "points": ("points.",),
    "tiers": ("tier.",),
    "memberships": ("membership.",),
    "consents": ("consent.",),
    "notes": ("note.",),
    "profile": ("member.",),
}
TITLES = {
    "points.earned": ("Purchase", "shopping_bag"),
    "points.returned": ("Return", "assignment_return"),
    "points.deposited": ("Points given", "redeem"),
    "points.redeemed": ("Points redeemed", "local_mall"),
    "points.adjusted": ("Points adjusted", "exposure"),
    "points.held": ("Points set aside", "hourglass_top"),
    "points.captured": ("Hold captured", "hourglass_bottom"),
    "points.released": ("Hold released", "hourglass_disabled"),
    "points.reversed": ("Transaction reversed", "undo"),
    "points.given": ("Points given to another member", "volunteer_activism"),
    "points.received": ("Points received from another member", "redeem"),
    "points.exchanged_out": ("Points exchanged", "currency_exchange"),
    "points.exchanged_in": ("Points got by an exchange", "currency_exchange"),
    "points.expired": ("Points expired", "event_busy"),
    "points.matured": ("Pending points released", "lock_open"),
    "points.expiring": ("Points expire soon", "event_upcoming"),
    "points.available": ("Points became available", "event_available"),
    "membership.created": ("Joined", "card_membership"),
    "referral.made": ("Brought by another member", "group_add"),
    "membership.suspended": ("Membership suspended", "pause"),
    "membership.reinstated": ("Membership reinstated", "play_arrow"),
    "membership.closed": ("Membership ended", "cancel"),
    "membership.reopened": ("Joined again", "card_membership"),
    "membership.updated": ("What you know of them changed", "edit_note"),
    "tier.given": ("Tier given by hand", "workspace_premium"),
    "tier.taken_back": ("Given tier taken back", "workspace_premium"),
    "tier.protected": ("Protected from going down", "shield"),
    "tier.ending": ("Told that the tier ends", "notifications"),
    "member.created": ("Entered", "person_add"),
    "member.registered": ("Registered", "person_add"),
    "member.updated": ("Profile changed", "edit"),
    "member.deactivated": ("Switched off", "person_off"),
    "member.reactivated": ("Switched on again", "person_check"),
    "member.contact_shown": ("Contact details shown", "visibility"),
    "note.added": ("Note", "sticky_note_2"),
    "adjustment.requested": ("Adjustment asked for", "approval"),
    "adjustment.approved": ("Adjustment approved", "approval"),
    "adjustment.rejected": ("Adjustment rejected", "approval"),
}
HIDDEN = ("note.changed", "note.removed", "transaction.submitted")
CHOICES: dict[str, str | Promise] = {}
"""The kinds of rooms above, as the page calls them."""
_details_by_type: dict[str, Callable[[Event], list[str]]] = {}
_hidden: list[Q] = []


def tells(
    titles: Mapping[str, tuple[str, str]], *, kinds: Mapping[str, tuple], details: Callable, hides: Q | None = None
) -> None:
    """Lets a room above tell its events on the time line: `titles` by type, with icons; `kinds` as {name: (what the
    page calls it, prefixes of types)}; `details(event)` says what stands behind the title. `hides` are events that
    those tell already."""
    if hides is not None and hides not in _hidden:
        _hidden.append(hides)
    TITLES.update(titles)
    for name, (label, prefixes) in kinds.items():
        KINDS[name], CHOICES[name] = tuple(prefixes), label
    _details_by_type.update(dict.fromkeys(titles, details))


@dataclass(slots=True)
class Moment:
    """One line: when, what in words, and where it leads."""

    at: datetime
    type: str
    title: str
    icon: str
    program: str = ""
    points: int | None = None
    balance_after: int | None = None
    unit: str = ""
    details: list[str] = field(default_factory=list)
    actor: str = ""
    posting_id: int | None = None
    note: MemberNote | None = None
    recorded_at: datetime | None = None
    event_number: int = 0
    told_to: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    moments: list[Moment]
    older: str


def timeline(
    member_id: UUID,
    memberships: Sequence[Membership],
    brands: Collection[UUID] | None,
    *,
    kind: str = "",
    before: str = "",
) -> Page:
    """A page of what the brands (None: all) know of the member, from `before` (the `older` of the page above) back. A
    constant number of queries. `memberships` are those to be seen, with program and unit."""
    edge = _edge(before)
    events = _events(member_id, brands, kind, edge)
    page, rest = events[:PAGE], events[PAGE:]
    told = _Telling(page, memberships, brands)
    moments = [told.moment(event) for event in page]
    return Page(moments, _token(page[-1]) if rest else "")


def _events(member_id: UUID, brands: Collection[UUID] | None, kind: str, edge) -> list[Event]:
    events = Event.objects.filter(member_id=member_id).exclude(type__in=HIDDEN).order_by("-occurred_at", "-id")
    for hides in _hidden:
        events = events.exclude(hides)
    if brands is not None:
        events = events.filter(brand_id__in=brands)
    if prefixes := KINDS.get(kind):
        if kind == "consents":
            events = events.filter(data__has_any_keys=["given", "withdrawn"])
        else:
            events = events.filter(type__regex=f"^({'|'.join(prefix.replace('.', '[.]') for prefix in prefixes)})")
    if edge:
        events = events.extra(where=["(occurred_at, id) < (%s, %s)"], params=list(edge))
    return list(events[: PAGE + 1])


def _token(event: Event) -> str:
    return base64.urlsafe_b64encode(f"{event.occurred_at.isoformat()}|{event.id}".encode()).decode()


def _edge(token: str) -> tuple[datetime, int] | None:
    """The place that a token names; None for one that is no token."""
    try:
        moment, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition("|")
        edge = (datetime.fromisoformat(moment).astimezone(UTC), int(number)) if token else None
    except (ValueError, OverflowError):
        return None
    return edge if edge and 0 <= edge[1] <= NUMBER_MAX else None


class _Telling:
    """Puts events into words, with what they refer to fetched for all of them at once."""

    def __init__(self, events: list[Event], memberships: Sequence[Membership], brands: Collection[UUID] | None):
        ids = [event.posting_id for event in events if event.posting_id]
        self.postings = {posting.id: posting for posting in Posting.objects.filter(id__in=ids)} if ids else {}
        self.programs = {membership.program_id: membership.program for membership in memberships}
        notes = [event.data.get("note_id") for event in events if event.type == "note.added"]
        found = MemberNote.objects.filter(id__in=notes).select_related("author") if notes else ()
        self.notes = {str(note.id): note for note in found}
        self.names = names_of({self._actor(event) for event in events}, brands)
        self.told_to = _told_to(events)
        told = {event.program_id for event in events if event.type.startswith("tier.")}
        self.tiers = TiersInWords(told)

    def _actor(self, event: Event) -> str:
        posting = self.postings.get(event.posting_id)
        return posting.actor if posting else event.data.get("actor", "")

    def moment(self, event: Event) -> Moment:
        posting, data = self.postings.get(event.posting_id), event.data
        title, icon = TITLES.get(event.type, (event.type.replace(".", ": ").replace("_", " ").capitalize(), "history"))
        program = self.programs.get(event.program_id)
        moment = Moment(event.occurred_at, event.type, title, icon, actor=self.names.get(self._actor(event), ""))
        moment.program = program.name if program else ""
        moment.event_number, moment.told_to = event.pk, self.told_to.get(event.pk, 0)
        moment.recorded_at = event.recorded_at if (event.recorded_at - event.occurred_at).days >= 1 else None
        if posting:
            moment.points, moment.balance_after, moment.posting_id = posting.points, posting.balance_after, posting.id
            moment.unit = program.unit.name if program else ""
            moment.details = _details_of(posting)
        elif event.type == "note.added":
            moment.note = self.notes.get(data.get("note_id"))
            moment.details = [] if moment.note else ["The note has been deleted."]
        elif event.type.startswith("tier."):
            self.tiers.tell(moment, event)
        elif event.type in _details_by_type:
            moment.details = _details_by_type[event.type](event)
        else:
            moment.details = _details(data)
        return moment


def _told_to(events: list[Event]) -> dict[int, int]:
    """To how many systems of its brand each event was told. One query, by the endpoints of those brands."""
    brands = {event.brand_id for event in events}
    if not brands:
        return {}
    found = WebhookDelivery.objects.filter(endpoint__brand__in=brands, event_number__in=[one.pk for one in events])
    found = found.filter(origin="live", status="delivered").order_by().values_list("event_number")
    return dict(found.annotate(count=Count("pk")))


def _details_of(posting: Posting) -> list[str]:
    data = posting.data
    amount = f"{data['amount']} {data.get('currency', '')}".strip() if data.get("amount") else ""
    return [text for text in (data.get("description", ""), amount, posting.reference) if text]


def _details(data: dict) -> list[str]:
    found = [str(data[name]) for name in ("reason",) if data.get(name)]
    for name, words in (("given", "Agreed to"), ("withdrawn", "Took back")):
        if data.get(name):
            found.append(f"{words}: {', '.join(data[name])}")
    fields = [name.replace("_", " ") for name in data.get("fields", ()) if name != "consents"]
    return [*found, ", ".join(fields)] if fields else found


def names_of(actors: Collection[str], brands: Collection[UUID] | None) -> dict[str, str]:
    """Who they are, in words: colleagues by name, a key of the brand by its name; two queries at most."""
    own = {} if brands is None else {"brand__in": brands}
    ids = {
        kind: [name for kind_, _, name in (a.partition(":") for a in actors) if kind_ == kind]
        for kind in ("person", "key")
    }
    names = dict.fromkeys(actors, "")
    if ids["person"]:
        for post in Staff.objects.filter(person__in=ids["person"], **own).select_related("person"):
            names[f"person:{post.person_id}"] = post.person.name or post.person.email
    if ids["key"]:
        for key in ServerKey.objects.filter(pk__in=ids["key"], **own):
            names[f"key:{key.pk}"] = key.name
    return names
