"""What of a picture is kept as a logo. No database."""

from typing import BinaryIO

from loyalty.pictures import BadPicture, Bounds, remade

__all__ = ["BadPicture", "as_logo"]

PIXELS_MAX = 12_000_000
# Brands are read by the dozen, and their logos with them.
LOGO = Bounds(pixels_max=PIXELS_MAX, sides=(512, 384, 256, 192, 128, 64), kept_bytes_max=64 * 1024)


def as_logo(file: BinaryIO) -> bytes:
    """The picture as PNG of at most 512 pixels a side and 64 KB, made anew. Refusals: BadPicture, for more than 2 MB or
    12 million pixels, and see `remade`."""
    return remade(file, LOGO).content
