"""What documents of rules and conditions may be in order to be kept, however they came. No queries."""

import json
from typing import Any

from loyalty.errors import Invalid
from programs.earning.errors import RulesTooLarge

DOCUMENT_BYTES_MAX = 256 * 1024


def refuse_unkeepable(document: Any, pointer: str = "") -> None:
    """Raises RulesTooLarge, or Invalid at the pointer where there are characters that cannot be kept."""
    try:
        written = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        written = b"\\u0000"
    if b"\\u0000" in written:
        detail = "There is a character that cannot be kept."
        raise Invalid([{"pointer": pointer, "code": "forbidden-character", "detail": detail}])
    if len(written) > DOCUMENT_BYTES_MAX:
        raise RulesTooLarge(
            f"The document may have {DOCUMENT_BYTES_MAX:,} bytes.", pointer=pointer, bytes_max=DOCUMENT_BYTES_MAX
        )
