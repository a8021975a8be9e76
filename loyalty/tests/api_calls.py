"""The registry of what calls of the API are made of: who calls, and for every name of an id in a path, a query or a
body, which of a house's ids it means. A new name needs a new entry, else the tests that call every route say so."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.http import HttpResponse

from loyalty import clock
from loyalty.identity import keys
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.devices.models import Device
from loyalty.identity.models import Location, Person, ServerKey
from loyalty.identity.selectors import as_uuid
from loyalty.roles import KEY, MEMBER, PERSON, PUBLIC, SCOPE_OF, SCOPES, roles_for
from loyalty.routes import Route, every_route, needs
from loyalty.runs.models import Run
from loyalty.testing.clients import JsonClient, with_key, with_login
from loyalty.tests import receipts_objects, rooms_objects
from loyalty.tests.backoffice_world import PASSWORD, House
from programs.earning.models import Campaign, EventType, ProgramLink, RuleSet, Segment
from programs.rewards.models import Reward, StockHold, Voucher, VoucherBatch, VoucherUse
from programs.rewards.offline.chain import proof_text
from programs.rewards.offline.models import TillDevice
from programs.rewards.qr.keys import signing_key
from programs.rewards.qr.tokens import make_token
from programs.rewards.stamps.models import Stamp, StampCard

ANYBODY = "anonymous"
SMALL = (PERSON, MEMBER, "partner", "staff")
PEOPLE = (*SMALL, "admin", "operator")
ANY_KEY = "key with every scope"
CALLERS = (ANYBODY, *PEOPLE, "key without a scope", *(f"key with {scope}" for scope in SCOPES), ANY_KEY)

Ids = Callable[[House], list]
MEMBER_IDS: Ids = lambda house: [house.member.pk, house.external_id]  # noqa: E731
PROGRAM_IDS: Ids = lambda house: [house.program.pk, house.program.code]  # noqa: E731
BRAND_IDS: Ids = lambda house: [house.brand.pk, house.brand.code]  # noqa: E731
STAMP_CARD_IDS: Ids = lambda house: [house.objects(StampCard).get().pk, house.objects(StampCard).get().code]  # noqa: E731
VOUCHER_IDS: Ids = lambda house: [house.objects(Voucher).get().pk, house.objects(Voucher).get().code]  # noqa: E731

IDS: dict[str, Ids] = {
    **rooms_objects.IDS,
    "approval": lambda house: [_approval(house, "staff")],
    "backtest": lambda house: [_backtest(house)],
    "batch": lambda house: [house.objects(VoucherBatch).get().pk],
    "brand_id": BRAND_IDS,
    "card_number": lambda house: [house.membership.card_number],
    "email": lambda house: [house.people["staff"].email],
    "campaign": lambda house: [house.objects(Campaign).get().pk],
    "campaign_id": lambda house: [house.objects(Campaign).get().pk],
    "device": lambda house: [house.objects(Device).filter(person=house.people["staff"]).get().pk],
    "event_type": lambda house: [house.objects(EventType).get().pk],
    "external_id": lambda house: [house.external_id],
    "from_program_id": PROGRAM_IDS,
    "hold": lambda house: [house.held],
    "hold_id": lambda house: [StockHold.objects.get(member=house.member).pk],
    "location": lambda house: [house.objects(Location).get().pk, house.objects(Location).get().code],
    "link": lambda house: [house.objects(ProgramLink).get().pk],
    "object_id": lambda house: [house.program.pk],
    "member": MEMBER_IDS,
    "member_id": MEMBER_IDS,
    "members": lambda house: [[house.external_id]],
    "program": PROGRAM_IDS,
    "program_id": PROGRAM_IDS,
    "reward": lambda house: [house.objects(Reward).get().pk, house.objects(Reward).get().code],
    "segment": lambda house: [house.objects(Segment).get().pk],
    "stamp": lambda house: [house.objects(Stamp).get().pk],
    "stock_hold": lambda house: [StockHold.objects.get(member=house.member).pk],
    "stamp_card": STAMP_CARD_IDS,
    "stamp_card_id": STAMP_CARD_IDS,
    "till": lambda house: [house.objects(TillDevice).get().pk],
    "transaction": lambda house: [house.earned],
    "user": lambda house: [house.people["staff"].pk],
    "use_id": lambda house: [house.objects(VoucherUse).get().pk],
    "version": lambda house: [house.objects(RuleSet).get().version],
    "voucher": VOUCHER_IDS,
    "voucher_id": VOUCHER_IDS,
}
"""Each spelling of the id; the first one is used where the call is not about it."""

OWN: dict[str, Callable[[House, str, Route], object]] = {
    "approval": lambda house, caller, route: _approval(house, caller if "withdraw" in route.pattern else "staff"),
    "device": lambda house, caller, route: Device.objects.get(person=house.people[caller]).pk,
    "user": lambda house, caller, route: "me" if caller in SMALL else house.people["staff"].pk,
}
"""Where what is one's own depends on the caller."""

