"""The reference till: one page that works without a line, and the worker that keeps it in the browser."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

FILES = ("icon.svg", "till.css", "till_codes.js", "till_keeping.js", "till_queue.js", "till.js")


@require_safe
def till(request: HttpRequest) -> HttpResponse:
    """The page. For everybody: without a server key it does nothing."""
    response = render(request, "till/till.html", {"issuer": settings.QR_ISSUER})
    response.needs_camera = True
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Its text changes whenever one of the files does, at which browsers fetch them anew."""
    page = render(request, "till/till.html", {"issuer": settings.QR_ISSUER}).content
    digest = hashlib.sha256(page)
    for name in FILES:
        digest.update(Path(finders.find(f"loyalty/{name}")).read_bytes())
    files = [reverse("till"), *(static(f"loyalty/{name}") for name in FILES)]
    facts = {"version": digest.hexdigest()[:16], "files": files}
    response = render(request, "till/worker.js", facts, content_type="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response
