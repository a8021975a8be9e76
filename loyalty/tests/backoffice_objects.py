"""The registry of objects: for every model that the portal shows, how a brand gets one and which way leads from it to
the brand. A new screen needs a new entry, else the tests that walk the portal say so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from ledger.models import Account, Hold, LedgerEntry, Lot, LotChange, LotUse, Posting, Seal
from loyalty import clock
from loyalty.events import log
from loyalty.events.models import Event
from loyalty.identity import keys
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.devices.models import Device
from loyalty.identity.models import Brand, BrandMember, Member, Person, ServerKey, Staff
from loyalty.identity.signon.models import SignOn
from loyalty.portal.models import SavedView
from loyalty.runs.models import Run
from programs.activity.models import Purchase, Return, Submission
from programs.earning.models import Campaign, EventType, LimitCounter, ProgramLink, RuleSet, Segment, SegmentMember
from programs.membership.models import Membership, Program, Tier
from programs.membership.operations import create_program

Maker = Callable[["House"], None]  # noqa: F821


@dataclass(frozen=True)
class Kind:
    """One model: its path to the brand, as the tests know it (the screens' own word is what is judged), and what makes
    one for a house; None where the house has it anyway. `is_platforms`: brand staff have no screen of it."""

    path: str | None
    make: Maker | None = None
    is_platforms: bool = False


KINDS: dict[type[models.Model], Kind] = {
    Account: Kind("unit__brand"),
    BlacklistedToken: Kind(None, is_platforms=True),
    Brand: Kind("pk"),
    BrandMember: Kind("brand"),
    LedgerEntry: Kind("unit__brand"),
    Lot: Kind("account__unit__brand"),
    LotUse: Kind("lot__account__unit__brand"),
    LotChange: Kind("lot__account__unit__brand"),
    Member: Kind("known_to__brand"),
    Membership: Kind("program__brand"),
    OutstandingToken: Kind(None, is_platforms=True),
    Person: Kind("posts__brand"),
    Posting: Kind("brand"),
    ProcrastinateJob: Kind(None, is_platforms=True),
    Program: Kind("brand"),
    Seal: Kind(None, is_platforms=True),
    Staff: Kind("brand"),
    Tier: Kind("program__brand"),
}
"""In the order of their making, after what `build_house` makes first."""


PARAMETERS: dict[str, type[models.Model] | None] = {
    "brand_id": Brand,
    "campaign_id": Campaign,
    "card_id": Membership,
    "program_id": Program,
    "ruleset_id": RuleSet,
    "run_id": Run,
    "view_id": SavedView,
    # What names nothing of a brand's: apps, words, and a person's own second factors.
    "app_label": None,
    "content_type_id": None,
    "pk": None,
    "recipe_key": None,
    "url": None,
}
"""Whose id stands in a page's address under another name than `object_id`, which is an object of the screen."""


THERE_FOR_SOME = {
    "admin:exchange_pool_top_up": "only the brand that issues the points knows of their payment",
    "admin:exchange_pool_withdraw": "only the brand that issues the points gives their payment back",
    "admin:exchange_settlement_pay": "only the brand that is owed says that it was paid",
    "admin:autocomplete": "drop-downs are the business of the screen that they ask",
    "admin:loyalty_approvalrequest_approve": "nobody decides on their own request",
    "admin:loyalty_approvalrequest_reject": "nobody decides on their own request",
    "admin:loyalty_approvalrequest_withdraw": "nobody takes back another's request",
    "admin:loyalty_member_bulk": "not every run works on chosen members",
    "admin:loyalty_member_columns": "not every run is an import that waits for its columns",
    "admin:loyalty_member_note_change": "it names the note in its query",
    "admin:loyalty_run_file": "files of members are for admins",
    "sign_out_everywhere": "whoever has signed out is sent to sign in",
}
"""Pages that answer as if they were not there to some of those who may open them, and why."""


def kind(model: type[models.Model], path: str, *, is_platforms: bool = False):
    """Enters a function as the maker of a model's object."""

    def enter(make: Maker) -> Maker:
        KINDS[model] = Kind(path, make, is_platforms)
        return make

    return enter


@kind(Purchase, "program__brand")
def make_purchase(house) -> None:
    earned = house.move("earn", 400, "p1", reference=f"{house.code.upper()}-R1", data=house.saying("lunch"))
    house.earned = earned.public_id
    Purchase.objects.create(
        id=earned.public_id, program=house.program, member=house.member, reference=f"{house.code.upper()}-R1",
        amount_minor=40_000, currency="EUR", location_id=f"{house.code} street", occurred_at=clock.now(),
    )  # fmt: skip


@kind(Return, "program__brand")
def make_return(house) -> None:
    Return.objects.create(
        program=house.program, member=house.member, purchase=house.objects(Purchase).get(),
        reference=f"{house.code.upper()}-B1", amount_minor=100, currency="EUR", occurred_at=clock.now(),
    )  # fmt: skip


@kind(Hold, "account__unit__brand")
def make_hold(house) -> None:
    house.move("redeem", 50, "r1", data=house.saying("coffee"))
    house.held = house.move("hold", 20, "h1", expires_at=clock.now() + timedelta(hours=1)).public_id


@kind(Event, "brand_id")
def make_event(house) -> None:
    with transaction.atomic():
        log.record(
            "test.happened", brand_id=house.brand.pk, aggregate_id=house.member.pk,
            data={"told": f"{house.code} event"},
        )  # fmt: skip


@kind(Submission, "brand", is_platforms=True)
def make_submission(house) -> None:
    Submission.objects.create(
        brand=house.brand, program=house.program, member=house.member, kind="earn", actor=house.code,
        key=f"{house.code}-k", fingerprint=b"0" * 32, body={},
    )  # fmt: skip


@kind(ServerKey, "brand")
def make_server_key(house) -> None:
    keys.create_server_key(house.brand, name=f"{house.code} till", scopes=["read", "earn"])


@kind(ApprovalRequest, "brand")
def make_approval_request(house) -> None:
    ApprovalRequest.objects.create(
        brand=house.brand, kind="points.adjust", summary=f"+5,000 {house.code}points",
        payload={"membership_id": str(house.membership.pk), "points": 5_000}, subject_id=house.membership.pk,
        reason=f"{house.code} says sorry", requested_by=house.people["staff"],
    )  # fmt: skip


@kind(Device, "person__posts__brand")
def make_devices(house) -> None:
    for role, person in house.people.items():
        Device.objects.create(person=person, fingerprint=f"{house.code} {role}", label=f"{house.code} browser")


@kind(SavedView, "brand")
def make_saved_view(house) -> None:
    SavedView.objects.create(
        person=house.people["admin"], brand=house.brand, screen="loyalty_member", name=f"{house.code} view", query="q=x"
    )


@kind(Run, "brand")
def make_run(house) -> None:
    Run.objects.create(
        brand=house.brand, kind="members.export", title=f"{house.code} export", file_name=f"{house.code}.csv",
        status="done", total=1, done=1, failed=1, started_by=house.people["admin"], file=f"{house.code} file",
        mistakes=[{"row": 2, "field": "email", "code": "invalid", "detail": f"{house.code} mistake"}],
    )  # fmt: skip


@kind(SignOn, "brand")
def make_sign_on(house) -> None:
    SignOn.objects.create(
        brand=house.brand, slug=house.code, name=f"{house.code} accounts", issuer=f"https://login.{house.code}.example",
        client_id=f"{house.code} loyalty", client_secret=f"{house.code} provider secret",
        role_by_group={f"{house.code} bosses": "admin"}, email_domains=[f"{house.code}.example"],
        break_glass=[house.people["admin"].pk],
    )  # fmt: skip


@kind(LogEntry, "user__posts__brand", is_platforms=True)
def make_log_entry(house) -> None:
    ContentType.objects.clear_cache()
    LogEntry.objects.create(
        user=house.people["admin"], content_type=ContentType.objects.get_for_model(Program),
        object_id=str(house.program.pk), object_repr=str(house.program), action_flag=CHANGE,
        change_message=f"{house.code} changed it",
    )  # fmt: skip


@kind(RuleSet, "program__brand")
def make_rule_set(house) -> None:
    rule = {"key": "welcome", "name": f"{house.code} welcome", "trigger": "member.joined",
            "effects": [{"type": "points.fixed", "points": 5}]}  # fmt: skip
    RuleSet.objects.create(
        program=house.program,
        # Not the same of every house, so that one can ask for another's.
        version=sum(house.code.encode()),
        note=f"{house.code} note",
        document={"rules": [rule]},
        created_by="system:test",
    )


@kind(Campaign, "program__brand")
def make_campaign(house) -> None:
    Campaign.objects.create(
        program=house.program, key=f"{house.code}-spring", name=f"{house.code} spring",
        description=f"{house.code} idea", created_by="system:test", status="active", activated_at=clock.now(),
        budget_points=1_000, goal_metric="purchases", goal_target=1_000, goal_points=5,
        rules=[{"key": f"{house.code}-spring", "name": f"{house.code} spring",
                "trigger": "order.paid", "effects": [{"type": "points.fixed", "points": 5}]}],
    )  # fmt: skip


@kind(Segment, "brand")
def make_segment(house) -> None:
    segment = Segment.objects.create(brand=house.brand, key=f"{house.code}-vip", name=f"{house.code} guests")
    SegmentMember.objects.create(segment=segment, member=house.member)


@kind(EventType, "brand")
def make_event_type(house) -> None:
    EventType.objects.create(brand=house.brand, name=f"{house.code}.review", label=f"{house.code} review")


@kind(LimitCounter, "program__brand")
def make_limit_counter(house) -> None:
    LimitCounter.objects.create(
        program=house.program, scope="member", owner=f"{house.code}-welcome", subject=str(house.member.pk),
        period="ever", points=5, times=1,
    )  # fmt: skip


@kind(ProgramLink, "program__brand")
def make_program_link(house) -> None:
    other, _is_new = Brand.objects.get_or_create(code="ferry", defaults={"name": "The Ferry"})
    partner = other.programs.first() or create_program(other, code="FERRY", name="Ferry Miles", unit_name="miles")
    ProgramLink.objects.create(program=house.program, partner=partner, earn_points=1, earn_per_minor=100)
    # One more of theirs, for a link that is proposed.
    if not other.programs.filter(code="NIGHTFERRY").exists():
        create_program(other, code="NIGHTFERRY", name="Night Ferry Miles", unit_name="night miles")