WORDS = {"location_id", "partner_program_id", "reward_id", "terminal_id", "to_program_id"}
"""Names that look like ids and are the sender's own words, or are meant to be of somebody else's."""

OWN_WORDS = {"email", "device", "version", "event_type"}
"""Names that in a body are words and name nothing of anybody."""

NEW_WORDS = {"enter_a_member", "change_a_member"}
"""Operations whose body gives an external id instead of naming somebody by it. An address or a device in a body names
nobody either: it is the caller's own. Nor does the version of what somebody looked at.
    Lists of members are refused as a whole, whatever is wrong with one of them."""

ONE_OF = ({"member_id", "external_id", "card_number"}, {"ruleset_version", "campaign_id"})
"""Names of which a body has one."""

QUERIES = {"month": "2026-10", "amount": 100}
"""What required parameters that are no ids are asked with."""

BODIES: dict[str, dict | Callable[[House], dict]] = {
    **rooms_objects.BODIES,
    "redeem_a_voucher": lambda house: {"location_id": house.objects(Location).get().code},
    "validate_a_voucher": lambda house: {"location_id": house.objects(Location).get().code},
    "scan_a_qr_code": lambda house: {"token": _token(house), "location_id": house.objects(Location).get().code},
    "approve_a_request": {"version": ""},
    "change_a_membership": {"tier": "first"},
    "enrol_a_member_by_name": {"referral_code": None},
    "join_a_program": {"referral_code": None},
    "preview": {"ruleset_version": None},
    "start_a_backtest": lambda house: {"ruleset_version": house.objects(RuleSet).get().version},
    "propose_a_link": {"partner_program_id": "NIGHTFERRY"},
    "issue_vouchers": lambda house: {"reward_id": house.objects(Reward).get().code, "count": 1},
    "make_a_stamp_card": lambda house: {"reward_id": house.objects(Reward).get().code},
    "register_a_till": lambda house: {"location_id": house.objects(Location).get().code, **_till()},
    "members_deposit": {"amount": 5},
    "members_redeem": {"points": 5},
    "redeem": {"points": 5},
    "holds_capture": {"points": 5},
    "return": {"items": [], "amount": "1.00"},
}
"""What stands in the body of an operation where the example of the document would be refused for other reasons."""

BODIES_OF: dict[tuple[str, str], dict] = {("change_a_user", person): {"name": "Somebody"} for person in SMALL}
"""The same by operation and caller; the whole body."""


@dataclass(frozen=True)
class Call:
    """One request. `about` says which id in it was exchanged for a stranger's, and `value` is that."""

    method: str
    path: str
    query: dict
    body: dict | list | None
    about: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.query or ''} {self.about} {self.value}"


def _till() -> dict:
    """A till with a key of its own."""
    key = Ed25519PrivateKey.generate()
    public = urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    proof = key.sign(proof_text("Counter 1", public))
    return {"name": "Counter 1", "public_key": public, "proof": urlsafe_b64encode(proof).rstrip(b"=").decode()}


def _token(house: House) -> str:
    """What a till scans: a code of the voucher."""
    about = {"subject": house.objects(Voucher).get().pk, "audience": house.brand.code, "program": house.program.code}
    return make_token("voucher", **about).text


def _backtest(house: House) -> UUID:
    """The backtest that waits."""
    return Run.objects.get(brand=house.brand, kind="rules.backtest").pk


def _add_backtest(house: House) -> None:
    asked = {"program_id": str(house.program.pk), "ruleset_version": 1, "campaign_id": None}
    asked |= {"from": "2026-01-01T00:00:00+00:00", "to": "2026-02-01T00:00:00+00:00"}
    Run.objects.create(brand=house.brand, kind="rules.backtest", arguments=asked, title=f"{house.code} backtest")


def _approval(house: House, caller: str):
    """The request for approval that the caller made, or somebody did."""
    requests = house.objects(ApprovalRequest)
    return (requests.filter(requested_by=house.people[caller]).first() or requests.first()).pk


