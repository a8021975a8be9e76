"""Rules tried on an order and on what happened, and why a purchase gave what it gave, as the portal shows them."""

from datetime import timedelta

import pytest

from ledger.models import Posting
from loyalty import clock
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchases
from programs.earning.backoffice.tests.pages import at, body, document, rule, signed_in
from programs.earning.campaigns.operations import create_campaign
from programs.earning.facts import ItemFacts
from programs.earning.models import LimitCounter
from programs.earning.rulesets import operations

pytestmark = pytest.mark.django_db
LARGE = {"all": [{"fact": "order.net", "operator": "greaterThanInclusive", "value": "100.00"}]}
ORDER = {
    "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-sku": "", "lines-0-category": "toys",
    "lines-0-quantity": "1", "lines-0-amount": "120.00", "orders_before": "0",
}  # fmt: skip


@pytest.fixture
def boss(manager):
    return signed_in(manager)


@pytest.fixture
def live(beans, manager):
    made = operations.create_draft(beans, document(rule("large", 50, conditions=LARGE)), actor="system:x")
    operations.publish(made, actor=f"person:{manager.pk}")
    return made


@pytest.fixture
def draft(beans, live):
    first = {"all": [{"fact": "member.orders_before", "operator": "equal", "value": 0}]}
    return operations.create_draft(
        beans, document(rule("large", 75, conditions=LARGE), rule("first", 200, conditions=first)), actor="system:x"
    )


@pytest.fixture
def bought(manager, ana_beans, live):
    asked = PurchaseRequest(
        names=Names(program="BEANS", member="ana"), amount_minor=12_000, currency="EUR", reference="R-1",
        occurred_at=clock.now() - timedelta(days=3), items=[ItemFacts(sku="T-1", amount_minor=12_000, category="toys")],
    )  # fmt: skip
    (done,) = record_purchases(manager.worker, [asked])
    return Posting.objects.get(public_id=done.posted.public_id)


class TestTrying:
    def test_an_imagined_member_gets_by_the_draft_and_by_what_is_in_force(self, boss, draft):
        answer = boss.post(at("rules_try", draft.pk), ORDER)

        assert [(one.title, one.telling.points) for one in answer.context["tried"]] == [
            ("Version 2", 395), ("In force now", 170),
        ]  # fmt: skip

    def test_what_gave_nothing_says_why_leaf_by_leaf(self, boss, draft):
        answer = boss.post(at("rules_try", draft.pk), ORDER | {"lines-0-amount": "99.99"})

        page = body(answer)
        assert "Order total is at least 100.00: it was 99.99" in page

    def test_a_real_member_is_taken_as_they_are_and_nothing_moves(self, boss, draft, bought):
        answer = boss.post(at("rules_try", draft.pk), ORDER | {"member": "ana"})

        assert [one.telling.points for one in answer.context["tried"]] == [195, 170]
        assert Posting.objects.filter(kind="earn").count() == 1
        assert not LimitCounter.objects.exists()

    def test_a_number_of_nobody_is_told(self, boss, draft):
        answer = boss.post(at("rules_try", draft.pk), ORDER | {"member": "ghost"})

        assert answer.context["form"].errors == {"member": ["There is no such member in this program."]}

    def test_a_draft_with_mistakes_says_so_beside_what_is_in_force(self, boss, draft):
        operations.change_draft(draft, document=document(rule(points=0)))

        answer = boss.post(at("rules_try", draft.pk), ORDER)

        assert [bool(one.telling) for one in answer.context["tried"]] == [False, True]
        assert "/rules/0/effects/0/points" in body(answer)

    def test_a_campaign_is_tried_beside_what_is_in_force(self, boss, beans, live):
        campaign = create_campaign(beans, key="spring", name="Spring", actor="system:x", rules=[rule("spring", 30)])

        answer = boss.post(at("campaign_try", campaign.pk), ORDER)

        assert [(one.title, one.telling.points) for one in answer.context["tried"]] == [
            ("Spring", 200), ("In force now", 170),
        ]  # fmt: skip

    def test_the_fields_offer_what_purchases_had(self, boss, beans, bought):
        assert boss.get(at("rules_seen", beans.pk)).json()["categories"] == ["toys"]


class TestWhy:
    def test_a_transaction_tells_what_each_rule_gave(self, boss, bought):
        page = body(boss.get(at("ledger_posting_why", bought.pk)))

        assert "Rule large: 50" in page
        assert "Base rate: 120" in page

    def test_the_members_page_and_the_purchase_lead_to_it(self, boss, bought, ana):
        why = at("ledger_posting_why", bought.pk)

        assert why in body(boss.get(at("loyalty_member_change", ana.pk)))
        assert why in body(boss.get(at("programs_purchase_change", bought.public_id)))


class TestBacktest:
    def test_it_is_started_and_read(self, boss, beans, draft, bought):
        today = clock.now().date()
        sent = {"what": "version:2", "since": today - timedelta(days=30), "until": today}

        boss.post(at("rules_backtests", beans.pk), sent)
        run = Run.objects.get(kind="rules.backtest")
        waiting = body(boss.get(at("rules_backtest", run.pk)))
        carry_on(run, seconds=None)
        answer = boss.get(at("rules_backtest", run.pk))

        assert 'data-live="true"' in waiting
        result = answer.context["result"]
        assert (result["points"], result["live_points"], result["difference"]) == (395, 170, 225)
        assert "For whom most would change" in body(answer)

    def test_a_draft_with_mistakes_is_refused_with_their_places(self, boss, beans, draft):
        operations.change_draft(draft, document=document(rule(points=0)))
        today = clock.now().date()

        answer = boss.post(at("rules_backtests", beans.pk), {"what": "version:2", "since": today, "until": today})

        assert not Run.objects.exists()
        assert "/rules/0/effects/0/points" in body(answer)
