"""What comes out is a small PNG of pixels alone, or a refusal."""

import tracemalloc
from io import BytesIO

import pytest
from PIL import Image

from loyalty.identity.logos.pictures import BadPicture, as_logo
from loyalty.identity.logos.tests import hostile_pictures as hostile


def taken(raw: bytes) -> Image.Image:
    return Image.open(BytesIO(as_logo(BytesIO(raw))))


def refusal(raw: bytes) -> str:
    with pytest.raises(BadPicture) as caught:
        as_logo(BytesIO(raw))
    return caught.value.detail


@pytest.mark.parametrize(
    "kind, mode", [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("PNG", "I;16"), ("JPEG", "L"),
                   ("JPEG", "CMYK"), ("WEBP", "RGBA")]
)  # fmt: skip
def test_usual_pictures_are_taken_whatever_their_colours(kind, mode):
    logo = taken(hostile.picture(kind, mode=mode))

    assert (logo.format, logo.size) == ("PNG", (40, 20))


def test_a_large_picture_is_made_smaller_in_its_proportions():
    assert taken(hostile.picture(size=(3000, 1500))).size == (512, 256)


def test_holes_stay_holes():
    assert taken(hostile.picture(mode="RGBA")).convert("RGBA").getpixel((0, 0))[3] == 0


def test_what_does_not_get_small_enough_loses_colours_and_then_size():
    raw = as_logo(BytesIO(hostile.noise()))

    assert len(raw) <= 64 * 1024
    assert Image.open(BytesIO(raw)).width >= 192


def test_metadata_is_gone_and_the_picture_stands_upright():
    raw = as_logo(BytesIO(hostile.with_traces()))
    logo = Image.open(BytesIO(raw))
    logo.load()

    assert logo.size == (20, 40)
    assert not logo.getexif() and not logo.info
    assert b"Persephone" not in raw and b"Lavender" not in raw


@pytest.mark.parametrize(
    "behind", [hostile.PAGE, b"PK\x03\x04 a zip with a class in it", b"<?php system($_GET[0]); ?>"]
)
def test_what_stands_behind_a_picture_does_not_come_along(behind):
    for kind in ("PNG", "JPEG", "WEBP"):
        assert behind not in as_logo(BytesIO(hostile.picture(kind) + behind))


OTHER_KINDS = [hostile.picture(kind) for kind in ("GIF", "BMP", "TIFF", "ICO")]


@pytest.mark.parametrize("raw", [hostile.SVG, hostile.PAGE, b"", b"GIF89a", *OTHER_KINDS])
def test_what_is_no_picture_of_the_three_kinds_is_refused(raw):
    assert refusal(raw) == "This is no PNG, JPEG or WebP picture."


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_breaks_off_is_refused(kind):
    whole = hostile.picture(kind, size=(300, 300), quality=90)

    for part in (len(whole) // 2, 40):
        assert refusal(whole[:part]) in (
            "The picture is damaged or breaks off.",
            "This is no PNG, JPEG or WebP picture.",
        )


def test_fifty_megapixels_are_refused_before_one_is_decoded():
    raw = hostile.bomb(8000, 6400)
    assert len(raw) < 50_000

    tracemalloc.start()
    said = refusal(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert said == "The picture has 8,000 x 6,400 pixels, which are too many."
    assert peak < 1_000_000


def test_a_hundred_megabytes_of_text_are_not_unpacked():
    raw = hostile.text_bomb()
    assert len(raw) < 200_000

    assert refusal(raw) == "The picture is damaged or breaks off."


def test_two_megabytes_are_the_most():
    assert refusal(hostile.picture() + bytes(2 * 1024 * 1024)) == "The file is larger than 2 MB."
