"""Bytes as text that a QR code writes in its alphanumeric mode (RFC 9285): two bytes in three characters. Pure."""

from programs.rewards.qr.errors import MalformedToken

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """`data` as text."""
    written = []
    for at in range(0, len(data) - 1, 2):
        high, low = divmod((data[at] << 8) + data[at + 1], 45)
        high, middle = divmod(high, 45)
        written += ALPHABET[low], ALPHABET[middle], ALPHABET[high]
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        written += ALPHABET[low], ALPHABET[high]
    return "".join(written)


def decode(text: str) -> bytes:
    """The bytes that `text` stands for. Only what `encode` writes is read: no small letters, nothing left over.
    Raises MalformedToken."""
    if len(text) % 3 == 1:
        raise MalformedToken("The code breaks off.")
    try:
        values = [_VALUES[character] for character in text]
    except KeyError:
        raise MalformedToken("The code holds characters that codes do not have.") from None
    found = bytearray()
    for at in range(0, len(values), 3):
        low, middle, *high = values[at : at + 3]
        number = low + 45 * middle + 2025 * sum(high)
        if number >= (65536 if high else 256):
            raise MalformedToken("The code holds characters that do not stand together.")
        found += number.to_bytes(2 if high else 1)
    return bytes(found)
