"""A stream of events as a shop recorded it, and the state of the books that it ends in: for showing that neither the
order in which it arrives nor how often changes anything."""

import random
from dataclasses import astuple
from datetime import UTC, datetime, time, timedelta

from ledger.models import Lot, Posting
from ledger.selectors import balances
from loyalty import clock
from loyalty.identity.models import Brand, BrandMember
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.models import EventMapping, InboundEvent
from programs.activity.joining import record_joined
from programs.activity.models import MemberEvent, Purchase, Return
from programs.activity.tests.ruled import fixed, leaf, per, rule, rule_by
from programs.earning.models import EventType
from programs.earning.rules.catalogue import JOINED
from programs.membership.models import Membership, Tier
from programs.membership.operations import create_program

SEED = 20261007
MEMBERS, STRANGERS = 42, 2
BEGAN = datetime.combine(clock.now().date() - timedelta(days=90), time(8), UTC)
FIELDS = {"text_length": "integer", "verified_purchase": "boolean"}
SPRING = {"fact": "line.labels.campaign", "operator": "equal", "value": "spring"}
COFFEE = {"fact": "line.category", "operator": "equal", "value": "coffee"}


def open_shop(code: str = "shop") -> Brand:
    """A brand whose rules ask only what an event itself tells, and whose tiers follow what counts today."""
    brand = Brand.objects.create(code=code, name="The shop", country="NL")
    program = create_program(brand, code=code.upper(), name="Shop points", unit_name="points", money_currency="EUR")
    EventType.objects.create(brand=brand, name="review.written", fields=FIELDS)
    for name, points in (("green", 0), ("silver", 120), ("gold", 300)):
        Tier.objects.create(program=program, code=name, name=name.title(), points_min=points)
    rule_by(
        program,
        rule("base", per(1)),
        rule("coffee", per(1, where=COFFEE), group="bonus"),
        rule("app", fixed(10), group="bonus", conditions=leaf("order.channel", "equal", "app")),
        rule("spring", fixed(7), group="bonus", conditions=leaf("lines.count", "greaterThanInclusive", 1, SPRING)),
        rule("joined", fixed(25), group="bonus", trigger="member.joined"),
        rule(
            "review", fixed(20), group="bonus", trigger="event:review.written",
            conditions={"all": [leaf("event.text_length", "greaterThanInclusive", 50),
                                leaf("event.verified_purchase", "equal", True)]},
        ),
    )  # fmt: skip
    EventMapping.objects.create(
        brand=brand, type="checkout.completed", act="earn",
        parts={"email": "/data/customer/email", "reference": "/data/number", "amount_minor": "/data/cents",
               "items": "/data/lines", "item.sku": "/code", "item.amount_minor": "/cents"},
        facts={"channel": "/data/via", "label.campaign": "/data/utm"},
    )  # fmt: skip
    return brand


def recorded() -> list[Told]:
    """The stream in the order in which it happened: the same at every call."""
    chance = random.Random(SEED)
    events: list[Told] = []
    for n in range(1, MEMBERS + STRANGERS + 1):
        events += _of_one_member(chance, n, is_stranger=n > MEMBERS)
    return sorted(events, key=lambda told: (told.time, told.id))


def picture(brand: Brand) -> dict:
    """The state of the brand's books, without numbers that chance gives. When a tier was reached, and what was told of
    that, is left out: it tells of arrivals."""
    members = dict(BrandMember.objects.filter(brand=brand).values_list("member_id", "external_id"))
    memberships = list(Membership.objects.filter(program__brand=brand).select_related("member", "tier"))
    owners = {one.account_id: members[one.member_id] for one in memberships}
    held = balances(owners)
    own = {"program__brand": brand}
    lots = Lot.objects.filter(account__in=owners).select_related("posting")
    postings = Posting.objects.filter(account__in=owners)
    references = dict(Purchase.objects.filter(**own).values_list("id", "reference"))
    bought = (
        "reference", "amount_minor", "currency", "refunded_minor", "items", "tenders", "source", "location_id",
        "metadata", "facts", "gifts", "occurred_at",
    )  # fmt: skip
    return {
        "members": {
            members[one.member_id]: (one.member.name, one.member.email, one.joined_at, one.status, one.tier.code)
            for one in memberships
        },
        "balances": {owners[account_id]: astuple(view) for account_id, view in held.items()},
        "lots": _sorted(
            (owners[lot.account_id], lot.granted_at, lot.available_at, lot.expires_at, lot.points, lot.remaining,
             lot.returned, lot.expired, lot.posting.reference)
            for lot in lots
        ),
        "transactions": _sorted(
            (owners[one.account_id], one.kind, one.reference, one.occurred_at, one.points, one.shortfall, one.data)
            for one in postings
        ),
        "purchases": {
            one.reference: (members[one.member_id], *(getattr(one, name) for name in bought))
            for one in Purchase.objects.filter(**own)
        },
        "returns": _sorted(
            (references[one.purchase_id], one.reference, one.amount_minor, one.items, one.occurred_at)
            for one in Return.objects.filter(**own)
        ),
        "events": _sorted(
            (members[one.member_id], one.type, "" if one.type == JOINED else one.reference, one.data,
             one.gifts, one.occurred_at)
            for one in MemberEvent.objects.filter(**own)
        ),
        "inbox": _sorted(
            (one.event_key, one.type, one.status, one.act, one.reason)
            for one in InboundEvent.objects.filter(brand=brand)
        ),
    }  # fmt: skip


