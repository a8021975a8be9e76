"""One voucher by hand, and what is written with it."""

from datetime import timedelta

import pytest
from django.db import transaction

from loyalty import clock
from loyalty.errors import Forbidden, Invalid, NotFound
from loyalty.events.models import Event
from programs.membership.errors import ProgramArchived
from programs.rewards.models import Reward, Voucher
from programs.rewards.vouchers import codes, errors
from programs.rewards.vouchers.codes import has_right_check
from programs.rewards.vouchers.issue import issue_voucher
from programs.rewards.vouchers.operations import NewVoucher, create_voucher
from programs.rewards.vouchers.terms import expiry_of


@pytest.fixture
def five_off(beans) -> Reward:
    return Reward.objects.create(
        program=beans, code="five-off", name="Five off", kind="discount", discount_kind="amount", value_minor=500,
        order_minor_min=2_000, voucher_days=30, uses_max=2, locations=["canal"],
    )  # fmt: skip


def test_a_voucher_has_a_code_of_its_own_and_the_terms_of_its_reward(till, five_off, ana):
    now = clock.now()
    with clock.at(now):
        voucher = create_voucher(till, NewVoucher(program="BEANS", kind="personal", reward="five-off", member="ana"))

    assert has_right_check(voucher.code)
    assert (voucher.member, voucher.reward, voucher.uses_max, voucher.status) == (ana, five_off, 2, "issued")
    assert voucher.expires_at == expiry_of(five_off, now) == now + timedelta(days=30)
    assert voucher.terms["value_minor"] == 500
    assert voucher.terms["locations"] == ["canal"]


def test_a_change_of_the_reward_does_not_reach_it(till, five_off):
    voucher = create_voucher(till, NewVoucher(program="BEANS", reward="five-off"))
    five_off.value_minor = 1
    five_off.save()

    voucher.refresh_from_db()
    assert voucher.terms["value_minor"] == 500


def test_its_event_tells_everything_but_the_code(till, five_off, ana):
    voucher = create_voucher(till, NewVoucher(program="BEANS", kind="personal", reward="five-off", member="ana"))

    event = Event.objects.get(type="voucher.issued")
    assert (event.aggregate_id, event.member_id, event.brand_id) == (voucher.pk, ana.pk, voucher.brand_id)
    assert event.data["reward"] == "five-off"
    assert voucher.code not in str(event.data)


def test_what_is_used_by_being_claimed_is_redeemed_at_once(beans, ana):
    with transaction.atomic():
        voucher = issue_voucher(program=beans, actor="x", kind="personal", member=ana, status="redeemed", points=100)

    assert (voucher.status, voucher.uses, voucher.points) == ("redeemed", 1, 100)
    assert list(Event.objects.order_by("id").values_list("type", flat=True)) == ["voucher.claimed", "voucher.redeemed"]


def test_a_brand_chooses_the_code_of_a_generic_voucher_once(till, beans):
    voucher = create_voucher(till, NewVoucher(program="BEANS", kind="generic", code="Summer-26", is_endless=True))

    assert (voucher.code, voucher.uses_max) == ("SUMMER26", None)
    with pytest.raises(errors.CodeTaken):
        create_voucher(till, NewVoucher(program="BEANS", kind="generic", code="summer26"))


def test_a_code_that_there_is_already_is_thrown_again(till, beans, monkeypatch):
    taken = create_voucher(till, NewVoucher(program="BEANS"))
    fresh = codes.new_code()
    thrown = iter([taken.code, taken.code, fresh])
    monkeypatch.setattr(codes, "new_code", lambda: next(thrown))

    assert create_voucher(till, NewVoucher(program="BEANS")).code == fresh


def test_a_birthday_voucher_is_given_once_in_a_year(till, five_off, ana):
    new = NewVoucher(program="BEANS", kind="birthday", reward="five-off", member="ana")
    first = create_voucher(till, new)

    with pytest.raises(errors.AlreadyGiven):
        create_voucher(till, new)
    with clock.at(clock.now() + timedelta(days=366)):
        assert create_voucher(till, new).pk != first.pk


def test_a_gift_card_holds_its_value_and_is_used_until_that_is_gone(till, beans):
    card = create_voucher(till, NewVoucher(program="BEANS", kind="gift", value_minor=2_500))

    assert (card.value_minor, card.balance_minor, card.uses_max) == (2_500, 2_500, None)


@pytest.mark.parametrize(
    ("new", "pointers"),
    [
        ({"kind": "stamps"}, ["/kind"]),
        ({"kind": "generic", "code": "AB"}, ["/code"]),
        ({"kind": "generic", "code": "A---"}, ["/code"]),
        ({"kind": "generic", "code": "A" * 41}, ["/code"]),
        ({"kind": "generic", "code": "ÄPFEL"}, ["/code"]),
        ({"kind": "unique", "code": "SUMMER"}, ["/code"]),
        ({"kind": "personal"}, ["/member_id"]),
        ({"kind": "gift"}, ["/value"]),
        ({"kind": "gift", "reward": "five-off"}, ["/kind"]),
        ({"kind": "birthday", "code": "X"}, ["/code", "/code", "/member_id"]),
    ],
)
def test_what_makes_no_sense_is_refused_with_every_mistake(till, five_off, new, pointers):
    with pytest.raises(Invalid) as refusal:
        create_voucher(till, NewVoucher(program="BEANS", **new))

    assert [error["pointer"] for error in refusal.value.errors] == pointers
    assert Voucher.objects.count() == 0


def test_it_ends_after_it_begins_and_in_the_future(till, beans):
    now = clock.now()
    for starts, ends in ((None, now - timedelta(days=1)), (now + timedelta(days=2), now + timedelta(days=1))):
        with pytest.raises(Invalid):
            create_voucher(till, NewVoucher(program="BEANS", starts_at=starts, expires_at=ends))


def test_no_vouchers_of_what_is_not_there_or_not_ones_own(till, five_off, beans, bistro):
    with pytest.raises(NotFound):
        create_voucher(till, NewVoucher(program="BEANS", reward="nothing"))
    with pytest.raises(NotFound):
        create_voucher(till, NewVoucher(program="BEANS", kind="personal", member="nobody"))
    stranger = type(till)(kind="key", id=till.id, actor="key:x", brands={bistro.id: "key"}, scopes=till.scopes)
    with pytest.raises(NotFound):
        create_voucher(stranger, NewVoucher(program="BEANS"))
    partner = type(till)(kind="person", id=till.id, actor="person:x", brands={beans.brand_id: "partner"})
    with pytest.raises(Forbidden):
        create_voucher(partner, NewVoucher(program="BEANS"))
    beans.status = "archived"
    beans.save()
    with pytest.raises(ProgramArchived):
        create_voucher(till, NewVoucher(program="BEANS"))
