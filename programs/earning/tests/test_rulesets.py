"""Rule sets: drafts, publishing, rolling back, and waiting for a second person."""

import pytest
from django.db import IntegrityError, transaction

from loyalty.errors import Forbidden, Invalid
from loyalty.events.models import Event
from loyalty.identity.approvals.errors import RequestOutdated
from loyalty.identity.approvals.kinds import differences_of
from loyalty.identity.approvals.operations import approve
from loyalty.identity.models import Person, Staff
from programs.earning.errors import RuleSetPublished, RulesNotValid, RulesTooLarge
from programs.earning.models import Campaign, Edition, RuleSet
from programs.earning.rulesets import operations
from programs.earning.rulesets.publishing import publish_asked
from programs.earning.tests.rules import NOBODY, fixed, running
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program

pytestmark = pytest.mark.django_db
WRONG = fixed("b", conditions={"all": [{"fact": "order.nett", "operator": "equal", "value": "1.00"}]})


def draft(program, *rules, **more):
    return operations.create_draft(program, {"rules": list(rules)}, actor=NOBODY, **more)


def publish(ruleset):
    return operations.publish(ruleset, actor=NOBODY)[0]


def test_versions_are_numbered_and_drafts_may_have_mistakes(beans):
    first, second = draft(beans, fixed()), draft(beans, fixed("a"), WRONG, note="Second")

    assert (first.version, first.status, first.errors) == (1, "draft", [])
    assert (second.version, second.note) == (2, "Second")
    assert second.errors == [{
        "pointer": "/rules/1/conditions/all/0/fact", "code": "unknown_fact",
        "detail": "'order.nett' is not a fact of a purchase.", "hint": "Did you mean order.net?",
    }]  # fmt: skip


@pytest.mark.parametrize("document", [None, [], "rules", 7, {"rules": "a\0b"}, {"rules": "\ud800"}])
def test_what_is_no_object_that_can_be_kept_is_refused(beans, document):
    with pytest.raises(Invalid):
        operations.create_draft(beans, document, actor=NOBODY)


def test_a_document_that_is_too_large_is_refused(beans):
    with pytest.raises(RulesTooLarge):
        operations.create_draft(beans, {"rules": ["x" * 262_144]}, actor=NOBODY)


def test_a_draft_is_changed_and_thrown_away(beans):
    ruleset = draft(beans, WRONG)

    changed = operations.change_draft(ruleset, document={"rules": [fixed()]}, note="Better")

    assert (changed.errors, changed.note) == ([], "Better")
    operations.discard_draft(changed)
    assert not RuleSet.objects.exists()


def test_publishing_puts_a_version_in_force_and_supersedes_the_one_before(beans):
    first = publish(draft(beans, fixed("one")))
    second = publish(draft(beans, fixed("two")))

    first.refresh_from_db()
    assert (first.status, second.status) == ("superseded", "published")
    assert Program.objects.get(pk=beans.pk).edition == 2
    assert Edition.objects.get(number=2).versions == {"two": "2"}
    event = Event.objects.filter(type="rules.published").latest("pk")
    assert event.data == {"actor": NOBODY, "version": 2, "before": 1, "edition": 2}


def test_publishing_again_changes_nothing(beans):
    ruleset = publish(draft(beans, fixed()))

    assert publish(ruleset) == ruleset
    assert Edition.objects.count() == Event.objects.filter(type="rules.published").count() == 1


def test_an_older_version_is_published_again(beans):
    first = publish(draft(beans, fixed("one")))
    publish(draft(beans, fixed("two")))

    again = publish(RuleSet.objects.get(pk=first.pk))

    assert (again.status, again.published_at) == ("published", first.published_at)
    assert Edition.objects.get(number=3).versions == {"one": "1"}
    assert list(RuleSet.objects.order_by("version").values_list("status", flat=True)) == ["published", "superseded"]


