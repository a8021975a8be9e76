"""What people read on the portal's screens is plain: no names out of the code, no fields that are drawn otherwise than
their neighbours, nothing that the browser's rules would not let work."""

import re
from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from loyalty.backoffice import BrandScopedAdmin
from loyalty.backoffice_menu import MENU
from programs.membership.models import Tier

CODE_NAMES = re.compile(r"^is |\b(at|min|max|xid)$", re.IGNORECASE)
OWN = [screen for screen in admin.site._registry.values() if isinstance(screen, BrandScopedAdmin)]
INLINE_HANDLER = re.compile(r"""\son(click|change|submit|load|input|keydown)\s*=\s*["']""")


@pytest.mark.parametrize("screen", OWN, ids=lambda screen: screen.opts.label)
def test_columns_and_fields_are_called_what_people_call_them(screen):
    named = {*screen.list_display, *(name for name in screen.readonly_fields if isinstance(name, str))}
    named |= {field.name for field in screen.opts.concrete_fields if field.editable}

    labels = {name: str(label_for_field(name, screen.model, screen)) for name in named}

    assert {name: label for name, label in labels.items() if CODE_NAMES.search(label)} == {}


@pytest.mark.parametrize(
    "shown", [each for _room, screens in MENU for each in screens if each.label], ids=lambda shown: shown.label
)
def test_the_menu_calls_a_list_what_its_page_does(shown):
    opts = apps.get_model(shown.label)._meta

    assert {str(shown.title).lower()} & {str(opts.verbose_name_plural).lower(), str(opts.verbose_name).lower()}


def test_a_list_is_headed_by_its_name_and_writes_thousands_as_people_do(manager, beans):
    Tier.objects.create(program=beans, code="far", name="Far", points_min=12500)
    client = Client()
    client.force_login(manager)

    page = client.get(reverse("admin:programs_tier_changelist"))

    assert page.context["title"] == "Tiers"
    assert "12,500" in page.content.decode()
    assert "12500" not in page.content.decode()


def test_a_list_of_figures_sorts_by_them(manager, beans):
    Tier.objects.create(program=beans, code="far", name="Far", points_min=12500)
    Tier.objects.create(program=beans, code="near", name="Near", points_min=9)
    client = Client()
    client.force_login(manager)

    rows = client.get(reverse("admin:programs_tier_changelist"), {"o": "4"}).context["cl"].result_list

    assert [row.points_min for row in rows] == sorted(row.points_min for row in rows)
    assert {row.code for row in rows} >= {"far", "near"}


def test_a_list_of_one_page_has_no_way_to_another(manager, cafe):
    client = Client()
    client.force_login(manager)

    page = client.get(reverse("admin:programs_receipt_changelist")).content.decode()

    assert "Newer" not in page
    assert "Older" not in page


@pytest.mark.parametrize("name", ["loyalty_webhookendpoint", "programs_eventsource", "programs_eventmapping"])
def test_a_page_of_its_own_leads_back_to_its_list(manager, cafe, name):
    client = Client()
    client.force_login(manager)

    page = client.get(reverse(f"admin:{name}_add")).content.decode()

    assert "Back to the list" in page


def test_what_opens_over_a_page_says_whether_it_is_open_and_hears_escape(manager, ana):
    client = Client()
    client.force_login(manager)

    page = client.get(reverse("admin:loyalty_member_changelist")).content.decode()

    openers = re.findall(r"<button[^>]*data-opens-over[^>]*>", page)
    assert [re.search(r'aria-controls="([^"]+)"', each)[1] for each in openers] == ["nav-sidebar", "changelist-filter"]
    assert all("aria-expanded" in each for each in openers)
    assert page.count("keydown.escape.window") >= 2


def test_days_are_written_before_months_and_hours_up_to_24():
    at = datetime(2026, 3, 9, 15, 4, tzinfo=UTC)

    assert date_format(at, "DATETIME_FORMAT") == "9 Mar 2026, 15:04"


def test_what_lies_encrypted_is_entered_in_fields_like_all_others(manager, cafe):
    client = Client()
    client.force_login(manager)

    form = client.get(reverse("admin:loyalty_member_add")).context["adminform"].form

    drawn = {name: form.fields[name].widget for name in ("name", "email", "phone", "birth_date")}
    assert [name for name, widget in drawn.items() if "border" not in widget.attrs.get("class", "")] == []
    assert (drawn["email"].input_type, drawn["birth_date"].input_type) == ("email", "date")


def test_no_template_has_a_script_in_an_attribute():
    templates = (settings.BASE_DIR / "templates").rglob("*.html")

    assert [str(each) for each in templates if INLINE_HANDLER.search(each.read_text())] == []
