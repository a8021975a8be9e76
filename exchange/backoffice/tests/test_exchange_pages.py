"""Exchanges on the portal: the list of both brands, the way of one, and what people decide about stuck ones."""

from datetime import timedelta
from uuid import uuid4

import pytest

from exchange.backoffice.tests.pages import at, body
from exchange.requests.models import Exchange, ExchangeStep
from exchange.settling.settling import settle_lane
from ledger.models import Posting
from loyalty import clock
from loyalty.identity.models import BrandMember, Member
from programs.activity.member_page.timeline import timeline
from programs.membership.models import Program

pytestmark = pytest.mark.django_db

LIST, DEAD = at("exchange_exchange_changelist"), at("dead_letters")
ACTIONS = {"action": "retry_chosen", "index": "0", "select_across": "0"}


def page(exchange) -> str:
    return at("exchange_exchange_change", exchange.pk)


def press(client, exchange, button: str, **said):
    return client.post(at(f"exchange_exchange_{button}", exchange.pk), {"request_key": uuid4(), **said})


def settled(exchange) -> Exchange:
    settle_lane(exchange.lane)
    exchange.refresh_from_db()
    return exchange


def dead(exchange) -> Exchange:
    """As after too many attempts."""
    exchange.is_dead, exchange.attempts, exchange.last_error = True, 6, "The lights were out"
    exchange.save(update_fields=["is_dead", "attempts", "last_error"])
    ExchangeStep.objects.create(exchange=exchange, name="dead", note="The lights were out", actor="system:exchange")
    return exchange


def shown(answer) -> set:
    return {row.pk for row in answer.context["cl"].result_list}


@pytest.fixture
def asked(pair) -> Exchange:
    """100 miles of the first member, for 250 nights."""
    return pair.ask(pair.members[0])


def test_both_brands_see_the_exchange_and_nobody_else_does(asked, desk, other, stranger):
    for client in (desk.admin, desk.staff, other.admin, other.staff):
        assert shown(client.get(LIST)) == {asked.pk}
        assert "100 miles for 250 nights" in body(client.get(page(asked)))
    assert shown(stranger.admin.get(LIST)) == set()
    assert stranger.admin.get(page(asked)).status_code == 404
    assert stranger.admin.get(at("exchange_exchange_cancel", asked.pk)).status_code == 404


def test_partners_see_no_exchanges(asked, desk):
    assert desk.partner.get(LIST).status_code == 403
    assert desk.partner.get(DEAD).status_code == 403


def test_an_empty_list_says_how_one_comes_about(desk):
    assert "When a member exchanges points with a program" in body(desk.admin.get(LIST))


def test_a_settled_exchange_tells_its_way_and_leads_to_ones_own_side(asked, desk, other):
    settled(asked)
    out, back = (Posting.objects.get(public_id=one).pk for one in (asked.out_id, asked.in_id))
    ours, theirs = body(desk.staff.get(page(asked))), body(other.staff.get(page(asked)))

    assert "Settled: 100 miles taken, 250 nights given" in ours
    assert at("ledger_posting_change", out) in ours
    assert at("ledger_posting_change", back) not in ours
    assert at("ledger_posting_change", back) in theirs
    assert at("ledger_posting_change", out) not in theirs


def test_an_operator_is_led_to_both_sides(asked, above):
    settled(asked)
    told = body(above.get(page(asked)))

    for one in (asked.hold_id, asked.out_id, asked.in_id):
        assert at("ledger_posting_change", Posting.objects.get(public_id=one).pk) in told


def test_a_failed_exchange_says_why_in_words(asked, desk, pair):
    Program.objects.filter(pk=pair.nights.pk).update(status="archived")
    settled(asked)
    told = body(desk.staff.get(page(asked)))

    assert asked.status == "failed"
    assert "Failed: One of the programs is closed" in told
    assert "The points that were set aside are the member's again." in told


