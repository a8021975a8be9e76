"""What people read on the portal's screens is plain: no names out of the code, no fields that are drawn otherwise than
their neighbours, nothing that the browser's rules would not let work."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from loyalty.backoffice import BrandScopedAdmin

CODE_NAMES = re.compile(r"^is |\b(at|min|max|xid)$", re.IGNORECASE)
OWN = [screen for screen in admin.site._registry.values() if isinstance(screen, BrandScopedAdmin)]
INLINE_HANDLER = re.compile(r"""\son(click|change|submit|load|input|keydown)\s*=\s*["']""")


@pytest.mark.parametrize("screen", OWN, ids=lambda screen: screen.opts.label)
def test_columns_and_fields_are_called_what_people_call_them(screen):
    named = {*screen.list_display, *(name for name in screen.readonly_fields if isinstance(name, str))}
    named |= {field.name for field in screen.opts.concrete_fields if field.editable}

    labels = {name: str(label_for_field(name, screen.model, screen)) for name in named}

    assert {name: label for name, label in labels.items() if CODE_NAMES.search(label)} == {}


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