def client_of(caller: str, house: House) -> JsonClient:
    """The client of one of CALLERS."""
    if caller == ANYBODY:
        client = JsonClient()
    elif caller.startswith(KEY):
        key, plain = keys.create_server_key(house.brand, name=caller, scopes=SCOPES, rate="")
        ServerKey.objects.filter(pk=key.pk).update(scopes=sorted(scopes_of(caller)))
        client = with_key(plain)
    else:
        client = with_login(house.people[caller])
    client.raise_request_exception = False
    return client


def scopes_of(caller: str) -> set[str]:
    return set(SCOPES) if caller == ANY_KEY else {caller.removeprefix("key with ")} & set(SCOPES)


def add_callers(house: House) -> House:
    """Gives the house's member a login, and a stranger and an operator a place among its people."""
    for name, more in ((MEMBER, {}), (PERSON, {}), ("operator", {"is_operator": True})):
        person = Person.objects.create_user(f"{name}@{house.code}.example", PASSWORD, **more)
        Device.objects.create(person=person, fingerprint=f"{house.code} {name}")
        house.people[name] = person
    asked = {"payload": {"membership_id": str(house.membership.pk), "points": 5}, "subject_id": house.membership.pk}
    for name in ("admin", "operator"):
        ApprovalRequest.objects.create(
            brand=house.brand, kind="points.adjust", requested_by=house.people[name], **asked
        )
    _add_backtest(house)
    receipts_objects.add_receipt(house)
    signing_key(clock.now())
    house.member.person = house.people[MEMBER]
    house.member.save(update_fields=["person"])
    return house


def may(caller: str, permissions: tuple[str, ...]) -> bool:
    """What the table of roles says of the caller, read afresh and not by the rules that are judged."""
    if PUBLIC in permissions:
        return True
    if caller.startswith(KEY):
        return any(SCOPE_OF.get(permission) in scopes_of(caller) for permission in permissions)
    roles = {role for permission in permissions for role in roles_for(permission)}
    return caller in roles or (PERSON in roles and caller in PEOPLE)


def api_routes() -> list[Route]:
    return [route for route in every_route() if route.api_view]


def operations() -> Iterator[tuple[Route, str]]:
    """Every route of the API with each method that it takes; but for those of which the registry lacks an id."""
    for route in api_routes():
        if set(route.parameters) - set(IDS):
            continue
        for method in route.methods:
            if needs(route, method) is not None:
                yield route, method


def promise_of(route: Route, method: str):
    return getattr(route.api_view, method.lower()).operation


def call_of(route: Route, method: str, caller: str, house: House) -> Call:
    """The request as the caller makes it, about the house's own things."""
    promise = promise_of(route, method)
    path = route.fill({name: _own(name, caller, house, route) for name in route.parameters})
    asked = {name: _own(name, caller, house, route) for name in _required(promise.query)}
    body = BODIES_OF.get((promise.id, caller)) or _body(promise, house)
    return Call(method, path, asked, body)


def calls_about(route: Route, method: str, caller: str, house: House, strange: Callable[[str], list]) -> Iterator[Call]:
    """The same request once for each id in it and each spelling, with a stranger's id (`strange` gives those of a name)
    in place of one's own."""
    promise, plain = promise_of(route, method), call_of(route, method, caller, house)
    for name in route.parameters:
        for value in _foreign(name, strange, house):
            values = {other: _own(other, caller, house, route) for other in route.parameters} | {name: value}
            yield replace(plain, path=route.fill(values), about=f"path {name}", value=value)
    for name in _id_names(promise.query):
        for value in _spelled(promise.query, name, _foreign(name, strange, house)):
            yield replace(plain, query=plain.query | {name: value}, about=f"query {name}", value=value)
    given = {*OWN_WORDS, "members", *(("external_id",) if promise.id in NEW_WORDS else ())}
    for name in [name for name in _id_names(promise.request) if name not in given]:
        for value in _foreign(name, strange, house):
            if (body := _with(plain.body, promise.request, name, value)) is not None:
                yield replace(plain, body=body, about=f"body {name}", value=value)


def ids_of(house: House) -> Callable[[str], list]:
    """What the house's ids of a name are."""
    return lambda name: _ids(name, house)


def ids_of_nobody(like: House, *, beside: House) -> Callable[[str], list]:
    """Ids like those of the house, of nothing there is; for those that the other house shares there are none."""
    return lambda name: [uuid4() if as_uuid(one) else f"n{one[1:]}" for one in _foreign(name, ids_of(like), beside)]


def _foreign(name: str, strange: Callable[[str], list], house: House) -> list[str]:
    return [str(value) for value in strange(name) if value not in _ids(name, house)]