def test_what_waits_says_so(asked, desk):
    assert "Waits to be settled" in body(desk.staff.get(page(asked)))


def test_a_member_whom_the_brand_does_not_know_has_no_name_there(asked, desk, pair):
    name = Member.objects.get(pk=asked.member_id).name
    BrandMember.objects.filter(brand=pair.miles.brand_id, member=asked.member_id).delete()

    assert "a member" in body(desk.staff.get(page(asked)))
    assert name not in body(desk.staff.get(page(asked)))
    assert name not in body(desk.staff.get(LIST))


def test_the_side_that_gives_cancels_what_waits(asked, desk, other):
    assert press(other.admin, asked, "cancel", reason="x").status_code == 403
    press(desk.staff, asked, "cancel", reason="A mistake")

    asked.refresh_from_db()
    assert asked.status == "cancelled"
    assert "Cancel" not in {button["title"] for button in desk.staff.get(page(asked)).context["buttons"]}


def test_a_form_without_a_reason_cancels_nothing(asked, desk):
    press(desk.staff, asked, "cancel", reason="")

    asked.refresh_from_db()
    assert asked.status == "pending"


def test_stuck_exchanges_have_a_list_and_a_count_of_their_own(asked, pair, desk):
    pair.ask(pair.members[1])
    dead(asked)
    answer = desk.staff.get(DEAD)

    assert shown(answer) == {asked.pk}
    assert "1 exchange waits for a person" in body(desk.staff.get(at("index")))
    assert "The lights were out" in body(desk.staff.get(page(asked)))


def test_a_stuck_one_is_tried_again_by_staff_of_either_side(asked, desk, other):
    for client in (desk.staff, other.staff):
        dead(asked)
        press(client, asked, "retry", reason="The lights are on")

        asked.refresh_from_db()
        assert (asked.is_dead, asked.status, asked.attempts) == (False, "pending", 0)
    assert "Tried again by a person" in body(desk.staff.get(page(asked)))


def test_admins_give_a_stuck_one_up_and_staff_do_not(asked, desk):
    dead(asked)

    assert press(desk.staff, asked, "give_up", reason="x").status_code == 403
    press(desk.admin, asked, "give_up", reason="It never will")
    asked.refresh_from_db()
    assert (asked.status, asked.failure) == ("failed", "given-up")
    assert "It never will" in body(desk.staff.get(page(asked)))


def test_what_is_not_stuck_is_neither_tried_again_nor_given_up(asked, desk):
    assert press(desk.admin, asked, "retry", reason="x").status_code == 403
    assert press(desk.admin, asked, "give_up", reason="x").status_code == 403


def test_several_stuck_ones_are_tried_again_at_once(pair, desk, stranger):
    first, second, third = (dead(one) for one in pair.ask_all([*pair.members, pair.members[0]]))
    chosen = {**ACTIONS, "_selected_action": [str(first.pk), str(second.pk)]}
    stranger.admin.post(DEAD, chosen)
    assert Exchange.objects.filter(is_dead=True).count() == 3

    answer = desk.staff.post(DEAD, chosen, follow=True)

    assert "2 exchanges are tried again." in body(answer)
    assert list(Exchange.objects.filter(is_dead=True)) == [third]


def test_the_whole_list_offers_no_action(asked, desk):
    dead(asked)
    desk.staff.post(LIST, {**ACTIONS, "_selected_action": [str(asked.pk)]})

    asked.refresh_from_db()
    assert asked.is_dead


def test_exchanges_are_found_by_the_member(pair, desk, asked):
    other_one = pair.ask(pair.members[1])

    assert shown(desk.staff.get(LIST, {"q": "m1"})) == {other_one.pk}
    assert shown(desk.staff.get(LIST, {"q": str(asked.member_id)})) == {asked.pk}
    assert shown(desk.staff.get(LIST, {"q": str(asked.pk)})) == {asked.pk}
    assert shown(desk.staff.get(LIST, {"q": "nobody"})) == set()


