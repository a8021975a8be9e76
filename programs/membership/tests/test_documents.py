"""A program as one document: read strictly, compared, applied, written again."""

import json
import sys
from decimal import Decimal
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ledger.posting import Move, post_one
from loyalty.errors import Invalid
from loyalty.events.models import Event
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Brand, Person, Staff
from programs.membership.applying import ChangedMeanwhile, apply, changes_of
from programs.membership.document_form import FIELDS
from programs.membership.documents import document_of, dump, parse
from programs.membership.models import Program
from programs.membership.operations import archive_program, tier_terms_of, update_program, values_of

GIFT_SHOP = """
brand: {code: gift-shop, name: Gift Shop}
program: {code: GIFT, name: Gift Shop Points, timezone: Europe/London}
earning: {currency: GBP, points: 5, per: "100.00"}
expiry: {months: 12}
returns: {policy: debt}
tiers:
  - {code: platinum, name: Platinum, points_min: 220}
  - {code: gold, name: Gold, points_min: 95, benefits: Free wrapping}
  - {code: silver, name: Silver, points_min: 30}
  - {code: bronze, name: Bronze, points_min: 0}
"""


@pytest.fixture
def gift(db):
    return apply(parse(GIFT_SHOP))


@pytest.fixture
def file(tmp_path):
    """A function that writes text to a file and gives its path."""

    def write(text):
        path = tmp_path / "program.yaml"
        path.write_text(text)
        return str(path)

    return write


def run(command, *args):
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue().splitlines()


def mistakes(text):
    with pytest.raises(Invalid) as refusal:
        parse(text)
    return [(error["pointer"], error["code"]) for error in refusal.value.errors]


def test_a_document_makes_the_brand_the_program_and_its_tiers(gift):
    values = values_of(gift)

    assert (gift.brand.code, gift.brand.name) == ("gift-shop", "Gift Shop")
    assert (values["money_currency"], values["earn_points"], values["earn_per"]) == ("GBP", 5, Decimal("100.00"))
    assert (values["expiry_months"], values["timezone"], values["return_policy"]) == (12, "Europe/London", "debt")
    assert [(tier.code, tier.points_min) for tier in tier_terms_of(gift)] == [
        ("bronze", 0), ("silver", 30), ("gold", 95), ("platinum", 220),
    ]  # fmt: skip
    assert set(Event.objects.values_list("type", flat=True)) == {"brand.created", "program.created"}


def test_applying_again_changes_nothing(gift):
    assert changes_of(parse(GIFT_SHOP)) == []

    again = apply(parse(GIFT_SHOP))

    assert (again.id, again.version) == (gift.id, 1)
    assert Event.objects.count() == 2


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_written_is_read_as_the_same_and_written_the_same(gift, form):
    text = dump(document_of(gift), form=form)

    assert changes_of(parse(text)) == []
    gift.refresh_from_db()
    assert dump(document_of(gift), form=form) == text


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_written_makes_the_same_program_elsewhere(gift, form):
    text = dump(document_of(gift), form=form)

    apply(parse(text.replace("GIFT", "COPY").replace("gift-shop", "elsewhere")))

    made = Program.objects.get(code="COPY")
    assert (values_of(made), tier_terms_of(made)) == (values_of(gift), tier_terms_of(gift))


def test_a_document_has_a_place_for_everything_that_can_be_changed(gift):
    assert set(FIELDS.values()) == set(values_of(gift))


def test_what_a_document_leaves_out_stays_as_it_is(gift):
    apply(parse("program: {code: GIFT}\nearning: {points: 6}"))

    gift.refresh_from_db()
    assert (gift.earn_points, gift.earn_per, gift.expiry_months, gift.tiers.count()) == (6, Decimal(100), 12, 4)


def test_points_that_never_expire_are_said_so(gift):
    apply(parse("program: {code: GIFT}\nexpiry: {months: null}"))

    gift.refresh_from_db()
    assert gift.expiry_months is None


def test_the_differences_are_told_field_by_field(gift):
    document = parse(
        """
        program: {code: GIFT, name: Gifts, community: true}
        earning: {per: "50"}
        expiry: {months: null}
        tiers:
          - {code: bronze, name: Bronze, points_min: 0}
          - {code: silver, name: Silver, points_min: 40}
          - {code: diamond, name: Diamond, points_min: 500}
        """
    )

    assert list(map(str, changes_of(document))) == [
        "~ program/name: Gift Shop Points -> Gifts",
        "~ program/community: no -> yes",
        "~ earning/per: 100.00 -> 50",
        "~ expiry/months: 12 -> never",
        "~ tiers/silver/points_min: 30 -> 40",
        "- tiers/gold: Gold from 95",
        "- tiers/platinum: Platinum from 220",
        "+ tiers/diamond: Diamond from 500",
    ]


