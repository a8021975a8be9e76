"""Segments, kinds of events, partners and used limits in the portal."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from programs.earning.backoffice.tests.pages import at, body, judged, signed_in, told
from programs.earning.models import EventType, LimitCounter, ProgramLink, Segment

pytestmark = pytest.mark.django_db
GOLD = {"all": [{"fact": "member.orders_before", "operator": "greaterThan", "value": 9}]}


@pytest.fixture
def boss(manager):
    return signed_in(manager)


@pytest.fixture
def vip(cafe):
    return Segment.objects.create(brand=cafe, key="vip", name="Guests")


class TestSegments:
    def test_one_by_conditions_is_made_and_told_in_words(self, boss, cafe, beans):
        sent = {"name": "Regulars", "key": "", "kind": "dynamic", "conditions": json.dumps(GOLD)}

        answer = boss.post(at("programs_segment_add"), sent, follow=True)

        assert Segment.objects.get().conditions == GOLD
        assert told(answer) == ["The segment is made."]
        assert "Orders before" in body(answer)

    def test_a_mistake_in_its_conditions_is_told_and_nothing_is_kept(self, boss, cafe, beans):
        sent = {"name": "Regulars", "kind": "dynamic", "conditions": '{"fact": "order.net"}'}

        answer = boss.post(at("programs_segment_add"), sent)

        assert not Segment.objects.exists()
        assert answer.context["form"].errors["conditions"]

    def test_the_builder_asks_what_conditions_say(self, boss, cafe, beans):
        found = judged(boss, at("programs_segment_judge", cafe.pk), GOLD, mode="audience")

        assert found["errors"] == []
        assert "more than 9" in found["sentences"]["0"].lower()

    def test_numbers_are_pasted_and_those_not_found_are_told(self, boss, vip, ana, ben):
        answer = boss.post(
            at("programs_segment_members", vip.pk), {"act": "add", "numbers": "ana, ben\nnobody ana"}, follow=True
        )

        assert set(vip.members.values_list("member_id", flat=True)) == {ana.pk, ben.pk}
        assert told(answer) == ["2 entered.", "1 not found: nobody"]

    def test_a_csv_file_is_read_by_its_first_column(self, boss, vip, ana, ben):
        file = SimpleUploadedFile("list.csv", "\ufeffmember number;name\r\nana;Ana\r\nghost;G\r\n".encode())

        answer = boss.post(at("programs_segment_members", vip.pk), {"act": "add", "file": file}, follow=True)

        assert list(vip.members.values_list("member_id", flat=True)) == [ana.pk]
        assert told(answer) == ["1 entered.", "1 not found: ghost"]

    def test_members_are_struck_off(self, boss, vip, ana):
        boss.post(at("programs_segment_members", vip.pk), {"act": "add", "numbers": "ana"})
        boss.post(at("programs_segment_members", vip.pk), {"act": "remove", "numbers": "ana"})

        assert not vip.members.exists()

    def test_a_file_that_is_no_text_is_refused(self, boss, vip):
        file = SimpleUploadedFile("list.csv", b"\xff\xfe\x00\x01")

        answer = boss.post(at("programs_segment_members", vip.pk), {"act": "add", "file": file}, follow=True)

        assert told(answer) == ["This is no text file in UTF-8."]

    def test_it_is_taken_away_by_its_button(self, boss, vip):
        address = at("programs_segment_remove", vip.pk)
        key = boss.get(address).context["form"]["request_key"].value()

        boss.post(address, {"request_key": key})

        assert not Segment.objects.exists()

    def test_staff_look_and_do_not_touch(self, barista, vip):
        client = signed_in(barista)

        assert client.get(at("programs_segment_change", vip.pk)).status_code == 200
        assert client.post(at("programs_segment_change", vip.pk), {"name": "X"}).status_code == 403
        assert client.post(at("programs_segment_members", vip.pk), {"act": "add", "numbers": "a"}).status_code == 403


class TestOthers:
    def test_a_kind_of_event_is_made_with_its_fields(self, boss, cafe):
        sent = {"brand": cafe.pk, "name": "review.written", "label": "A review", "told": "text_length: integer"}

        boss.post(at("programs_eventtype_add"), sent)

        assert EventType.objects.get().fields == {"text_length": "integer"}

    def test_a_field_of_no_kind_is_told(self, boss, cafe):
        sent = {"brand": cafe.pk, "name": "review.written", "told": "length: metres"}

        answer = boss.post(at("programs_eventtype_add"), sent)

        assert not EventType.objects.exists()
        assert "One of money" in body(answer)

    def test_a_link_is_proposed_by_the_partners_code_and_ended(self, boss, beans, bistro):
        from programs.membership.operations import create_program

        create_program(bistro, code="SOUP", name="Soup Club", unit_name="spoons")

        boss.post(at("programs_programlink_add"), {"program": beans.pk, "partner_code": "SOUP", "points": 2, "per": 10})

        link = ProgramLink.objects.get()
        assert (link.status, link.earn_points, link.earn_per_minor) == ("proposed", 2, 1000)
        address = at("programs_programlink_end", link.pk)
        key = boss.get(address).context["form"]["request_key"].value()
        boss.post(address, {"request_key": key, "reason": "No more"})
        link.refresh_from_db()
        assert link.status == "ended"

    def test_used_limits_say_whose_they_are(self, boss, beans, ana):
        LimitCounter.objects.create(
            program=beans, scope="member", owner="coffee", subject=str(ana.pk), period="month", since="2026-03-01",
            points=37, times=3,
        )  # fmt: skip

        page = body(boss.get(at("programs_limitcounter_changelist")))

        assert "Ana" in page
        assert "a month from 2026-03-01" in page
