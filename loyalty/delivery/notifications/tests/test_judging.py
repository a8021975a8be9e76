"""What is sent, what waits and what is dropped: wishes, consent, quiet hours, bounds, and who is gone."""

from datetime import UTC, datetime, time, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections, transaction

from loyalty import clock
from loyalty.delivery.notifications import sending
from loyalty.delivery.notifications.making import messages_of
from loyalty.delivery.notifications.models import Notification, NotificationChoice
from loyalty.delivery.notifications.quiet import quiet_ends_at
from loyalty.delivery.notifications.tests.telling import begin, going, set_up, tell, tell_and_send
from programs.membership.models import Membership

pytestmark = pytest.mark.django_db


def of(channel: str = "email") -> list[tuple[str, str]]:
    found = Notification.objects.filter(channel=channel).order_by("id")
    return [(one.status, one.reason) for one in found]


@pytest.fixture
def told(cafe, ana_beans, mail_server):
    begin()
    return mail_server


class TestQuietHours:
    NIGHT = {"timezone": "Europe/Amsterdam", "quiet_from": time(22), "quiet_until": time(8)}

    @pytest.mark.parametrize(
        ("at", "ends"),
        [
            ("2026-11-20T20:59:59+00:00", None),
            ("2026-11-20T21:00:00+00:00", "2026-11-21T07:00:00+00:00"),
            ("2026-11-21T02:00:00+00:00", "2026-11-21T07:00:00+00:00"),
            ("2026-11-21T07:00:00+00:00", None),
        ],
    )
    def test_they_go_across_midnight(self, at, ends):
        assert quiet_ends_at(datetime.fromisoformat(at), **self.NIGHT) == (ends and datetime.fromisoformat(ends))

    def test_the_night_in_which_clocks_are_put_forward_is_shorter(self):
        begun = datetime(2026, 3, 28, 21, 30, tzinfo=UTC)

        assert quiet_ends_at(begun, **self.NIGHT) == datetime(2026, 3, 29, 6, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("quiet_from", "quiet_until", "at", "ends"),
        [
            (time(22), time(2, 30), "2026-03-29T00:59:00+00:00", "2026-03-29T01:00:00+00:00"),
            (time(22), time(2, 30), "2026-03-29T01:00:00+00:00", None),
            (time(2, 30), time(3, 15), "2026-03-29T01:05:00+00:00", "2026-03-29T01:15:00+00:00"),
        ],
    )
    def test_a_time_that_the_clock_leaves_out_in_spring_is_the_next_that_there_is(
        self, quiet_from, quiet_until, at, ends
    ):
        hours = {"timezone": "Europe/Amsterdam", "quiet_from": quiet_from, "quiet_until": quiet_until}

        assert quiet_ends_at(datetime.fromisoformat(at), **hours) == (ends and datetime.fromisoformat(ends))

    def test_the_hour_that_comes_twice_in_autumn_is_quiet_once(self):
        hours = {"timezone": "Europe/Amsterdam", "quiet_from": time(1), "quiet_until": time(2, 30)}

        assert quiet_ends_at(datetime(2026, 10, 25, 0, 10, tzinfo=UTC), **hours) == datetime(
            2026, 10, 25, 0, 30, tzinfo=UTC
        )
        assert quiet_ends_at(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), **hours) is None

    def test_what_comes_in_them_waits_until_they_end(self, told, cafe, ana, beans):
        now = clock.now()
        set_up(cafe, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=(now + timedelta(hours=1)).time())
        for _ in range(3):
            going(ana, beans)

        sent = tell_and_send()
        early = tell_and_send(at=now + timedelta(minutes=30))
        later = tell_and_send(at=now + timedelta(hours=1, minutes=1))

        assert (sent.counts["sent"], early.total, later.counts["sent"]) == (0, 0, 3)
        assert Notification.objects.filter(channel="inbox", status="sent").count() == 3