def test_every_mistake_is_told_at_once_where_it_stands():
    text = """
    program: {code: "G I", nam: Gift, timezone: Mars, decimal_places: 5.0, community: 1}
    earning: {currency: gbp, points: "5", per: 100.00, pending_days: 99999}
    expiry: {months: 1}
    returns: {policy: shrug}
    tiers:
      - {code: gold, name: Gold}
    colour: red
    """

    assert sorted(mistakes(text)) == [
        ("/colour", "unknown-field"),
        ("/earning/currency", "invalid-format"),
        ("/earning/pending_days", "out-of-range"),
        ("/earning/per", "invalid-type"),
        ("/earning/points", "invalid-type"),
        ("/program/code", "invalid-format"),
        ("/program/community", "invalid-type"),
        ("/program/decimal_places", "invalid-type"),
        ("/program/nam", "unknown-field"),
        ("/program/timezone", "unknown-timezone"),
        ("/returns/policy", "invalid-choice"),
        ("/tiers/0/points_min", "required"),
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", ("", "invalid-type")),
        ("- 1", ("", "invalid-type")),
        ("{}", ("/program", "required")),
        ("program: GIFT", ("/program", "invalid-type")),
        ("program: {code: NO}", ("/program/code", "invalid-type")),
        ('program: {code: "A\\n"}', ("/program/code", "invalid-format")),
        ("program: {code: A}\nprogram: {code: B}", ("", "given-twice")),
        ('{"program": {"code": "A", "code": "B"}}', ("", "given-twice")),
        ("program: {code: A, 1: x}", ("", "invalid-type")),
        ("program: {code: A", ("", "malformed")),
        ("program: &a {code: A}\nearning: *a", ("", "malformed")),
        ("program: {code: !!python/object:object A}", ("", "malformed")),
        ("program: {code: A, name: x}\nearning: {currency: JPY, per: '0.50'}", ("/earning/per", "too-many-decimals")),
        ("program: {code: A}\nearning: {pending_days: 60}\nexpiry: {months: 1}", ("/earning/pending_days",)),
        ("program: {code: A}\ntiers: [{code: a, name: A, points_min: 9}, {code: a, name: B, points_min: 3}]",
         ("/tiers/1/code", "given-twice")),
        ("#" * 300_000, ("", "too-large")),
    ],
)  # fmt: skip
def test_what_cannot_be_a_document_is_refused(text, mistake):
    found = mistakes(text)

    assert len(found) == 1 and found[0][: len(mistake)] == mistake


def test_a_misspelt_field_is_answered_with_the_one_that_was_meant():
    with pytest.raises(Invalid) as refusal:
        parse("program: {code: A, timezon: UTC}")

    assert refusal.value.errors[0]["detail"] == "There is no such field. Did you mean timezone?"


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ("program: {code: NEW}", ["/program/name", "/brand"]),
        ("program: {code: NEW, name: New}\nbrand: {code: nobody}", ["/brand/name"]),
        ("program: {code: GIFT}\nbrand: {code: other, name: Other}", ["/brand/code"]),
    ],
)
def test_a_new_program_needs_a_name_and_a_brand_and_stays_with_it(gift, text, pointers):
    with pytest.raises(Invalid) as refusal:
        changes_of(parse(text))

    assert [error["pointer"] for error in refusal.value.errors] == pointers


def test_changes_that_were_not_shown_are_not_made(gift):
    document = parse("program: {code: GIFT, name: Gifts}\nearning: {points: 6}")
    shown = changes_of(document)
    update_program(gift, {"earn_points": 7})

    with pytest.raises(ChangedMeanwhile):
        apply(document, shown=shown)
    gift.refresh_from_db()
    assert (gift.name, gift.earn_points) == ("Gift Shop Points", 7)


def test_a_refusal_leaves_nothing_behind(db):
    document = parse(GIFT_SHOP)
    document["program"]["timezone"] = "Mars"

    with pytest.raises(Invalid):
        apply(document)
    assert not Brand.objects.exists() and not Program.objects.exists()


def test_the_command_shows_the_differences_and_makes_them(db, file):
    lines = run("apply_program", file(GIFT_SHOP))

    assert lines[:3] == ["+ brand/code: gift-shop", "+ program/code: GIFT", "+ program/name: Gift Shop Points"]
    assert lines[-2:] == ["+ tiers/platinum: Platinum from 220", "GIFT: 13 changes made, version 1"]
    assert run("apply_program", file(GIFT_SHOP)) == ["GIFT: no changes"]


