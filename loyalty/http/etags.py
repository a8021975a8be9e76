"""Reads that know their version: a strong ETag of the body, and 304 for a client that has it already."""

import hashlib

import msgspec
from django.http import HttpResponse
from django.utils.http import parse_etags

from loyalty.http.views import reply


def conditional(request, answer, headers: dict | None = None) -> HttpResponse:
    """`answer` as JSON with its ETag, or 304 without a body when `If-None-Match` names it (or is `*`)."""
    content = msgspec.json.encode(answer)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    if known and ("*" in known or etag in (one.removeprefix("W/") for one in known)):
        response = reply(status=304, headers=headers)
    else:
        response = reply(content, headers=headers)
    response.headers["ETag"] = etag
    # A client may keep it, but asks before using it again; nobody else may.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
