"""From an uploaded file to a small PNG of our own making: what comes out holds pixels and nothing else. No database."""

from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from loyalty.errors import LoyaltyError

BYTES_MAX = 2 * 1024 * 1024
PIXELS_MAX = 12_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
# What is kept: brands are read by the dozen, and their logos with them.
SIDES = (512, 384, 256, 192, 128, 64)
KEPT_BYTES_MAX = 64 * 1024


class BadPicture(LoyaltyError):
    """The picture cannot be taken."""

    code = "bad-picture"


def as_logo(file: BinaryIO) -> bytes:
    """The picture as PNG of at most 512 pixels a side and 64 KB, made anew: no metadata, no further frames, nothing
    behind the picture's end. PNG, JPEG and WebP are read, whatever the file's name says.
    Refusals: BadPicture for more than 2 MB, for anything else (SVG too), for more than 12 million pixels, which is
    found out before one is decoded, and for a picture that breaks off."""
    raw = file.read(BYTES_MAX + 1)
    if len(raw) > BYTES_MAX:
        raise BadPicture(f"The file is larger than {BYTES_MAX // 1024 // 1024} MB.")
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > PIXELS_MAX:
                raise BadPicture(f"The picture has {width:,} x {height:,} pixels, which are too many.")
            return _kept(_plain(picture))
    except UnidentifiedImageError:
        raise BadPicture("This is no PNG, JPEG or WebP picture.") from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise BadPicture("The picture is damaged or breaks off.") from error


def _plain(picture: Image.Image) -> Image.Image:
    """The first frame the right way up, with nothing but its pixels."""
    upright = ImageOps.exif_transpose(picture)
    has_holes = upright.has_transparency_data
    plain = upright.convert("RGBA" if has_holes else "RGB")
    plain.info = {}
    return plain


def _kept(picture: Image.Image) -> bytes:
    """The largest size of it that is small enough."""
    for side in SIDES:
        smaller = picture.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        for candidate in (smaller, smaller.quantize(method=Image.Quantize.FASTOCTREE)):
            png = BytesIO()
            candidate.save(png, format="PNG", optimize=True)
            if png.tell() <= KEPT_BYTES_MAX:
                return png.getvalue()
    raise AssertionError("64 x 64 pixels fit into 64 KB")
