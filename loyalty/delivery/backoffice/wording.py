"""States, times and answers as the screens of webhooks say them. Pure, no database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint

Status, State = WebhookDelivery.Status, WebhookEndpoint.Status
STATUS_LABELS = {
    str(Status.WAITING.label): "info", str(Status.SENDING.label): "info", str(Status.DELIVERED.label): "success",
    str(Status.FAILED.label): "danger", str(Status.CANCELLED.label): None,
}  # fmt: skip
STATUS_CLASS = {
    Status.WAITING: "", Status.SENDING: "", Status.DELIVERED: "rw-good", Status.FAILED: "rw-bad", Status.CANCELLED: "",
}  # fmt: skip
ENDPOINT_LABELS = {
    "Active": "success", "Failing": "danger", "Resting": "warning", "Paused": "warning", "Disabled": "danger",
    "Removed": None,
}  # fmt: skip
ENDPOINT_CLASS = {
    "Active": "rw-good", "Failing": "rw-bad", "Resting": "rw-warn", "Paused": "rw-warn", "Disabled": "rw-bad",
}  # fmt: skip
OK, REDIRECT, BAD_REQUEST, GONE, TOO_MANY = 200, 300, 400, 410, 429


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a delivery."""

    at: datetime | None
    ms: int | None
    told: str
    is_good: bool


def state_of(endpoint: WebhookEndpoint, now: datetime) -> str:
    """How the endpoint is, in a word: an active one may be failing, or rest until it is tried again."""
    if endpoint.status != State.ACTIVE:
        return str(endpoint.get_status_display())
    if endpoint.resting_until and endpoint.resting_until > now:
        return "Resting"
    return "Failing" if endpoint.failing_since else "Active"


def lasting_told(seconds: int | None) -> str:
    """How long, in its greatest unit; "" for nothing."""
    if seconds is None:
        return ""
    for size, told in ((86_400, _("%(n)s d")), (3_600, _("%(n)s h")), (60, _("%(n)s min"))):
        if seconds >= size:
            return told % {"n": f"{seconds // size:,}"}
    return _("%(n)s s") % {"n": max(seconds, 0)}


def answer_told(status_code: int | None, error: str) -> str:
    """What came back, in words, with what to do about it where that is plain."""
    if not status_code:
        return error or "-"
    if OK <= status_code < REDIRECT:
        return _("%(code)s, taken") % {"code": status_code}
    if REDIRECT <= status_code < BAD_REQUEST:
        return _("%(code)s, a redirect: enter the address that it leads to") % {"code": status_code}
    if status_code == GONE:
        return _("%(code)s, the receiver wants no more") % {"code": status_code}
    if status_code == TOO_MANY:
        return _("%(code)s, too many at once") % {"code": status_code}
    return _("%(code)s, not taken") % {"code": status_code}


def tries_of(delivery: WebhookDelivery) -> list[Try]:
    """The tries of a delivery, the newest first."""
    return [_try(answer) for answer in reversed(delivery.answers)]


def _try(answer: Mapping[str, Any]) -> Try:
    at, code = answer.get("at"), answer.get("status")
    ms = answer.get("ms")
    told = answer_told(code, str(answer.get("error") or ""))
    return Try(parse_datetime(at) if isinstance(at, str) else None, ms, told, bool(code and OK <= code < REDIRECT))


def pretty(content: Any) -> str:
    """JSON as people read it."""
    return json.dumps(content, indent=2, ensure_ascii=False)