def test_who_does_not_want_it_gets_none(told, cafe, ana, beans):
    set_up(cafe)
    going(ana, beans)
    tell()
    NotificationChoice.objects.create(member=ana, brand=cafe, channel="email", kind="points.expiring", is_wanted=False)
    NotificationChoice.objects.create(member=ana, brand=cafe, channel="email", is_wanted=True)

    tell_and_send()
    going(ana, beans)
    made = tell()

    assert (of(), made, told.taken) == ([("dropped", "not-wanted")], 1, [])


def test_who_is_suspended_switched_off_or_unknown_gets_none(told, cafe, ana, ben, ben_beans, ana_beans, beans):
    set_up(cafe)
    for member in (ana, ben):
        going(member, beans)
    tell()
    Membership.objects.filter(pk=ana_beans.pk).update(status="suspended")
    ben.is_active = False
    ben.save()
    going(ana, beans)
    going(ben, beans)

    made = tell()
    sending.send_due()

    assert (made, told.taken) == (0, [])
    assert sorted(of()) == [("dropped", "member-gone"), ("dropped", "not-taking-part")]


def test_a_brand_that_is_switched_off_keeps_the_inbox_only(told, cafe, ana, beans):
    set_up(cafe, is_active=False)
    going(ana, beans)

    tell_and_send()

    assert (of("inbox"), of(), told.taken) == ([("sent", "")], [], [])


def test_a_brand_that_has_said_nothing_makes_nothing(told, ana, beans):
    going(ana, beans)

    assert (tell(), Notification.objects.count()) == (0, 0)


def test_a_thousand_triggers_send_no_more_than_the_bound_and_the_inbox_has_all(told, cafe, ana, beans):
    set_up(cafe, member_daily_max=3)
    for _ in range(1000):
        going(ana, beans)

    tell_and_send()

    assert len(told.taken) == 3
    assert of().count(("dropped", "member-cap")) == 997
    assert of("inbox") == [("sent", "")] * 1000


def test_the_bound_of_a_week_holds_when_the_day_is_over(told, cafe, ana, beans):
    set_up(cafe, member_daily_max=2, member_weekly_max=3)
    now = clock.now()
    for day in range(3):
        for _ in range(2):
            going(ana, beans)
        tell()
        sending.send_due(at=now + timedelta(days=day, minutes=day))

    assert len(told.taken) == 3


def test_what_a_brand_sends_too_much_waits_for_the_next_day(told, cafe, ana, ben, ben_beans, beans):
    set_up(cafe, brand_daily_max=1)
    for member in (ana, ben, ana):
        going(member, beans)

    now = clock.now()
    first = tell_and_send()
    early = tell_and_send(at=now + timedelta(hours=23))
    second = tell_and_send(at=now + timedelta(hours=24, minutes=1))

    assert (first.counts["sent"], early.counts["sent"], second.counts["sent"], len(told.taken)) == (1, 0, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_the_bound_holds_among_two_senders_at_once(cafe, ana, ana_beans, beans, mail_server):
    set_up(cafe, member_daily_max=3)
    with transaction.atomic():
        messages_of([going(ana, beans) for _ in range(200)])
    start, sent = Barrier(2), []

    def send():
        try:
            start.wait()
            sent.append(sending.send_due())
        finally:
            connections.close_all()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(mail_server.taken) == 3
    assert of().count(("dropped", "member-cap")) == 197
    assert sum(each.counts["sent"] for each in sent) == 3


def test_what_a_dead_sender_had_in_hand_goes_out_under_the_same_name(told, cafe, ana, beans):
    set_up(cafe)
    going(ana, beans)
    tell()
    kept = Notification.objects.get(channel="email")
    claimed = sending._claim(clock.now(), None, 50, sending.Sent())

    early = sending.send_due()
    later = sending.send_due(at=clock.now() + timedelta(minutes=6))

    assert [one.id for one in claimed.messages] == [kept.id]
    assert (early.total, later.counts["sent"]) == (0, 1)
    assert told.taken[0][1]["Message-ID"] == f"<{kept.id}@localhost>"