def welcome(brand: Brand) -> None:
    """What the worker does for who joined."""
    record_joined(Membership.objects.filter(program__brand=brand).values_list("id", flat=True))


def _sorted(rows) -> list:
    return sorted(rows, key=repr)


def _of_one_member(chance: random.Random, n: int, *, is_stranger: bool) -> list[Told]:
    guest, email = f"guest-{n}", f"guest{n}@example.com"
    joined = BEGAN + timedelta(minutes=chance.randrange(60 * 24 * 20))
    events = [] if is_stranger else [_told("guest.registered", f"r{n}", guest, joined, name=f"Guest {n}", email=email)]
    for k in range(chance.randint(1, 4)):
        at = joined + timedelta(minutes=chance.randrange(10, 60 * 24 * 60))
        events += _order(chance, f"{n}-{k}", guest, email, at)
    for k in range(chance.randint(0, 3)):
        at = joined + timedelta(minutes=chance.randrange(10, 60 * 24 * 60))
        said = {"text_length": chance.randrange(10, 120), "verified_purchase": chance.random() < 0.7}
        events.append(_told("review.written", f"w{n}-{k}", guest, at, **said))
    if chance.random() < 0.4:
        events.append(_told("cart.left", f"c{n}", guest, joined + timedelta(days=1), items=chance.randrange(9)))
    return events


def _order(chance: random.Random, number: str, guest: str, email: str, at: datetime) -> list[Told]:
    """An order, and what comes back of it: nothing, all of it, or parts. Those that come back in parts are of whole
    euros and earn the plain rate, so that each part takes whole points."""
    reference, back = f"order-{number}", chance.choice(["", "", "", "whole", "parts", "parts"])
    euros = chance.randrange(10, 120)
    if chance.random() < 0.25:
        cents = euros * 100 + chance.randrange(100)
        lines = [{"code": "beans", "cents": cents}]
        data = {"customer": {"email": email}, "number": reference, "cents": cents, "lines": lines}
        data |= {"via": chance.choice(["app", "web"]), "utm": chance.choice(["spring", "none"])}
        order, back = _told("checkout.completed", f"p{number}", "", at, **data), back and "whole"
    else:
        is_plain = back == "parts"
        amount = f"{euros}.00" if is_plain else f"{euros}.{chance.randrange(100):02}"
        category = "tea" if is_plain else chance.choice(["tea", "coffee"])
        items = [{"sku": "leaf", "quantity": 1, "amount": amount, "category": category}]
        data = {"reference": reference, "amount": amount, "currency": "EUR", "items": items}
        data |= {"channel": "web" if is_plain else chance.choice(["app", "web"])}
        order = _told("order.paid", f"p{number}", guest, at, **data)
    returns = []
    for k in range({"": 0, "whole": 1, "parts": chance.randint(2, 3)}[back]):
        part = {"amount": f"{chance.randrange(1, max(euros // 3, 2))}.00"} if back == "parts" else {}
        when = at + timedelta(minutes=chance.randrange(5, 60 * 24 * 8))
        returns.append(_told("order.returned", f"b{number}-{k}", "", when, order_reference=reference, **part))
    return [order, *returns]


def _told(type: str, id: str, subject: str, at: datetime, **data) -> Told:
    return Told(source="/shop", id=id, type=type, subject=subject, time=at, data=data)
