"""Where a page of the time line begins, as somebody made it up."""

import base64

import pytest
from django.test import Client
from django.urls import reverse


@pytest.mark.parametrize(
    "edge",
    ["2026-01-01|1", "2026-01-01T00:00:00Z|99999999999999999999999", "0001-01-01T00:00:00+23:59|1", "x|y", "",
     "9999-12-31T23:59:59-23:59|1", "2026-01-01T00:00:00Z|-1"],
)  # fmt: skip
def test_a_place_that_nobody_gave_breaks_no_page(edge, manager, ana_beans):
    client = Client()
    client.force_login(manager)
    before = base64.urlsafe_b64encode(edge.encode()).decode()

    for kind in ("", "tiers"):
        page = reverse("admin:loyalty_member_change", args=[ana_beans.member_id])
        assert client.get(page, {"before": before, "kind": kind}).status_code == 200
