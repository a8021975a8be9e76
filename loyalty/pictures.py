"""From an uploaded file to a small picture of our own making: what comes out holds pixels and nothing else. No
database."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from loyalty.errors import LoyaltyError

FORMATS = ("PNG", "JPEG", "WEBP")


class BadPicture(LoyaltyError):
    """The picture cannot be taken."""

    code = "bad-picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What may come in, and what is kept: the longest sides that are tried, the largest first, until it is small
    enough; the last of them always is. As PNG, or as WebP where photographs are to be kept."""

    bytes_max: int = 2 * 1024 * 1024
    pixels_max: int = 12_000_000
    sides: Sequence[int]
    kept_bytes_max: int
    is_photo: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made anew."""

    content: bytes
    content_type: str
    width: int
    height: int


def remade(file: BinaryIO, bounds: Bounds) -> Picture:
    """The picture made anew within the bounds: no metadata, no further frames, nothing behind the picture's end. PNG,
    JPEG and WebP are read, whatever the file's name says. Refusals: BadPicture for too many bytes, for anything else
    (SVG too), for too many pixels, which is found out before one is decoded, and for a picture that breaks off."""
    raw = file.read(bounds.bytes_max + 1)
    if len(raw) > bounds.bytes_max:
        raise BadPicture(f"The file is larger than {bounds.bytes_max // 1024 // 1024} MB.")
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > bounds.pixels_max:
                raise BadPicture(f"The picture has {width:,} x {height:,} pixels, which are too many.")
            return _kept(_plain(picture), bounds)
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


def _kept(picture: Image.Image, bounds: Bounds) -> Picture:
    """The largest size of it that is small enough."""
    for side in bounds.sides:
        smaller = picture.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
        for content, content_type in _written(smaller, bounds):
            if len(content) <= bounds.kept_bytes_max:
                return Picture(content, content_type, *smaller.size)
    raise AssertionError(f"{bounds.sides[-1]} x {bounds.sides[-1]} pixels fit into {bounds.kept_bytes_max} bytes")


def _written(picture: Image.Image, bounds: Bounds):
    """The picture in the ways in which it can be kept, the best first."""
    if bounds.is_photo:
        for quality in (85, 70):
            yield _saved(picture, format="WEBP", quality=quality, method=4), "image/webp"
    else:
        yield _saved(picture, format="PNG", optimize=True), "image/png"
        yield _saved(picture.quantize(method=Image.Quantize.FASTOCTREE), format="PNG", optimize=True), "image/png"


def _saved(picture: Image.Image, **how) -> bytes:
    file = BytesIO()
    picture.save(file, **how)
    return file.getvalue()
