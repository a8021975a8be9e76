"""What is held waits for somebody of the brand, whose decision is carried out once."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.errors import Forbidden, NotFound
from loyalty.events.models import Event
from loyalty.identity.models import Location, Staff
from loyalty.identity.principals import Principal
from programs.rewards.models import VoucherUse
from programs.rewards.offline.errors import AlreadyDecided, NoGap, TillNotQuarantined
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.offline.reviewing import decide_scan, give_up_missing
from programs.rewards.offline.tests.counter import ago, register, shown, sync, verdicts, voucher
from programs.rewards.offline.tills import release_quarantine

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(api):
    return register(api)


def at_work(person, brand, role="staff") -> Principal:
    return Principal(kind="person", id=person.id, actor=f"person:{person.id}", brands={brand.id: role})


@pytest.fixture
def staff(barista, cafe):
    return at_work(barista, cafe)


def held(api, counter, program, at, *, shown_at=None):
    """An item that was held: the row and its item."""
    item = counter.scan(shown(voucher(program), at=shown_at or at), at=at)
    assert [one["verdict"] for one in sync(api, item)] == ["held"]
    return OfflineScan.objects.get(sequence=item["sequence"], is_forked=False), item


def test_an_item_that_is_accepted_is_redeemed_once(api, counter, beans, staff):
    scan, item = held(api, counter, beans, ago(hours=80))

    decided = decide_scan(staff, str(scan.pk), accept=True, note="The line was down")

    assert (decided.verdict, decided.decided_by) == ("accepted", staff.actor)
    assert VoucherUse.objects.get().pk == decided.use_id
    with pytest.raises(AlreadyDecided):
        decide_scan(staff, str(scan.pk), accept=False)
    assert verdicts(api, item) == [("accepted", None)]
    assert VoucherUse.objects.count() == 1


def test_where_the_clock_is_not_believed_the_codes_own_time_counts(api, counter, beans, staff):
    shown_at = ago(minutes=10)
    scan, _ = held(api, counter, beans, datetime(1970, 1, 1, tzinfo=UTC), shown_at=shown_at)

    decide_scan(staff, str(scan.pk), accept=True)

    assert VoucherUse.objects.get().occurred_at == shown_at.replace(microsecond=0)


def test_an_item_that_is_not_accepted_is_a_loss(api, counter, beans, staff):
    scan, item = held(api, counter, beans, ago(hours=80))

    decide_scan(staff, str(scan.pk), accept=False, note="Nobody remembers")

    scan.refresh_from_db()
    assert (scan.verdict, scan.detail) == ("refused", "Nobody remembers")
    assert (scan.loss_points, scan.loss_minor, scan.borne_by) == (100, 500, "brand")
    assert verdicts(api, item) == [("refused", "refused-in-review")]
    assert Event.objects.filter(type="offline.loss").count() == 1


def test_accepting_does_not_make_a_used_voucher_good(api, counter, beans, staff):
    mine, moment = voucher(beans), ago(hours=80)
    late = counter.scan(shown(mine, at=moment), at=moment)
    sync(api, late, counter.scan(shown(mine, at=ago(minutes=1)), at=ago(minutes=1)))

    decided = decide_scan(staff, str(OfflineScan.objects.get(sequence=1).pk), accept=True)

    assert (decided.verdict, decided.reason, decided.loss_points) == ("already_used", "voucher-used-up", 100)


def test_only_staff_of_the_brand_decide(api, counter, beans, barista, cafe, bistro):
    scan, _ = held(api, counter, beans, ago(hours=80))

    with pytest.raises(Forbidden):
        decide_scan(at_work(barista, cafe, "partner"), str(scan.pk), accept=True)
    for ref, brand in ((scan.pk, bistro), ("nothing", cafe)):
        with pytest.raises(NotFound):
            decide_scan(at_work(barista, brand), str(ref), accept=True)


def forked(api, counter, program):
    """A till in quarantine after its first item, with the item that put it there."""
    moment = ago(minutes=5)
    first = counter.scan(shown(voucher(program), at=moment), at=moment)
    end, counter.last = counter.last, (0, "")
    twin = counter.scan(shown(voucher(program), at=moment), at=moment)
    sync(api, first, twin)
    counter.last = end
    return twin


def test_a_till_that_is_released_goes_on_after_the_last_item_in_the_books(api, counter, beans, staff):
    twin = forked(api, counter, beans)
    scan, _ = held(api, counter, beans, ago(minutes=4))

    release_quarantine(staff, counter.id, reason="Restored from a copy")

    later = counter.scan(shown(voucher(beans), at=ago(minutes=3)), at=ago(minutes=3))
    assert verdicts(api, twin, later) == [("held", "forked"), ("accepted", None)]
    assert TillDevice.objects.get().status == "active"
    assert decide_scan(staff, str(scan.pk), accept=True).verdict == "accepted"
    forked_scan = OfflineScan.objects.get(is_forked=True)
    assert decide_scan(staff, str(forked_scan.pk), accept=True).verdict == "accepted"
    assert VoucherUse.objects.count() == 4
    with pytest.raises(TillNotQuarantined):
        release_quarantine(staff, counter.id)


def test_what_never_comes_is_given_up_and_the_rest_settled(api, counter, beans, staff):
    moments = [ago(minutes=10) + timedelta(seconds=n) for n in range(4)]
    items = [counter.scan(shown(voucher(beans), at=moment), at=moment) for moment in moments]
    sync(api, items[0], items[2], items[3])

    till = give_up_missing(staff, counter.id, reason="The tablet fell into the sink")

    assert till.last_sequence == 4
    assert verdicts(api, *items) == [
        ("accepted", None), ("held", "given-up"), ("accepted", None), ("accepted", None)
    ]  # fmt: skip
    assert TillDevice.objects.get().status == "active"
    with pytest.raises(NoGap):
        give_up_missing(staff, counter.id)


def test_an_item_decided_on_while_others_were_missing_keeps_its_verdict(api, counter, beans, staff):
    moments = [ago(minutes=10) + timedelta(seconds=n) for n in range(3)]
    items = [counter.scan(shown(voucher(beans), at=moment), at=moment) for moment in moments]
    sync(api, items[1], items[2])
    decide_scan(staff, str(OfflineScan.objects.get(sequence=2).pk), accept=False)

    assert verdicts(api, *items) == [("accepted", None), ("refused", "refused-in-review"), ("accepted", None)]


def test_a_partners_till_makes_the_partner_bear_the_loss(as_person, barista, cafe, beans):
    market = Location.objects.create(brand=cafe, code="market", name="Market square")
    Location.objects.create(brand=cafe, code="station", name="Station")
    Staff.objects.filter(person=barista).update(role="partner", location=market)
    client = as_person(barista)
    counter, mine, moment = register(client), voucher(beans), ago(minutes=5)
    items = [counter.scan(shown(mine, at=moment), at=moment) for _ in range(2)]

    assert [one["verdict"] for one in sync(client, *items)] == ["accepted", "already_used"]
    scan = OfflineScan.objects.get(sequence=2)
    assert (scan.borne_by, scan.loss_minor) == ("partner", 500)
    assert VoucherUse.objects.get().location_id == market.pk


def test_a_bound_post_brings_only_what_its_location_did(api, as_person, barista, cafe, beans):
    market = Location.objects.create(brand=cafe, code="market", name="Market square")
    Staff.objects.filter(person=barista).update(location=market)
    counter, moment = register(api), ago(minutes=5)
    item = counter.scan(shown(voucher(beans), at=moment), at=moment)

    assert verdicts(as_person(barista), item) == [("refused", "other-location")]
    assert verdicts(api, item) == [("accepted", None)]
