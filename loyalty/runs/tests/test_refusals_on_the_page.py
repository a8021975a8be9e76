"""What the page of a run says of what was refused: the file's own columns, or the member by name."""

import pytest
from django.test import Client
from django.urls import reverse

from loyalty.identity.models import BrandMember, Member
from loyalty.runs.models import Run


@pytest.fixture
def page(cafe, manager):
    """A function from a run's refusals, and what it was asked, to its page as the brand's admin sees it."""

    def shown(mistakes, **arguments) -> str:
        run = Run.objects.create(
            brand=cafe, kind="members.enrol", status="done", total=2, done=2, failed=len(mistakes), mistakes=mistakes,
            arguments=arguments,
        )  # fmt: skip
        client = Client()
        client.force_login(manager)
        return client.get(reverse("admin:loyalty_run_change", args=[run.pk])).content.decode()

    return shown


def refusal(field) -> dict:
    return {"row": 4, "field": str(field), "code": "refused", "detail": "It cannot be."}


def test_a_member_is_named_and_led_to(page, cafe):
    guest = Member.objects.create(name="Grete Gast", created_by=cafe)
    BrandMember.objects.create(brand=cafe, member=guest)

    told = page([refusal(guest.pk)])

    assert "Grete Gast" in told
    assert reverse("admin:loyalty_member_change", args=[guest.pk]) in told


def test_a_member_whom_the_brand_does_not_know_is_not_named(page, bistro):
    guest = Member.objects.create(name="Grete Gast", created_by=bistro)
    BrandMember.objects.create(brand=bistro, member=guest)

    assert "Grete Gast" not in page([refusal(guest.pk)])


def test_a_column_is_called_what_the_file_calls_it(page):
    told = page([refusal("birth_date")], columns={"born": "birth_date", "id": "external_id"})

    assert "<td>born</td>" in told
    assert "birth_date" not in told
