"""Pictures of codes: an independent reader reads them, small, blurred and turned; their addresses keep the token to
themselves and end with it."""

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree

import pytest
import resvg_py
import segno
import zxingcpp
from PIL import Image, ImageFilter

from loyalty import clock
from programs.rewards.qr import pictures, tokens

AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
SUBJECT = UUID("019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60")
SVG = "{http://www.w3.org/2000/svg}"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with clock.at(AT):
        yield


@pytest.fixture
def token():
    return tokens.make_token("voucher", subject=SUBJECT, audience="harbour", program="harbour-miles")


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


def as_png(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("L")


def as_svg(content: bytes) -> Image.Image:
    drawn = resvg_py.svg_to_bytes(svg_string=content.decode())
    return Image.open(io.BytesIO(bytes(drawn))).convert("L")


def parsed(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 - it is our own


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1))


def turned(image: Image.Image) -> Image.Image:
    return image.rotate(15, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


def photographed(image: Image.Image) -> Image.Image:
    return blurred(turned(image))


@pytest.mark.parametrize("seen", [lambda image: image, blurred, turned, photographed])
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_reader_reads_the_code_at_240_pixels(client, token, kind, seen):
    svg, png = pictures.addresses_of(token)
    answer = client.get(f"{svg if kind == 'svg' else png}?size=240")
    picture = as_svg(answer.content) if kind == "svg" else as_png(answer.content).resize((240, 240))

    assert picture.size == (240, 240)
    assert read(seen(picture)) == [token.text]


def test_a_token_of_usual_length_is_a_code_of_version_10(token):
    code = segno.make_qr(token.text, error="m", boost_error=False)

    assert len(token.text) == 282
    assert (code.designator, code.mode) == ("10-M", "alphanumeric")


def test_the_png_has_whole_dots_and_a_quiet_zone(token):
    picture = as_png(pictures.png_of(token.text, pixels=240))

    assert picture.size == (260, 260)
    assert picture.crop((0, 0, 260, 16)).getextrema() == (255, 255)
    assert len(picture.getcolors()) == 2


def test_the_svg_says_what_it_is_to_those_who_cannot_see_it(client, token):
    answer = client.get(pictures.addresses_of(token)[0])

    drawn = parsed(answer.content)
    assert answer["Content-Type"] == "image/svg+xml"
    assert (drawn.get("role"), drawn.get("width"), drawn.get("height")) == ("img", "320", "320")
    assert drawn.find(f"{SVG}title").text == "QR code of a voucher, valid until 12:01:00 UTC"


def test_nobody_keeps_a_picture_or_tells_its_address(client, token):
    for address in pictures.addresses_of(token):
        answer = client.get(address)

        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_address_does_not_give_the_token_away(token):
    svg, png = pictures.addresses_of(token)

    sealed = pictures.urlsafe_b64decode(svg.removeprefix("/qr/").removesuffix(".svg") + "==")
    assert png.removesuffix("png") == svg.removesuffix("svg")
    assert b"harbour" not in sealed
    assert token.claims.subject.bytes not in sealed
    assert pictures.addresses_of(token) != (svg, png)


def test_an_address_ends_with_its_token(client, token):
    address = pictures.addresses_of(token)[1]

    with clock.at(AT + timedelta(seconds=64)):
        assert client.get(address).status_code == 200
    with clock.at(AT + timedelta(seconds=65)):
        assert client.get(address).status_code == 404


def test_the_address_of_a_code_to_print_ends_after_ten_minutes(client):
    printed = tokens.make_token("stamp", subject=SUBJECT, audience="cafe", program="BEANS", life=timedelta(days=400))
    svg, _ = pictures.addresses_of(printed)

    title = parsed(client.get(svg).content).find(f"{SVG}title").text
    assert title == "QR code of a stamp, valid until 2027-11-05 UTC"
    with clock.at(AT + timedelta(minutes=10)):
        assert client.get(svg).status_code == 404


@pytest.mark.parametrize("sealed", ["x", "AAAA", "A" * 300, "ééé", "-_-_"])
def test_an_address_that_we_did_not_give_is_none(client, sealed):
    assert client.get(f"/qr/{sealed}.svg").status_code == 404
    assert client.get(f"/qr/{sealed}.png").status_code == 404


@pytest.mark.parametrize("size", ["239", "1201", "0", "-240", "", "240.5", "٢٤٠", "999999", "x"])
def test_a_size_out_of_bounds_is_refused(client, token, size):
    for address in pictures.addresses_of(token):
        assert client.get(address, {"size": size}).status_code == 400


def test_the_greatest_size_is_drawn(client, token):
    assert as_png(client.get(pictures.addresses_of(token)[1], {"size": 1200}).content).width == 1235