def test_a_draft_with_mistakes_is_not_published_and_nothing_changes(beans):
    before = publish(draft(beans, fixed()))
    wrong = draft(beans, WRONG, fixed(group="nowhere"))

    with pytest.raises(RulesNotValid) as refusal:
        publish(wrong)

    assert [error["pointer"] for error in refusal.value.errors] == [
        "/rules/0/conditions/all/0/fact", "/rules/1/group",
    ]  # fmt: skip
    before.refresh_from_db()
    wrong.refresh_from_db()
    assert (before.status, wrong.status, Program.objects.get(pk=beans.pk).edition) == ("published", "draft", 1)


def test_a_campaign_that_could_not_go_on_keeps_a_version_from_being_published(beans):
    running(beans, "spring", fixed("x"))
    groups = [{"key": "base", "stage": "base"}]

    with pytest.raises(RulesNotValid) as refusal:
        publish(operations.create_draft(beans, {"rules": [], "groups": groups}, actor=NOBODY))

    assert refusal.value.errors[0]["pointer"] == "/campaigns/spring/rules/0/group"
    assert Campaign.objects.get().status == "active"


def test_what_was_published_stays_as_it_is(beans):
    ruleset = publish(draft(beans, fixed()))

    for refused in (
        lambda: operations.change_draft(ruleset, note="New"), lambda: operations.discard_draft(ruleset),
    ):  # fmt: skip
        with pytest.raises(RuleSetPublished):
            refused()
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleSet.objects.filter(pk=ruleset.pk).update(document={})


def test_an_archived_programs_rules_stay_as_they_are(beans):
    ruleset = draft(beans, fixed())
    Program.objects.filter(pk=beans.pk).update(status="archived")

    for refused in (lambda: draft(beans, fixed()), lambda: publish(ruleset)):
        with pytest.raises(ProgramArchived):
            refused()


class TestWithASecondPerson:
    @pytest.fixture(autouse=True)
    def careful(self, cafe, beans):
        cafe.approval_terms = True
        cafe.save()
        beans.refresh_from_db()

    @pytest.fixture
    def chief(self, cafe):
        person = Person.objects.create_user("chief@example.com", "correct horse battery", name="Chief")
        Staff.objects.create(person=person, brand=cafe, role=Staff.Role.ADMIN)
        return person

    def test_publishing_waits_with_its_differences_and_is_carried_out(self, beans, manager, chief):
        ruleset = draft(beans, fixed("hello", 10), fixed("bye"))

        waiting, request = publish_asked(manager.worker, ruleset, reason="Spring")

        assert waiting.status == "draft"
        assert request.summary == "Version 1 of the rules of Cafe Beans"
        told = differences_of(request)
        assert [(one.what, one.before) for one in told] == [("Rule hello", ""), ("Rule bye", "")]
        assert all("10 points" in one.after for one in told)
        assert publish_asked(manager.worker, ruleset)[1] == request
        approve(chief.worker, request)
        ruleset.refresh_from_db()
        assert (ruleset.status, ruleset.published_by) == ("published", f"person:{chief.pk}")

    def test_a_draft_that_was_changed_since_is_not_published(self, beans, manager, chief):
        ruleset = draft(beans, fixed())
        request = publish_asked(manager.worker, ruleset)[1]
        operations.change_draft(ruleset, document={"rules": []})

        with pytest.raises(RequestOutdated):
            approve(chief.worker, request)

    def test_mistakes_are_refused_before_anybody_is_asked(self, beans, manager):
        with pytest.raises(RulesNotValid):
            publish_asked(manager.worker, draft(beans, WRONG))

    def test_a_server_key_publishes_nothing_by_itself(self, beans, api):
        ruleset = draft(beans, fixed())

        answer = api.post(f"/api/programs/BEANS/rulesets/{ruleset.version}/publish", {})

        assert (answer.status_code, answer.json()["code"]) == (403, Forbidden.code)
