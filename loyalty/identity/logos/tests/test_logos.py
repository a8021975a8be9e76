"""A brand's logo, from the form in the portal to the browser."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loyalty.identity.logos.tests import hostile_pictures as hostile

FORM = {"name": "Cafe", "approval_points_min": 10_000}


@pytest.fixture
def portal(manager):
    client = Client()
    client.force_login(manager)
    return client


def upload(portal, brand, raw: bytes, name: str = "logo.png", kind: str = "image/png"):
    return change(portal, brand, new_logo=SimpleUploadedFile(name, raw, kind))


def change(portal, brand, **given):
    """Sends the brand's page back as it was shown, but for what is given."""
    page = f"/admin/loyalty/brand/{brand.pk}/change/"
    shown = portal.get(page).context["adminform"].form.initial
    return portal.post(page, {name: value for name, value in shown.items() if value is not None} | FORM | given)


def test_an_uploaded_logo_is_served_as_a_harmless_picture(portal, client, cafe):
    assert upload(portal, cafe, hostile.with_traces(), "me.jpg", "image/jpeg").status_code == 302
    cafe.refresh_from_db()

    answer = client.get(f"/logos/{cafe.pk}/{cafe.logo_digest}.png")

    assert answer.content.startswith(b"\x89PNG") and b"Persephone" not in answer.content
    assert {name: answer[name] for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control")} == {
        "Content-Type": "image/png",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "Set-Cookie" not in answer and "Cookie" not in answer.get("Vary", "")
    assert f"/logos/{cafe.pk}/{cafe.logo_digest}.png" in portal.get(f"/admin/loyalty/brand/{cafe.pk}/change/").text


@pytest.mark.parametrize("raw", [hostile.SVG, hostile.PAGE, hostile.bomb(8000, 6400), hostile.picture()[:60]])
def test_what_is_no_picture_is_said_at_the_field_and_nothing_is_kept(portal, cafe, raw):
    page = upload(portal, cafe, raw)
    cafe.refresh_from_db()

    assert page.status_code == 200
    assert page.context["adminform"].form.errors["new_logo"]
    assert (cafe.logo, cafe.logo_digest) == (None, "")


def test_a_logo_is_taken_away(portal, client, cafe):
    upload(portal, cafe, hostile.picture())
    cafe.refresh_from_db()
    address = f"/logos/{cafe.pk}/{cafe.logo_digest}.png"

    change(portal, cafe, no_logo="on")

    assert client.get(address).status_code == 404


def test_a_digest_that_is_not_the_brands_is_not_found(portal, client, cafe, bistro):
    upload(portal, cafe, hostile.picture())
    cafe.refresh_from_db()

    for address in (f"{bistro.pk}/{cafe.logo_digest}", f"{cafe.pk}/{'0' * 64}", f"{bistro.pk}/x"):
        assert client.get(f"/logos/{address}.png").status_code == 404


def test_staff_of_the_brand_cannot_change_its_logo(client, cafe, barista):
    portal = Client()
    portal.force_login(barista)

    assert upload_as_staff(portal, cafe).status_code == 403
    assert "new_logo" not in portal.get(f"/admin/loyalty/brand/{cafe.pk}/change/").text


def upload_as_staff(portal, brand):
    file = SimpleUploadedFile("logo.png", hostile.picture(), "image/png")
    return portal.post(f"/admin/loyalty/brand/{brand.pk}/change/", FORM | {"new_logo": file})