def _spelled(shape, name: str, values: list[str]) -> list[str]:
    """Those of the spellings that a query takes at all: not a code where it wants a UUID."""
    kinds = {field.encode_name: str(field.type) for field in msgspec.structs.fields(shape)}
    is_uuid = "UUID" in kinds.get(name, "") and "str" not in kinds[name]
    return [value for value in values if not is_uuid or as_uuid(value)]


def send(client: JsonClient, call: Call, *, is_kept: bool = False) -> HttpResponse:
    """Asks, and takes back whatever it did, unless it is kept."""
    with transaction.atomic():
        headers = {"HTTP_IDEMPOTENCY_KEY": str(uuid4())} if call.method == "POST" else {}
        address = f"{call.path}?{'&'.join(f'{name}={value}' for name, value in call.query.items())}"
        answer = client.generic(
            call.method, address.rstrip("?"), msgspec.json.encode(call.body) if call.body is not None else b"",
            "application/json" if call.body is not None else "", **headers,
        )  # fmt: skip
        if answer.streaming:
            whole = b"".join(answer.streaming_content)
            answer = HttpResponse(whole, answer["Content-Type"], answer.status_code)
        transaction.set_rollback(not is_kept)
    return answer


def missing_entries() -> list[str]:
    """What stands in paths, queries and bodies of the API and in no registry here."""
    found = []
    takes = [(route, method) for route in api_routes() for method in route.methods if needs(route, method)]
    for route, method in takes:
        promise = promise_of(route, method)
        names = [name for name in route.parameters if name not in IDS]
        for shape in filter(None, (promise.query, promise.request)):
            fields = [field.encode_name for field in msgspec.structs.fields(shape)]
            names += [name for name in fields if name.endswith("_id") and name not in {*IDS, *WORDS}]
        names += [name for name in _required(promise.query) if name not in {*IDS, *QUERIES}]
        if promise.request and "request" not in promise.examples:
            found.append(f"{method} {route.pattern} has no example of its body.")
        found += [f"{method} {route.pattern} takes {name}: enter it in IDS, WORDS or QUERIES." for name in names]
    return found


def _ids(name: str, house: House) -> list:
    return IDS[name](house)


def _own(name: str, caller: str, house: House, route: Route):
    """What the caller puts in place of an id when the call is about their own things."""
    if name in OWN and caller in PEOPLE:
        return OWN[name](house, caller, route)
    return QUERIES[name] if name in QUERIES else _ids(name, house)[0]


def _required(shape) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(shape) if field.required] if shape else []


def _id_names(shape) -> list[str]:
    """The names of ids in a shape and in the shapes that it has lists of."""
    if shape is None:
        return []
    names = [field.encode_name for field in msgspec.structs.fields(shape)]
    inner = [one for field in msgspec.structs.fields(shape) for one in _structs_in(field.type)]
    return list(
        dict.fromkeys([*(name for name in names if name in IDS), *(n for one in inner for n in _id_names(one))])
    )


def _structs_in(annotation) -> list[type]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [one for part in getattr(annotation, "__args__", ()) for one in _structs_in(part)]


def _body(promise, house: House):
    body = _filled(deepcopy(promise.examples.get("request")), house, is_new=promise.id in NEW_WORDS)
    more = BODIES.get(promise.id, {})
    return body | (more(house) if callable(more) else more) if more else body


def _filled(value, house: House, *, is_new: bool):
    """The example with the house's ids in it, and without moments, which may lie in the future by now."""
    if isinstance(value, list):
        return [_filled(one, house, is_new=is_new) for one in value]
    if not isinstance(value, dict):
        return value
    known = set() if is_new else set(value) & set(IDS) - OWN_WORDS
    named = {name: _ids(name, house)[0] for name in known}
    rest = {name: _filled(one, house, is_new=is_new) for name, one in value.items() if not name.endswith("_at")}
    return rest | named


def _with(body, shape, name: str, value):
    """The body with that id in it, wherever the name may stand; None where it has no place for it."""
    if isinstance(body, list):
        changed = [_with(one, shape, name, value) for one in body]
        return changed if any(one is not None for one in changed) else None
    if not isinstance(body, dict):
        return None
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)} if shape else {}
    if name in fields:
        others = next((group for group in ONE_OF if name in group), {name})
        return {key: one for key, one in body.items() if key not in others} | {name: value}
    for key, one in body.items():
        inner = next(iter(_structs_in(fields[key].type)), None) if key in fields else None
        if inner and (changed := _with(one, inner, name, value)) is not None:
            return body | {key: changed}
    return None
