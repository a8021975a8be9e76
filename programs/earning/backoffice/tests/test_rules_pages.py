"""The pages of a program's rules: reading, writing, publishing and coming back to an older version."""

import json

import pytest

from loyalty.identity.approvals.models import ApprovalRequest
from programs.earning.backoffice.tests.pages import at, body, document, judged, rule, signed_in, told, where
from programs.earning.models import RuleSet
from programs.earning.rulesets import operations

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(manager):
    return signed_in(manager)


@pytest.fixture
def draft(beans, manager):
    return operations.create_draft(beans, document(), note="First", actor=f"person:{manager.pk}")


@pytest.fixture
def live(beans, manager):
    made = operations.create_draft(beans, document(rule("live", 5)), actor=f"person:{manager.pk}")
    operations.publish(made, actor=f"person:{manager.pk}")
    return made


class TestReading:
    def test_a_program_without_rules_says_what_it_gives_and_offers_recipes(self, boss, beans):
        page = body(boss.get(at("rules_of", beans.pk)))

        assert "Every purchase: 1 point for each full 1.00 EUR" in page
        assert "First steps: take a recipe" in page

    def test_who_has_one_program_is_led_to_its_rules(self, boss, beans):
        assert where(boss.get(at("rules"))) == at("rules_of", beans.pk)

    def test_what_is_in_force_is_told_in_sentences_with_who_published_it(self, boss, beans, live):
        page = body(boss.get(at("rules_of", beans.pk)))

        assert "Every purchase: 5 points." in page
        assert "by Manager" in page

    def test_staff_read_rules_but_change_nothing(self, barista, beans, draft):
        client = signed_in(barista)

        assert client.get(at("rules_of", beans.pk)).status_code == 200
        assert "Rule gift" in body(client.get(at("rules_version", draft.pk)))
        assert client.post(at("rules_save", draft.pk), {"document": "{}"}).status_code == 403
        assert client.post(at("rules_new", beans.pk)).status_code == 403
        assert client.get(at("rules_publish", draft.pk)).status_code == 403
        assert client.get(at("rules_discard", draft.pk)).status_code == 403

    def test_another_brands_rules_are_not_there(self, boss, bistro, draft, beans):
        beans.brand = bistro
        beans.save()

        assert boss.get(at("rules_of", beans.pk)).status_code == 404
        assert boss.get(at("rules_version", draft.pk)).status_code == 404
        assert boss.post(at("rules_judge", beans.pk), {"text": "{}"}).status_code == 404

    def test_many_versions_cost_no_more_queries(self, boss, beans, live, manager, django_assert_max_num_queries):
        for _ in range(15):
            operations.create_draft(beans, document(), actor=f"person:{manager.pk}")

        with django_assert_max_num_queries(30):
            boss.get(at("rules_of", beans.pk))


class TestWriting:
    def test_a_new_draft_begins_as_what_is_in_force(self, boss, beans, live):
        answer = boss.post(at("rules_new", beans.pk))

        made = RuleSet.objects.get(status="draft")
        assert where(answer) == at("rules_version", made.pk)
        assert made.document == live.document

    def test_a_draft_is_kept_as_it_is_sent_with_its_mistakes(self, boss, draft):
        sent = document(rule(points=0))

        answer = boss.post(at("rules_save", draft.pk), {"document": json.dumps(sent), "note": "Spring"}, follow=True)

        draft.refresh_from_db()
        assert (draft.document, draft.note) == (sent, "Spring")
        assert [one["pointer"] for one in draft.errors] == ["/rules/0/effects/0/points"]
        assert told(answer) == ["The draft is kept. It has one mistake still."]

    def test_what_is_no_json_is_not_kept_and_stays_in_the_page(self, boss, draft):
        answer = boss.post(at("rules_save", draft.pk), {"document": '{"rules": [oops'})

        draft.refresh_from_db()
        assert draft.document == document()
        assert "[oops" in body(answer)

    def test_what_somebody_else_kept_meanwhile_is_not_written_over_unasked(self, boss, draft):
        seen = boss.get(at("rules_version", draft.pk)).context["seen"]
        operations.change_draft(draft, document=document(rule("theirs")))
        mine = {"document": json.dumps(document(rule("mine"))), "seen": seen}

        asked = boss.post(at("rules_save", draft.pk), mine)
        draft.refresh_from_db()
        assert draft.document == document(rule("theirs"))
        assert "mine" in asked.context["text"]

        boss.post(at("rules_save", draft.pk), mine | {"seen": asked.context["seen"]})
        draft.refresh_from_db()
        assert draft.document == document(rule("mine"))

    def test_the_editor_is_told_sentences_and_mistakes_at_their_places(self, boss, beans):
        answer = judged(boss, at("rules_judge", beans.pk), document(rule(), rule("wrong", "ten")))

        assert answer["sentences"] == {"0": "Every purchase: 10 points."}
        assert [one["pointer"] for one in answer["errors"]] == ["/rules/1/effects/0/points"]

    def test_a_text_that_breaks_off_is_told_with_its_line(self, boss, beans):
        answer = judged(boss, at("rules_judge", beans.pk), '{\n"rules": [\n')

        assert [one["line"] for one in answer["errors"]] == [3]

    def test_the_page_says_everything_without_a_script(self, boss, draft):
        page = body(boss.get(at("rules_version", draft.pk)))

        assert '<textarea class="desk-area" id="desk-document" name="document"' in page
        assert "<noscript>" in page

    def test_a_draft_is_thrown_away_after_asking(self, boss, draft):
        asked = boss.get(at("rules_discard", draft.pk))
        boss.post(at("rules_discard", draft.pk), {"request_key": asked.context["form"]["request_key"].value()})

        assert not RuleSet.objects.exists()


class TestPublishing:
    def press(self, client, ruleset, **given):
        page = client.get(at("rules_publish", ruleset.pk))
        key = page.context["form"]["request_key"].value()
        return client.post(at("rules_publish", ruleset.pk), {"request_key": key, "reason": "", **given}, follow=True)

    def test_it_shows_what_would_be_different(self, boss, live, draft):
        page = body(boss.get(at("rules_publish", draft.pk)))

        assert "Every purchase: 5 points." in page
        assert "Every purchase: 10 points." in page

    def test_publishing_puts_it_in_force(self, boss, beans, live, draft):
        answer = self.press(boss, draft)

        draft.refresh_from_db()
        beans.refresh_from_db()
        assert (draft.status, beans.edition) == ("published", 2)
        assert told(answer) == ["Version 2 is in force for everything from now on."]

    def test_an_older_version_comes_back(self, boss, live, draft):
        self.press(boss, draft)
        self.press(boss, live)

        live.refresh_from_db()
        assert live.status == "published"

    def test_a_draft_with_mistakes_is_refused_with_each_at_its_place(self, boss, beans, draft):
        operations.change_draft(draft, document=document(rule(points=0)))

        page = body(boss.get(at("rules_publish", draft.pk)))

        assert "It cannot be published yet" in page
        assert "/rules/0/effects/0/points" in page

    def test_where_the_brand_wants_a_second_person_it_waits(self, boss, cafe, beans, draft):
        cafe.approval_terms = True
        cafe.save()

        answer = self.press(boss, draft, reason="Agreed")

        draft.refresh_from_db()
        assert draft.status == "draft"
        assert ApprovalRequest.objects.get().kind == "rules.publish"
        assert told(answer) == ["It waits for a second person, under Approvals. Until then nothing changes."]
        assert "it waits for a second person" in body(answer)
