"""What a till did without a line comes into the books: item by item in the order of its chain, each with a verdict."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.errors import LoyaltyError
from loyalty.identity.locations import bound_location
from loyalty.identity.principals import Principal
from programs.rewards.offline.chain import Step, canonical, digest_of, is_signed, step
from programs.rewards.offline.items import Item, read_item
from programs.rewards.offline.judging import describe, judge
from programs.rewards.offline.limits import is_ahead
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.selectors import tills_of
from programs.rewards.offline.tills import locked, quarantine
from programs.rewards.offline.verdicts import HELD, REFUSED, Outcome, outcome_of

GAP, FORKED, TOO_LATE = "gap", "forked", "given-up"
FORK_DETAIL = "It gainsays what the till signed before: another item has its number, or it follows another one."


def sync_offline(principal: Principal, sent: Sequence[object]) -> list[Outcome]:
    """Settles what tills redeemed without a line, each item in a transaction of its own, those of a till in the order
    of their numbers, and answers in the order given. Repeating an item answers its verdict as it is by then; nothing
    is done twice, however often and by however many at once. One that cannot be read, of an unknown till or with a
    wrong signature is refused and leaves no trace. Items after a gap are held, and settled by themselves when the
    missing ones have come. An item that gainsays another is held and puts its till into quarantine.
    Nothing of it raises but what comes from the database."""
    received_at = clock.now()
    outcomes: dict[int, Outcome] = {}
    items: dict[int, Item] = {}
    for n, one in enumerate(sent):
        try:
            items[n] = read_item(one)
        except LoyaltyError as refusal:
            outcomes[n] = _unread(one, refusal)
    tills = _tills(principal, items.values())
    waiting: set[int] = set()
    for n in sorted(items, key=lambda n: (str(items[n].device_id), items[n].sequence, n)):
        outcomes[n] = _settle(principal, tills.get(items[n].device_id), items[n], received_at)
        if outcomes[n].reason == GAP:
            waiting.add(n)
    _look_again(outcomes, waiting)
    return [outcomes[n] for n in range(len(sent))]


def catch_up(principal: Principal, till_id: UUID) -> None:
    """Settles the items that came early and whose turn it is by now, each in a transaction of its own. Repeating it
    settles nothing."""
    while _settle_waiting(principal, till_id):
        pass


def _unread(one: object, refusal: LoyaltyError) -> Outcome:
    sequence = one.get("sequence") if isinstance(one, dict) else None
    mistake = (refusal.facts.get("errors") or [{}])[0]
    detail = f"{mistake['pointer'].lstrip('/')}: {mistake['detail']}" if mistake else refusal.detail
    told = sequence if type(sequence) is int else None
    return Outcome(verdict=REFUSED, reason=refusal.code, detail=detail[:300], sequence=told)


def _tills(principal: Principal, items) -> dict[UUID, TillDevice]:
    """The tills that the items name, of the brands at which the principal brings what tills did."""
    tills = tills_of(principal.brands_where("tills.sync")).filter(pk__in={item.device_id for item in items})
    return {till.pk: till for till in tills}


def _settle(principal: Principal, till: TillDevice | None, item: Item, received_at: datetime) -> Outcome:
    """Refusals of what leaves no trace: unknown-till, other-location, wrong-signature."""
    refused = {"verdict": REFUSED, "sequence": item.sequence}
    if till is None:
        return Outcome(reason="unknown-till", detail="There is no such till.", **refused)
    bound = bound_location(principal, till.brand_id)
    if bound and bound.pk != till.location_id:
        return Outcome(reason="other-location", detail="The till stands at another location than your post.", **refused)
    if not is_signed(canonical(item.sent), signature=item.signature, public_key=till.public_key):
        return Outcome(reason="wrong-signature", detail="The till's key did not sign this.", **refused)
    with transaction.atomic():
        scan, is_new = _place(principal, locked(till.pk), item, received_at)
    if is_new or scan.reason == GAP:
        catch_up(principal, till.pk)
    return outcome_of(scan)


def _place(principal: Principal, till: TillDevice, item: Item, received_at: datetime) -> tuple[OfflineScan, bool]:
    """The row of the item, and whether it is new. The till's row is locked."""
    digest = digest_of(item.sent)
    same_number = list(OfflineScan.objects.filter(till=till, sequence=item.sequence).select_related("use"))
    for known in same_number:
        if known.digest == digest:
            return known, False
    scan = OfflineScan(
        till=till, sequence=item.sequence, digest=digest, previous=item.previous, item=item.sent,
        scanned_at=item.scanned_at, received_at=received_at, verdict=HELD,
    )  # fmt: skip
    describe(till, item, scan)
    last = {"last_sequence": till.last_sequence, "last_digest": till.last_digest}
    place = step(**last, sequence=item.sequence, previous=item.previous)
    if place is Step.FORK and item.sequence <= till.last_sequence and not same_number:
        scan.reason, scan.detail = TOO_LATE, "It was missing and given up."
    elif place is Step.FORK or (place is Step.GAP and same_number):
        scan.is_forked, scan.reason, scan.detail = True, FORKED, FORK_DETAIL
        quarantine(till, reason=f"Number {item.sequence} gainsays what it signed before.")
    elif place is Step.GAP:
        scan.reason, scan.detail = GAP, f"Items from number {till.last_sequence + 1} on are missing."
    else:
        judge(principal, till, item, scan)
        _advance(till, scan)
    till.last_seen_at = received_at
    till.save(update_fields=["last_seen_at"])
    scan.save(force_insert=True)
    return scan, True


def _advance(till: TillDevice, scan: OfflineScan) -> None:
    """The chain goes on after this item. A time that lies ahead does not count, lest all after it seem back-dated."""
    till.last_sequence, till.last_digest = scan.sequence, scan.digest
    if not is_ahead(scan.scanned_at, received_at=scan.received_at):
        till.last_scanned_at = max(scan.scanned_at, till.last_scanned_at or scan.scanned_at)
    till.save(update_fields=["last_sequence", "last_digest", "last_scanned_at"])


@transaction.atomic
def _settle_waiting(principal: Principal, till_id: UUID) -> bool:
    """Settles the item that came early and is next, and says whether there was one. Of several with its number those
    that do not follow the chain are forked. One that was decided on meanwhile keeps its verdict."""
    till = locked(till_id)
    early = OfflineScan.objects.filter(till=till, sequence=till.last_sequence + 1, is_forked=False)
    scan = early.first()
    if scan is None:
        return False
    if scan.previous != till.last_digest:
        scan.is_forked = True
        if scan.decided_at is None:
            scan.reason, scan.detail = FORKED, FORK_DETAIL
        quarantine(till, reason=f"Number {scan.sequence} gainsays what it signed before.")
        scan.save()
        return True
    if scan.decided_at is None:
        scan.reason = scan.detail = ""
        judge(principal, till, read_item(scan.item), scan)
    scan.save()
    _advance(till, scan)
    return True


def _look_again(outcomes: dict[int, Outcome], waiting: set[int]) -> None:
    """Those that were held for a gap may have been settled after items that came behind them."""
    if not waiting:
        return
    ids = {outcomes[n].scan_id for n in waiting}
    found = OfflineScan.objects.select_related("use").in_bulk(ids)
    for n in waiting:
        outcomes[n] = outcome_of(found[outcomes[n].scan_id])