def test_a_dry_run_only_shows(db, file):
    lines = run("apply_program", file(GIFT_SHOP), "--dry-run")

    assert lines[-1] == "GIFT: 13 changes, not made (--dry-run)"
    assert not Program.objects.exists()


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "made"), [("y\n", True), ("n\n", False), ("", False)])
def test_on_a_terminal_the_command_asks(gift, file, monkeypatch, answer, made):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    path = file("program: {code: GIFT, name: Gifts}")

    if made:
        assert run("apply_program", path)[-1].endswith("[y/N] GIFT: 1 change made, version 2")
    else:
        with pytest.raises(CommandError, match="nothing was changed"):
            run("apply_program", path)
    gift.refresh_from_db()
    assert (gift.name == "Gifts") is made


def test_with_yes_the_command_does_not_ask(gift, file, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Terminal(""))

    assert run("apply_program", file("program: {code: GIFT, name: Gifts}"), "--yes")[-1] == (
        "GIFT: 1 change made, version 2"
    )


def test_the_command_tells_every_mistake(db, file):
    with pytest.raises(CommandError) as refusal:
        run("apply_program", file("program: {code: GIFT, nam: x}\nearning: {per: 1.5}"))

    assert [line.split(":")[0].strip() for line in str(refusal.value).splitlines()[1:]] == [
        "/earning/per invalid-type",
        "/program/nam unknown-field",
    ]


def test_decimals_stay_once_points_have_moved(beans, ana_beans, file):
    account, print_ = ana_beans.account_id, sha256(b"x").digest()
    post_one(Move(kind="earn", account_id=account, key="k", fingerprint=print_, actor="t", points=30))

    with pytest.raises(CommandError, match="unit-in-use"):
        run("apply_program", file("program: {code: BEANS, name: Beans, decimal_places: 2}"))
    beans.refresh_from_db()
    assert beans.name == "Cafe Beans"


def test_what_is_archived_cannot_be_applied_to(gift, file):
    archive_program(gift)

    with pytest.raises(CommandError, match="program-archived"):
        run("apply_program", file("program: {code: GIFT, status: active}"))


def test_a_file_that_is_not_there_is_said_so(db, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run("apply_program", str(tmp_path / "nothing.yaml"))


def test_the_export_is_a_document(gift, file):
    text = "\n".join(run("export_program", "GIFT"))
    assert run("apply_program", file(text)) == ["GIFT: no changes"]

    document = json.loads("\n".join(run("export_program", "GIFT", "--format", "json")))
    assert document == document_of(gift)
    earning = {"currency": "GBP", "points": 5, "per": "100.00", "pending_days": 0, "pending_until": ""}
    assert document["earning"] == earning


def test_the_form_of_documents_can_be_had(db):
    assert json.loads("\n".join(run("export_program", "--schema")))["title"] == "A loyalty program"


def test_there_is_no_export_of_what_is_not_there(db):
    with pytest.raises(CommandError, match="no program with the code NONE"):
        run("export_program", "NONE")


class TestTermsThatWait:
    """Where the brand wants a second person for new terms, a document is no way around it."""

    CHANGED = GIFT_SHOP.replace("points: 5", "points: 6").replace("Gift Shop Points", "Gift Points")

    @pytest.fixture
    def guarded(self, gift):
        Brand.objects.update(approval_terms=True)
        Program.objects.update(status="active")
        return gift

    @pytest.fixture
    def asker(self, guarded):
        person = Person.objects.create_user("asker@gift.example", "correct horse battery")
        Staff.objects.create(person=person, brand=guarded.brand, role="admin")
        return person

    def test_nobody_in_particular_publishes_none(self, guarded, file):
        with pytest.raises(CommandError, match="say who asks"):
            run("apply_program", file(self.CHANGED), "--yes")

        assert (Program.objects.get().earn_points, Program.objects.get().name) == (5, "Gift Shop Points")

    def test_somebody_asks_for_them_while_the_rest_is_done(self, asker, operator, file):
        said = run("apply_program", file(self.CHANGED), "--yes", "--as", asker.email, "--reason", "October")

        assert said[-2:] == ["GIFT: 1 change made, version 2", "GIFT: 1 wait for a second person, under Approvals"]
        request = ApprovalRequest.objects.get()
        assert (request.requested_by, request.reason, Program.objects.get().name) == (asker, "October", "Gift Points")
        approve(operator.worker, request)
        assert Program.objects.get().earn_points == 6

    def test_whoever_may_not_change_programs_asks_for_nothing(self, asker, file):
        Staff.objects.update(role="staff")
        with pytest.raises(CommandError, match="forbidden"):
            run("apply_program", file(self.CHANGED), "--yes", "--as", asker.email)

    def test_a_stranger_is_not_taken_for_somebody(self, guarded, file):
        with pytest.raises(CommandError, match="nobody with this e-mail"):
            run("apply_program", file(self.CHANGED), "--yes", "--as", "x@example.com")