def test_filters_keep_the_state_and_the_pair(pair, desk, asked):
    pair.ask(pair.members[1])
    settled(asked)
    ends = f"{pair.miles.pk}.{pair.nights.pk}"

    assert asked.pk in shown(desk.staff.get(LIST, {"status__exact": asked.status}))
    assert len(shown(desk.staff.get(LIST, {"pair": ends}))) == 2
    assert shown(desk.staff.get(LIST, {"pair": f"{pair.nights.pk}.{pair.miles.pk}"})) == set()


def test_a_long_list_is_leafed_through_from_both_sides(pair, desk, other, django_assert_max_num_queries):
    made = [one.pk for one in pair.ask_all([pair.members[0]] * 9, 10) for _ in (0,)]
    made += [one.pk for one in pair.ask_all([pair.members[1]] * 51, 10)]
    newest = sorted(made, reverse=True)
    first = desk.staff.get(LIST)
    rows = [row.pk for row in first.context["cl"].result_list]
    after = other.staff.get(LIST, {"p": f"after.{rows[-1]}"})
    before = desk.staff.get(LIST, {"p": f"before.{newest[50]}"})

    assert rows == newest[:50]
    assert [row.pk for row in after.context["cl"].result_list] == newest[50:]
    assert [row.pk for row in before.context["cl"].result_list] == newest[:50]
    with django_assert_max_num_queries(26):
        desk.staff.get(LIST)


def test_how_settling_goes_stands_above_the_list_and_on_the_first_page(pair, desk, stranger):
    (done,) = pair.ask_all(pair.members[:1], lane=0)
    pair.ask_all(pair.members[1:], lane=1)
    settled(done)
    with clock.at(clock.now() + timedelta(minutes=5)):
        told = [desk.admin.get(LIST).context["pipeline"]]
        panels = {panel.template: panel.facts for panel in desk.admin.get(at("index")).context["panels"]}
        told.append(panels["admin/exchange/home_exchanges.html"]["pipeline"])

    for found in told:
        assert (found.waiting, found.oldest, found.is_slow, found.asked, found.settled) == (1, "5 min", True, 2, 1)
    assert "admin/exchange/home_exchanges.html" not in {
        panel.template for panel in stranger.admin.get(at("index")).context["panels"]
    }


def test_failures_are_counted_by_why(pair, desk, asked):
    Program.objects.filter(pk=pair.nights.pk).update(status="archived")
    settled(asked)

    assert desk.admin.get(LIST).context["pipeline"].failures == [("One of the programs is closed", 1)]


def test_the_members_page_shows_their_exchanges_to_both_brands(asked, desk, other, pair):
    pair.ask(pair.members[1])
    member = at("loyalty_member_change", asked.member_id)

    for client in (desk.staff, other.staff):
        told = body(client.get(member))
        assert told.count("100 miles for 250 nights") == 1
        assert page(asked) in told


def test_the_search_finds_an_exchange_by_its_id_for_who_sees_it(asked, desk, stranger):
    found, other_brands = (
        body(client.post(at("search"), {"q": str(asked.pk)})) for client in (desk.staff, stranger.admin)
    )

    assert page(asked) in found
    assert page(asked) not in other_brands


def test_on_the_time_line_an_exchange_is_one_line(pair, cafe, bistro):
    ana = pair.members[0]
    pair.ask(ana)
    parts = [pair.giving[ana], pair.getting[ana]]

    def seen(brand) -> list[str]:
        return [one.type for one in timeline(ana, parts, {brand.pk}).moments if "membership" not in one.type]

    assert seen(cafe) == ["points.deposited"]
    for lane in range(8):
        settle_lane(lane)

    assert seen(cafe) == ["exchange.completed", "points.deposited"]
    assert seen(bistro) == ["points.exchanged_in"]
