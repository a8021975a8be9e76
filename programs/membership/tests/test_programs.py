"""Programs opened, changed and archived."""

from decimal import Decimal
from hashlib import sha256

import pytest

from ledger.models import Account, Balance
from ledger.posting import Move, post_one
from ledger.units import UnitInUse
from loyalty.errors import Invalid
from loyalty.events.models import Event
from programs.membership.errors import ProgramArchived, ProgramCodeTaken
from programs.membership.models import Program
from programs.membership.operations import archive_program, create_program, tier_terms_of, update_program
from programs.membership.validity import TierTerms

SILVER, GOLD = TierTerms("silver", "Silver", 30), TierTerms("gold", "Gold", 95)


def post(membership, kind, points=0, **more):
    key = f"{kind} {points}"
    print_ = sha256(key.encode()).digest()
    account_id = membership.account_id
    return post_one(
        Move(kind=kind, account_id=account_id, key=key, fingerprint=print_, actor="test", points=points, **more)
    )


def test_a_new_program_has_a_unit_of_its_own_its_tiers_and_an_event(cafe):
    program = create_program(cafe, code="SKY", name="Sky", unit_name="miles", tiers=[GOLD, SILVER], actor="person:x")

    program = Program.objects.get(id=program.id)
    assert (program.code, program.version, program.status, program.unit.name) == ("SKY", 1, "active", "miles")
    assert Account.objects.filter(unit=program.unit).exclude(kind="member").count() == 7
    assert tier_terms_of(program) == [SILVER, GOLD]
    event = Event.objects.get(aggregate_id=program.id)
    assert (event.type, event.brand_id, event.program_id) == ("program.created", cafe.id, program.id)
    assert event.data == {"actor": "person:x", "code": "SKY"}


def test_a_code_is_given_once_on_the_platform(beans, bistro):
    with pytest.raises(ProgramCodeTaken):
        create_program(bistro, code="BEANS", name="Also beans")
    assert Program.objects.count() == 1
    assert not bistro.units.exists()


@pytest.mark.parametrize(
    ("terms", "pointer", "code"),
    [
        ({"code": "no spaces"}, "/code", "invalid-format"),
        ({"name": " "}, "/name", "invalid-length"),
        ({"unit_name": "x" * 31}, "/currency", "invalid-length"),
        ({"decimal_places": 7}, "/decimal_places", "out-of-range"),
        ({"timezone": "Europe/Londres"}, "/timezone", "unknown-timezone"),
        ({"money_currency": "eur"}, "/money_currency", "invalid-format"),
        ({"earn_per": Decimal(0)}, "/earn_per", "out-of-range"),
        ({"earn_per": Decimal("0.5"), "money_currency": "JPY"}, "/earn_per", "too-many-decimals"),
        ({"earn_per": Decimal("0.005")}, "/earn_per", "too-many-decimals"),
        ({"earn_points": -1}, "/earn_points", "out-of-range"),
        ({"expiry_months": 1, "pending_days": 29}, "/pending_days", "longer-than-expiry"),
        ({"return_policy": "shrug"}, "/return_policy", "invalid-choice"),
        ({"redeem_points_min": 0}, "/redeem_points_min", "out-of-range"),
        ({"tier_months": 0}, "/tier_months", "out-of-range"),
        ({"tiers": [SILVER, TierTerms("silver", "Other", 40)]}, "/tiers/1/code", "given-twice"),
        ({"tiers": [SILVER, TierTerms("other", "Other", 30)]}, "/tiers/1/points_min", "given-twice"),
    ],
)
def test_terms_that_cannot_be_are_refused(cafe, terms, pointer, code):
    with pytest.raises(Invalid) as refusal:
        create_program(cafe, **({"code": "SKY", "name": "Sky"} | terms))

    assert [(error["pointer"], error["code"]) for error in refusal.value.errors] == [(pointer, code)]
    assert not Program.objects.exists()


def test_every_mistake_is_told_at_once(cafe):
    with pytest.raises(Invalid) as refusal:
        create_program(cafe, code="SKY", name="", timezone="Mars", earn_points=-1, tiers=[TierTerms("", "x", -1)])

    assert [error["pointer"] for error in refusal.value.errors] == [
        "/name",
        "/earn_points",
        "/timezone",
        "/tiers/0/code",
        "/tiers/0/points_min",
    ]


def test_a_change_raises_the_version_and_is_told_with_what_was_before(beans):
    changed = update_program(beans, {"name": "Beans", "earn_per": Decimal("2.50"), "kind": "points"}, actor="person:x")

    assert (changed.version, changed.name, changed.earn_per) == (2, "Beans", Decimal("2.50"))
    assert Event.objects.get(aggregate_id=beans.id).data == {
        "actor": "person:x",
        "changes": {"name": {"from": "Cafe Beans", "to": "Beans"}, "earn_per": {"from": "1.00", "to": "2.50"}},
    }


def test_a_change_to_what_is_already_so_changes_nothing(beans):
    update_program(beans, {"name": "Cafe Beans", "earn_per": Decimal("1.0"), "unit_name": "beans"}, tiers=[])

    beans.refresh_from_db()
    assert beans.version == 1
    assert not Event.objects.filter(aggregate_id=beans.id).exists()


def test_tiers_can_swap_their_thresholds(beans):
    update_program(beans, {}, tiers=[SILVER, GOLD])

    changed = update_program(beans, {}, tiers=[TierTerms("silver", "Silver", 95), TierTerms("gold", "Gold", 30)])

    assert changed.version == 3
    assert [(tier.code, tier.points_min) for tier in tier_terms_of(beans)] == [("gold", 30), ("silver", 95)]


def test_how_points_are_written_can_change_until_some_have_moved(beans, ana_beans):
    assert update_program(beans, {"decimal_places": 2}).unit.decimal_places == 2

    post(ana_beans, "earn", 5)

    with pytest.raises(UnitInUse):
        update_program(beans, {"decimal_places": 0})
    assert update_program(beans, {"unit_name": "grains"}).unit.name == "grains"


def test_a_new_limit_of_debt_holds_for_members_at_once(beans, ana_beans):
    update_program(beans, {"debt_max": 50})
    assert Balance.objects.get(account_id=ana_beans.account_id).debt_max == 50

    update_program(beans, {"return_policy": "refuse"})
    assert Balance.objects.get(account_id=ana_beans.account_id).debt_max == 0


def test_a_new_limit_of_debt_leaves_who_owes_more_where_they_are(beans, ana_beans, ben_beans):
    earned = post(ana_beans, "earn", 100)
    post(ana_beans, "redeem", 100)
    post(ana_beans, "reverse", target=earned.public_id)

    update_program(beans, {"debt_max": 10})

    limits = {balance.account_id: balance.debt_max for balance in Balance.objects.all()}
    assert limits == {ana_beans.account_id: 100, ben_beans.account_id: 10}


def test_archiving_twice_is_told_once(beans):
    archive_program(beans)
    archived = archive_program(beans)

    assert (archived.status, archived.version) == ("archived", 2)
    assert Event.objects.get(aggregate_id=beans.id).type == "program.archived"


def test_what_is_archived_is_not_changed(beans):
    archive_program(beans)

    with pytest.raises(ProgramArchived):
        update_program(beans, {"status": "active"})
