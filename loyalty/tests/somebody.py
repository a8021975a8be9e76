"""One person of whom something lies in every table where it can: a member of two brands, who logs in and once worked
for one of them. What is known of them stands in LITERALS; `marks` are words of others about them."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.admin.models import LogEntry
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from exchange.households.models import Household, HouseholdMember
from exchange.rates.tests.pairs import open_pair
from exchange.requests.models import ExchangeStep
from loyalty import clock
from loyalty.events import log
from loyalty.history.acting import acting
from loyalty.http.models import IdempotencyRecord
from loyalty.identity import notes, operations
from loyalty.identity.approvals.operations import approve, reject, request_approval
from loyalty.identity.devices import codes
from loyalty.identity.devices.models import Device
from loyalty.identity.models import Brand, Member, Person, Staff
from loyalty.identity.signon.models import SignOn
from loyalty.portal.models import SavedView
from loyalty.runs import operations as runs
from loyalty.runs.models import Run, RunItem
from loyalty.testing.clients import JsonClient, with_login
from loyalty.tests import messages_objects, receipts_objects
from programs.activity.inbound.models import InboundEvent
from programs.activity.models import MemberEvent, PassedOn, Purchase, Submission
from programs.earning.models import LimitCounter, ProgramLink, Referral, Segment, SegmentMember
from programs.membership.enrolment import enrol
from programs.membership.models import Membership, Program, TierChange
from programs.membership.operations import create_program
from programs.rewards.issuing.models import Grant
from programs.rewards.models import Reward, RewardTaken, StockHold, Voucher
from programs.rewards.offline.models import OfflineScan, TillDevice
from programs.rewards.vouchers.issue import issue_voucher

NAME, FORMER_NAME = "Persephone Quillfeather", "Persephone Vandermolen"
EMAIL, FORMER_EMAIL = "persephone.q@private-mail.example", "seph@former-mail.example"
PHONE, STREET = "+31687654321", "Lavender Lane 77b"
LITERALS = [
    NAME, FORMER_NAME, EMAIL, FORMER_EMAIL, PHONE, "687654321", "1984-02-29", STREET, "9731 QX", "Quillmonde",
    "CRM-88213-PQ", "BIS-4471-PQ", "203.0.113.77", "Quillbrowser",
]  # fmt: skip
PROFILE = {
    "name": FORMER_NAME, "email": FORMER_EMAIL, "phone": PHONE, "birth_date": "1984-02-29",
    "address": {"street": STREET, "postal_code": "9731 QX", "city": "Quillmonde", "country": "NL"},
    "preferences": {"nickname": "zqprefsqz"}, "consents": {"zqpurposeqz": True},
}  # fmt: skip
CSV = f"number;name;e-mail;phone\nCRM-88213-PQ;{NAME};{EMAIL};{PHONE}\n"


@dataclass
class Somebody:
    """The person, and the words about them that were planted, by where."""

    member: Member
    person: Person
    membership: Membership
    marks: list[str] = field(default_factory=list)

    def mark(self, where: str) -> str:
        """A word that stands nowhere else."""
        word = f"zq{where}qz"
        self.marks.append(word)
        return word


def build(cafe: Brand, beans, ben_beans, manager: Person, barista: Person, api) -> Somebody:
    """Plants all of it."""
    made = api.post("/api/members", PROFILE | {"external_id": "CRM-88213-PQ"}, HTTP_IDEMPOTENCY_KEY="zqcreatekeyqz")
    assert made.status_code == 201, made.content
    member = Member.objects.get(pk=made.json()["id"])
    person = Person.objects.create_user(FORMER_EMAIL, "correct horse battery", name=FORMER_NAME)
    Member.objects.filter(pk=member.pk).update(person=person)
    somebody = Somebody(member, person, enrol(beans, member))
    somebody.marks += ["zqcreatekeyqz", "zqprefsqz", "zqpurposeqz", somebody.membership.card_number]
    _live(somebody, api)
    _buy(somebody, api, ben_beans)
    _take_part(somebody, ben_beans)
    _use_vouchers(somebody, api, ben_beans)
    _be_scanned(somebody, ben_beans)
    _collect_stamps(somebody, api, ben_beans)
    _exchange(somebody, api, ben_beans)
    _share(somebody, api, ben_beans)
    _be_told_of(somebody, cafe)
    messages_objects.tell_somebody(somebody, cafe)
    _work(somebody, cafe, ben_beans)
    _be_talked_about(somebody, cafe, beans, manager, barista)
    _sign_in(somebody, cafe)
    _leave_papers(somebody, cafe, manager)
    return somebody


def _live(somebody: Somebody, api) -> None:
    """Logs in, changes what they are called and how they are reached, is known to another brand."""
    agent = {"HTTP_USER_AGENT": "Quillbrowser/9 (Linux; Firefox)", "REMOTE_ADDR": "203.0.113.77"}
    credentials = {"email": FORMER_EMAIL, "password": "correct horse battery"}
    assert JsonClient().post("/api/auth/token", credentials, **agent).status_code == 200
    # What a browser says of itself is not kept; what a device is called is.
    Device.objects.filter(person=somebody.person).update(label="Quillbrowser on Linux")
    with acting(actor="key:till", reason=f"{somebody.mark('historyreason')} {NAME}"):
        somebody.person.name, somebody.person.email = NAME, EMAIL
        somebody.person.save()
    patched = with_login(somebody.person).patch(
        "/api/members/me", {"name": NAME, "email": EMAIL, "consents": {"zqlaterqz": True}}, **agent
    )
    assert patched.status_code == 200, patched.content
    somebody.marks.append("zqlaterqz")
    bistro = Brand.objects.create(code="bistro-two", name="Second Bistro")
    operations.make_known(bistro.id, [somebody.member.id])
    bistro.known_members.filter(member=somebody.member).update(external_id="BIS-4471-PQ")
    codes.keep_address(somebody.person, "email", FORMER_EMAIL)


def _buy(somebody: Somebody, api, ben_beans) -> None:
    """Purchases with all that tills write, a return, points on hold, a debt to be, and what is answered later."""
    mark, at = somebody.mark, f"/api/members/{somebody.member.pk}"
    bought = {
        "program_id": "BEANS", "amount": "100.00", "currency": "EUR", "reference": f"order-of-{EMAIL}",
        "items": [{"sku": "S1", "name": mark("itemname"), "labels": {"for": mark("label")}, "quantity": 1,
                   "amount": "95.00"}, {"sku": f"for {EMAIL}", "quantity": 1, "amount": "5.00"}],
        "tenders": [{"type": mark("tender"), "amount": "100.00"}], "metadata": {"table": mark("metadata")},
        "location_id": f"home of {NAME}", "source": f"app of {NAME}"[:40],
        "idempotency_key": mark("earnkey"),
    }  # fmt: skip
    earned = api.post(f"{at}/earn", bought)
    assert earned.status_code == 201, earned.content
    returned = {"reference": f"back-{EMAIL}", "items": [{"sku": f"for {EMAIL}", "quantity": 1}]}
    given = api.post(f"/api/transactions/{earned.json()['id']}/return", returned)
    assert given.status_code == 201, given.content
    gift = {"program_id": "BEANS", "amount": 40, "reason": mark("depositreason"), "idempotency_key": mark("depkey")}
    assert api.post(f"{at}/deposit", gift).status_code == 201
    held = {"program_id": "BEANS", "points": 30, "idempotency_key": mark("holdkey")}
    assert api.post(f"{at}/holds", held).status_code == 201
    spent = {"program_id": "BEANS", "points": 5, "description": mark("redeemtext"), "idempotency_key": mark("redkey")}
    assert api.post(f"{at}/redeem", spent).status_code == 201
    later = {**bought, "reference": mark("laterref")}
    later["idempotency_key"] = mark("laterkey")
    assert api.post(f"{at}/earn", later, HTTP_PREFER="respond-async").status_code == 202
    Submission.objects.filter(member=somebody.member).update(status="failed", problem={"detail": mark("problem")})
    other = {"program_id": "BEANS", "amount": 5, "reason": f"instead of {NAME}", "idempotency_key": f"for-{EMAIL}"}
    assert api.post(f"/api/members/{ben_beans.member_id}/deposit", other).status_code == 201
    bought = {"program_id": "BEANS", "amount": "1.00", "currency": "EUR", "reference": f"with {NAME}",
              "metadata": {"payer": NAME}}  # fmt: skip
    assert api.post(f"/api/members/{ben_beans.member_id}/earn", bought).status_code == 201
    assert Purchase.objects.count() == 2
    receipts_objects.plant(api, mark, member=str(somebody.member.pk), name=NAME, email=EMAIL)


def _take_part(somebody: Somebody, other: Membership) -> None:
    """All that rules, tiers and referrals keep, of them and of another member to whom they matter."""
    mark, program, member = somebody.mark, other.program, somebody.member
    at, note = clock.now(), mark("tiernote")
    about = {"member": {"attributes": {"nickname": mark("fact")}, "is_birthday": True}, "used": []}
    Purchase.objects.filter(member=member).update(facts=about, gifts=[])
    Purchase.objects.filter(member=other.member_id).update(facts={"member": {"attributes": {"boss": NAME}}})
    Membership.objects.filter(pk=somebody.membership.pk).update(
        attributes={"nickname": mark("attribute")}, referral_code="ZQCODEQZ"
    )
    somebody.marks.append("ZQCODEQZ")
    Membership.objects.filter(pk=other.pk).update(attributes={"boss": NAME, "size": "M"})
    for membership, words in ((somebody.membership, note), (other, f"{NAME} asked for it")):
        TierChange.objects.create(
            membership=membership, after="gold", reason="manual", note=words, actor="person:x", occurred_at=at
        )
    for number, (whose, told) in enumerate(((member.pk, mark("eventdata")), (other.member_id, f"with {NAME}"))):
        MemberEvent.objects.create(
            program=program, member_id=whose, type="review.written", source=f"app of {NAME}", facts=about, gifts=[],
            reference=f"{number} {EMAIL}", data={"text": told, "stars": 5}, occurred_at=at,
        )  # fmt: skip
    LimitCounter.objects.create(program=program, scope="member", owner="r", subject=str(member.pk), period="ever")
    segment = Segment.objects.create(brand=program.brand, key="vip", name="VIP")
    SegmentMember.objects.create(segment=segment, member=member)
    Referral.objects.create(program=program, referrer=member, friend_id=other.member_id)
    Referral.objects.create(program=program, referrer_id=other.member_id, friend=member)
    partner = create_program(program.brand, code="PARTNER", name="Partner")
    link = ProgramLink.objects.create(program=program, partner=partner, earn_points=1, earn_per_minor=1)
    PassedOn.objects.create(link=link, purchase=Purchase.objects.filter(member=member).first(), points=1)


def _use_vouchers(somebody: Somebody, api, other: Membership) -> None:
    """Vouchers of theirs and of another member, used, taken back and disabled, with what tills wrote."""
    mark, program, member = somebody.mark, other.program, somebody.member
    reward = Reward.objects.create(program=program, code="cup", name="A cup")
    for number, (whose, word, name) in enumerate(
        ((member.pk, mark("usekey"), mark("voucherreason")), (other.member_id, f"for-{EMAIL}", f"as {NAME} asked"))
    ):
        with transaction.atomic():
            voucher = issue_voucher(program=program, actor="system:x", kind="personal", reward=reward, uses_max=2)
        Voucher.objects.filter(pk=voucher.pk).update(member=whose)
        at = f"/api/vouchers/{voucher.pk}"
        used = {"reference": f"till of {NAME}", "idempotency_key": word}
        assert api.post(f"{at}/redeem", used).status_code == 200
        back = {"reason": f"{name} {NAME}", "idempotency_key": f"{number} {EMAIL}"}
        assert api.post(f"{at}/rollback", back).status_code == 200
        assert api.delete(f"{at}?reason={name}").status_code == 200
    RewardTaken.objects.create(reward=reward, member=member, count=1)
    StockHold.objects.create(reward=reward, member=member, expires_at=clock.now())
    Grant.objects.create(
        program=program, member=member, source_id=member.pk, number=1, kind="reward", code="cup",
        occurred_at=clock.now(),
    )  # fmt: skip


def _be_scanned(somebody: Somebody, other: Membership) -> None:
    """A till that was called after them brought what it took of theirs and of another member without a line."""
    mark, brand = somebody.mark, other.program.brand
    till = TillDevice.objects.create(
        brand=brand, name=f"Till of {NAME}", public_key="x", note=f"Lost by {NAME}", status="revoked",
        created_by=f"person:{somebody.person.pk}",
    )  # fmt: skip
    theirs = {"reference": mark("scanreference"), "order": {"items": [{"sku": mark("scansku")}]}}
    scans = (
        (somebody.member.pk, theirs, mark("scandetail"), somebody.person.pk),
        (other.member_id, {"reference": f"paid by {EMAIL}"}, f"{NAME} vouches for it", other.pk),
    )
    for number, (whose, item, detail, decider) in enumerate(scans):
        OfflineScan.objects.create(
            till=till, sequence=number + 1, digest=f"{number:064}", item=item, member_id=whose, verdict="refused",
            detail=detail, decided_by=f"person:{decider}", decided_at=clock.now(), scanned_at=clock.now(),
        )  # fmt: skip


def _collect_stamps(somebody: Somebody, api, other: Membership) -> None:
    """Stamps of theirs and of another member, with receipts and reasons that name them."""
    mark, program = somebody.mark, other.program
    card = {"program_id": program.code, "code": "cups", "name": "Cups", "reward_id": "cup", "stamps_needed": 2}
    assert api.post("/api/stamp-cards", card).status_code == 201
    words = ((somebody.member.pk, mark("stampreason"), EMAIL), (other.member_id, f"{NAME} paid", f"with {NAME}"))
    for whose, reason, receipt in words:
        given = {"member_id": str(whose), "count": 3, "reference": f"order of {receipt}"}
        stamped = api.post("/api/stamp-cards/cups/stamps", given)
        assert stamped.status_code == 201, stamped.content
        undone = api.delete(f"/api/members/{whose}/stamps/{stamped.json()['id']}", {"reason": reason})
        assert undone.status_code == 200, undone.content


def _exchange(somebody: Somebody, api, other: Membership) -> None:
    """Points of theirs and of another member that wait to be exchanged, and what people noted about it."""
    target = Program.objects.get(code="PARTNER")
    open_pair(other.program, target)
    words = ((somebody.member, somebody.mark("exchangekey")), (other.member, f"swap-{EMAIL}"))
    for whose, key in words:
        enrol(target, whose)
        asked = {"member_id": str(whose.pk), "from_program_id": "BEANS", "to_program_id": "PARTNER", "from_amount": 1}
        quoted = api.post("/api/exchanges/quote", asked)
        assert quoted.status_code == 201, quoted.content
        waits = api.post("/api/exchanges", {**asked, "quote_id": quoted.json()["id"], "idempotency_key": key})
        assert waits.status_code == 202, waits.content
        ExchangeStep.objects.create(
            exchange_id=waits.json()["id"], name="revived", note=f"{NAME} called", actor="person:x"
        )


def _share(somebody: Somebody, api, other: Membership) -> None:
    """Points given by them and by another member, and spent in a household, with words that name them."""
    mark = somebody.mark
    for giver, to, words in (
        (somebody.member.pk, other.member_id, (mark("giftmessage"), mark("giftkey"))),
        (other.member_id, somebody.member.pk, (f"To {NAME}", f"gift-{EMAIL}")),
    ):
        given = {"program_id": "BEANS", "to_member": str(to), "points": 1, "message": words[0]}
        answer = api.post(f"/api/members/{giver}/gifts", given | {"idempotency_key": words[1]})
        assert answer.status_code == 201, answer.content
    household = Household.objects.create(program=other.program, owner=somebody.member)
    for whose in (somebody.member, other.member):
        HouseholdMember.objects.create(
            household=household, program=other.program, member=whose, status="joined", actor="person:x",
            joined_at=clock.now() - timedelta(days=9),
        )  # fmt: skip
    for whose, text in ((somebody.member, mark("supper")), (other.member, f"with {NAME}")):
        spent = {"points": 1, "member_id": str(whose.pk), "description": text, "reference": f"table of {EMAIL}"}
        key = {"idempotency_key": mark("supperkey") if whose == somebody.member else f"supper-{EMAIL}"}
        answer = api.post(f"/api/households/{household.pk}/redeem", spent | key)
        assert answer.status_code == 201, answer.content


def _be_told_of(somebody: Somebody, cafe: Brand) -> None:
    """Other systems tell of them, also before anybody knows of whom they tell."""
    said = {"specversion": "1.0", "type": "x", "data": {"email": EMAIL, "name": NAME}}
    for member, word in ((somebody.member, f"member-{EMAIL}"), (None, f"guest-{EMAIL}")):
        InboundEvent.objects.create(
            brand=cafe, member=member, source=f"/guests/{EMAIL}", event_key=word, fingerprint=b"x",
            type=f"seen.{EMAIL}", detail=f"{NAME} has no card",
            content=json.dumps(said | {"id": word, "source": f"/guests/{EMAIL}"}), status="failed",
            outcome={"errors": [{"pointer": f"/data/{EMAIL}", "code": "required", "detail": "Missing."}]},
        )  # fmt: skip


def _work(somebody: Somebody, cafe: Brand, other: Membership) -> None:
    """Once worked for the cafe: what they did in its portal, from where."""
    post = Staff.objects.create(person=somebody.person, brand=cafe, role=Staff.Role.ADMIN)
    portal = Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Quillbrowser/9")
    portal.force_login(somebody.person)
    pressed = {"reason": "lost", "request_key": "0192f0c1-2222-7aaa-8bbb-0123456789ac"}
    stopped = portal.post(reverse("admin:programs_membership_suspend", args=[other.pk]), pressed)
    assert stopped.status_code == 302, stopped.content.decode()[-800:]
    SavedView.objects.create(person=somebody.person, screen="loyalty_member", name=somebody.mark("ownview"), query="")
    SavedView.objects.create(person=somebody.person, brand=cafe, screen="loyalty_run", name="x", query="is_x=1")
    SignOn.objects.create(
        brand=cafe, slug=cafe.code, name="Cafe", issuer="https://id.example", client_id="c",
        break_glass=[somebody.person.pk],
    )  # fmt: skip
    theirs = {"changes": {"cool_down_hours": [24, 0]}}
    request_approval(somebody.person.worker, cafe, "brands.protection", theirs, "x", "slow")
    post.is_active = False
    post.save()


def _be_talked_about(somebody: Somebody, cafe, beans, manager: Person, barista: Person) -> None:
    """Notes, buttons pressed with reasons, requests for a second person, lists that were saved."""
    mark, chief = somebody.mark, manager.worker
    notes.add_note(chief, cafe, somebody.member.pk, f"{mark('note')} {NAME}")
    portal = Client()
    portal.force_login(manager)
    edited = portal.post(reverse("admin:loyalty_member_edit", args=[somebody.member.pk]), {
        "name": NAME, "email": EMAIL, "phone": PHONE, "birth_date": "1984-02-29", "external_id": "CRM-88213-PQ-2",
    })  # fmt: skip
    assert edited.status_code == 302, edited.content.decode()[-800:]
    reason = {"reason": mark("portalreason"), "points": "7", "request_key": "0192f0c1-2222-7aaa-8bbb-0123456789ab"}
    given = portal.post(reverse("admin:programs_membership_give", args=[somebody.membership.pk]), reason)
    assert given.status_code == 302, given.content.decode()[-800:]
    about = {"payload": {"membership_id": str(somebody.membership.pk), "points": 3}, "subject": somebody.membership.pk}
    for number, decide in enumerate((approve, reject, None)):
        about["payload"] = about["payload"] | {"points": 3 + number}
        asked = request_approval(
            barista.worker, cafe, "points.adjust", about["payload"], f"for {NAME}", mark(f"asked{number}"),
            subject=about["subject"],
        )  # fmt: skip
        if decide:
            decide(chief, asked, reason=mark(f"decided{number}"))
    request_approval(chief, cafe, "brands.protection", {"changes": {NAME: [1, 2]}}, "x", f"as {NAME} says")
    SavedView.objects.create(
        person=manager, brand=cafe, screen="x", name=NAME, query=f"q=Persephone+Quillfeather&of={EMAIL}"
    )
    with transaction.atomic(), acting(actor=f"person:{manager.pk}", reason=f"asked for by {NAME}"):
        Brand.objects.filter(pk=cafe.pk).update(cool_down_hours=0)
        log.record("brand.updated", brand_id=cafe.pk, aggregate_id=cafe.pk, data={"reason": NAME, "fields": ["x"]})
    LogEntry.objects.create(
        user=manager, object_id=str(cafe.pk), object_repr=NAME[:200], action_flag=2,
        change_message=json.dumps([{"changed": {"name": NAME}}]),
    )  # fmt: skip


def _sign_in(somebody: Somebody, cafe: Brand) -> None:
    """All that signing in can leave."""
    person = somebody.person
    address = EmailAddress.objects.create(user=person, email=EMAIL)
    EmailConfirmation.objects.create(email_address=address, key=somebody.mark("confirm"), created=clock.now())
    Authenticator.objects.create(user=person, type="totp", data={"secret": somebody.mark("totp")})
    app = SocialApp.objects.create(provider="openid_connect", name="x", client_id="y")
    account = SocialAccount.objects.create(
        user=person, provider=cafe.code, uid=somebody.mark("subject"), extra_data={"email": EMAIL}
    )
    SocialToken.objects.create(account=account, app=app, token=somebody.mark("token"), token_secret="x")


def _leave_papers(somebody: Somebody, cafe: Brand, manager: Person) -> None:
    """Files, bulk acts, jobs, answers kept for retries."""
    columns = {"columns": {"number": "external_id"}}
    held = runs.start(
        "members.import", cafe, manager.worker, columns, file=CSV, file_name=f"{NAME}.csv",
        reason=f"{NAME} asked", title=f"Import of {NAME}", is_dry_run=True, is_held=True,
    )  # fmt: skip
    Run.objects.filter(pk=held.pk).update(
        status="done", fault=f"stopped at {NAME}", mistakes=[{"row": 1, "detail": NAME}], summary={NAME: 1},
        arguments={"columns": {NAME: "name"}}, finished_at=clock.now() + timedelta(),
    )  # fmt: skip
    RunItem.objects.create(run=held, position=0, subject_id=somebody.member.pk, outcome="done", before={"was": NAME})
    Run.objects.create(brand=cafe, kind="members.export", started_by=somebody.person)
    IdempotencyRecord.objects.create(actor="key:x", key=f"of {NAME}", fingerprint=b"x", status=201, body=b"{}")
    IdempotencyRecord.objects.create(
        actor="key:x", key="2", fingerprint=b"x", status=201, body=json.dumps({"id": str(somebody.member.pk)}).encode(),
        location=f"/api/members/{EMAIL}",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (task_name, queue_name, args, status, priority, abort_requested, attempts)"
            " values ('x', 'x', %s, 'succeeded', 0, false, 1)",
            [json.dumps({"who": NAME})],
        )
