"""JSON for our own scripts, in which no browser could find a tag."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse

ESCAPED = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def answer_json(data: dict) -> HttpResponse:
    """The data as a page of the portal answers it."""
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).translate(ESCAPED)
    return HttpResponse(text, content_type="application/json")
