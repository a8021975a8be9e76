"""Pictures as people upload them, and as nobody should."""

import struct
import zlib
from io import BytesIO

from PIL import Image

SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>window.__x = 1</script></svg>"""
PAGE = b"<html><script>window.__x = 1</script></html>"


def picture(kind: str = "PNG", size=(40, 20), mode: str = "RGB", **options) -> bytes:
    file = BytesIO()
    Image.new(mode, size, "white" if mode in ("RGB", "L", "CMYK") else 0).save(file, format=kind, **options)
    return file.getvalue()


def noise(size=(512, 512)) -> bytes:
    """What no PNG makes small."""
    file = BytesIO()
    Image.effect_noise(size, 200).convert("RGB").save(file, format="PNG", compress_level=1)
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it has so many pixels, and has."""
    row = b"\0" + bytes(width // 8)
    packer, packed = zlib.compressobj(9), b""
    for _ in range(height):
        packed += packer.compress(row)
    packed += packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small picture with 100 MB of text in it."""
    whole = picture()
    text = b"Comment\0\0" + zlib.compress(bytes(100 * 1024 * 1024), 9)
    return whole[:33] + _chunk(b"zTXt", text) + whole[33:]


def with_traces() -> bytes:
    """A photograph that says where and by whom it was taken, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "Persephone Quill"
    exif[0x8825] = {1: "N", 2: (52.0, 5.0, 0.0)}
    return picture("JPEG", exif=exif, comment=b"Lavender Lane 17")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
