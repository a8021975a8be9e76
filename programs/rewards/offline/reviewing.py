"""What is held for review gets its verdict by somebody of the brand."""

from django.db import transaction

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.rewards.offline.errors import AlreadyDecided, NoGap
from programs.rewards.offline.items import read_item
from programs.rewards.offline.judging import judge, refuse
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.selectors import find_till
from programs.rewards.offline.settling import catch_up
from programs.rewards.offline.tills import locked
from programs.rewards.offline.verdicts import HELD


def decide_scan(principal: Principal, scan_ref: str, *, accept: bool, note: str = "") -> OfflineScan:
    """Decides on an item that is held. Accepted, it is judged as if nothing had held it, as of the till's time (of
    the token's own, where the till's clock is not believed), and its verdict may still be that the voucher was used or
    over. Not accepted, it is refused and written down as a loss. Repeating it is refused.
    Refusals: NotFound, Forbidden, AlreadyDecided."""
    uuid = as_uuid(scan_ref)
    scans = OfflineScan.objects.filter(pk=uuid) if uuid else OfflineScan.objects.none()
    scans = scans if principal.brand_ids is None else scans.filter(till__brand__in=principal.brand_ids)
    found = scans.select_related("till").first()
    if found is None:
        raise NotFound("There is no such item.")
    principal.require("offline_scans.decide", found.till.brand_id)
    with transaction.atomic():
        till = locked(found.till_id)
        scan = OfflineScan.objects.select_related("voucher", "member").get(pk=found.pk)
        if scan.verdict != HELD:
            raise AlreadyDecided(verdict=scan.verdict)
        scan.decided_by, scan.decided_at = principal.actor, clock.now()
        item = read_item(scan.item)
        if accept:
            judge(principal, till, item, scan, is_lifted=True)
        else:
            refuse(till, item, scan, detail=note)
        scan.save()
    return scan


def give_up_missing(principal: Principal, till_ref: str, *, reason: str = "") -> TillDevice:
    """Goes on without the items that a till never brought: those that wait behind the gap are settled. Should they come
    after all, they are held. Refusals: NotFound, Forbidden, NoGap (when repeated too)."""
    till = find_till(principal, till_ref, "offline_scans.decide")
    with transaction.atomic():
        till = locked(till.pk)
        early = OfflineScan.objects.filter(till=till, sequence__gt=till.last_sequence, is_forked=False)
        scan = early.order_by("sequence").first()
        if scan is None or scan.sequence == till.last_sequence + 1:
            raise NoGap()
        given_up = {"from": till.last_sequence + 1, "to": scan.sequence - 1}
        till.last_sequence, till.last_digest = scan.sequence - 1, scan.previous
        till.save(update_fields=["last_sequence", "last_digest"])
        data = {"reason": reason, "actor": principal.actor, **given_up}
        log.record("till.gap_given_up", brand_id=till.brand_id, aggregate_id=till.id, data=data)
    catch_up(principal, till.pk)
    till.refresh_from_db()
    return till
