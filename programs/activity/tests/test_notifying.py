"""What members are told of points, tiers, vouchers and campaigns, from the acts themselves to the inbox."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.delivery.notifications import making
from loyalty.delivery.notifications.models import Notification, NotificationSettings
from loyalty.events import log
from loyalty.identity.models import BrandMember, Member
from loyalty.identity.operations import create_member
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from loyalty.testing.log import settle_log
from programs.activity import campaign_audience
from programs.activity.tests.tills import earn
from programs.earning.campaigns.operations import activate, create_campaign, mistakes_in, pause
from programs.earning.tests.rules import fixed
from programs.membership.enrolment import enrol
from programs.membership.models import Tier
from programs.rewards.issuing.warning import warn_of_vouchers
from programs.rewards.vouchers.issue import issue_voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(cafe, ana_beans):
    """The cafe keeps inboxes, from now on."""
    NotificationSettings.objects.create(brand=cafe, is_active=False)
    settle_log()
    making.make_messages()


def tell() -> None:
    settle_log()
    making.make_messages()


def inbox(client) -> list[tuple[str, str]]:
    found = client.get("/api/members/me/notifications").json()["results"]
    return [(one["subject"], one["body"]) for one in found]


def test_points_that_were_earned_are_told_with_the_balance(told, api, ana_client):
    earn(api, "1250.00")

    tell()

    assert inbox(ana_client) == [
        ("1,250 beans for you", "You earned 1,250 beans in Cafe Beans. You have 1,250 now.")
    ]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "kind"), [(None, "gold", "tier.up"), ("gold", None, "tier.down")])
def test_tiers_are_told_as_up_or_down(told, ana, beans, ana_beans, before, after, kind):
    Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100)
    log.record(
        "tier.changed", brand_id=beans.brand_id, aggregate_id=ana_beans.id, member_id=ana.id, program_id=beans.id,
        data={"before": before, "after": after, "reason": "earned", "actor": "system:tiers"},
    )  # fmt: skip

    tell()

    assert [one.kind for one in Notification.objects.all()] == [kind]


def test_a_voucher_is_told_by_the_name_of_its_reward_and_never_by_its_code(told, ana, ana_client, beans):
    voucher = issue_voucher(
        program=beans, kind="generic", member=ana, actor="system:test", expires_at=clock.now() + timedelta(days=9)
    )

    tell()

    ((subject, body),) = inbox(ana_client)
    assert subject.startswith("A voucher for you")
    assert voucher.code not in subject + body
    assert "code" not in Notification.objects.get().facts


def test_a_campaign_is_told_to_its_audience_that_consented_and_when_it_begins(told, cafe, ana, ben, ben_beans, beans):
    Tier.objects.create(program=beans, code="gold", name="Gold", points_min=100)
    for member, consents in ((ana, {"marketing": True}), (ben, {"marketing": True})):
        member.consents = consents
        member.save()
    campaign = create_campaign(
        beans, key="spring", name="Spring", starts_at=clock.now() + timedelta(days=2), ends_at=None,
        audience={"all": [{"fact": "member.tier", "operator": "notEqual", "value": "gold"}]},
        rules=[fixed()], actor="system:test",
    )  # fmt: skip
    assert mistakes_in(campaign) == []
    activate(campaign, actor="system:test")
    settle_log()
    Member.objects.filter(pk=ben.pk).update(consents={"marketing": False})

    making.make_messages()
    carry_on(Run.objects.get(), seconds=None)

    kept = Notification.objects.get()
    assert (kept.member_id, kept.kind, kept.status) == (ana.id, "campaign.started", "waiting")
    assert kept.due_at > clock.now() + timedelta(days=1)
    assert BrandMember.objects.filter(member=ana, brand=cafe).exists()


def spring(cafe, beans, count: int):
    """A campaign, and members of the cafe who consented to hear of it."""
    for n in range(count):
        enrol(beans, create_member(cafe, external_id=f"m{n}", consents={"marketing": True}))
    return create_campaign(
        beans, key="spring", name="Spring", starts_at=None, ends_at=None, rules=[fixed()],
        actor="system:test",
    )  # fmt: skip


def test_the_telling_of_an_audience_that_is_cut_off_goes_on_where_it_was_and_tells_nobody_twice(
    told, cafe, beans, monkeypatch
):
    activate(spring(cafe, beans, 5), actor="system:test")
    tell()
    run, chunks = Run.objects.get(), []
    write = campaign_audience.tell_members

    def dies(*asked):
        chunks.append(asked[-1])
        made = write(*asked)
        if len(chunks) == 2:
            raise SystemExit
        return made

    monkeypatch.setattr(campaign_audience, "CHUNK", 2)
    with monkeypatch.context() as planted, pytest.raises(SystemExit):
        planted.setattr(campaign_audience, "tell_members", dies)
        carry_on(run, seconds=None)
    assert Notification.objects.count() == 2

    run = carry_on(run, seconds=None)

    told_of = list(Notification.objects.order_by("member_id").values_list("member_id", flat=True))
    assert told_of == sorted(set(told_of)) and len(told_of) == 5
    assert (run.status, run.done, run.total, run.summary) == ("done", 5, 5, {"members": 5, "messages": 5})


def test_a_campaign_that_is_activated_again_is_told_to_nobody_twice(told, cafe, beans):
    campaign = spring(cafe, beans, 2)
    activate(campaign, actor="system:test")
    tell()
    pause(campaign, actor="system:test")
    stopped = carry_on(Run.objects.get(), seconds=None)
    assert (stopped.status, Notification.objects.count()) == ("done", 0)

    for _ in range(2):
        activate(campaign, actor="system:test")
        tell()
        carry_on(Run.objects.order_by("-created_at").first(), seconds=None)
        pause(campaign, actor="system:test")

    assert Notification.objects.count() == 2


def test_a_voucher_that_ends_within_a_week_is_told_once(told, ana, ana_client, beans):
    now = clock.now()
    issue_voucher(program=beans, kind="generic", member=ana, actor="system:test", expires_at=now + timedelta(days=9))
    tell()

    early = warn_of_vouchers(at=now)
    dry = warn_of_vouchers(at=now + timedelta(days=3), dry_run=True)
    counts = [warn_of_vouchers(at=now + timedelta(days=3)) for _ in range(2)]
    tell()

    assert (early, dry, counts) == (0, 1, [1, 0])
    assert [one.kind for one in Notification.objects.order_by("created_at")] == ["voucher.issued", "voucher.expiring"]
