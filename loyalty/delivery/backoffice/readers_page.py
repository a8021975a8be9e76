"""The page of the log itself, for operators: who reads it and how far they are behind, and what has been moved out."""

from datetime import timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from loyalty import clock
from loyalty.backoffice import allowed
from loyalty.backoffice_menu import page
from loyalty.delivery.backoffice.wording import lasting_told
from loyalty.events import reading
from loyalty.events.models import Event, EventArchive, EventReader

READERS_MAX = 200
ARCHIVES_SHOWN = 50
SLOW, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@page("log/readers/", name="event_readers")
@allowed("event_archives.view")
def readers_page(request: HttpRequest) -> HttpResponse:
    """Everybody who reads the log from end to end, with their lag."""
    settled, now = reading.settled_id(), clock.now()
    newest = Event.objects.order_by("-id").only("id", "recorded_at").first()
    archives = list(EventArchive.objects.order_by("-last_id")[: ARCHIVES_SHOWN + 1])
    context = {
        **admin.site.each_context(request), "title": _("Readers of the log"),
        "settled": settled, "newest": newest, "unsettled": max((newest.id if newest else 0) - settled, 0),
        "rows": [_row(one, settled, now) for one in EventReader.objects.order_by("name")[:READERS_MAX]],
        "archives": archives[:ARCHIVES_SHOWN], "has_more": len(archives) > ARCHIVES_SHOWN,
    }  # fmt: skip
    return TemplateResponse(request, "admin/delivery/readers.html", context)


def _row(reader: EventReader, settled: int, now) -> dict:
    """A reader, how many numbers it is behind, and since when it has read nothing where something is there to read."""
    behind = max(settled - reader.position, 0)
    idle = now - reader.updated_at
    return {
        "reader": reader, "behind": behind, "is_slow": behind > 0 and idle > SLOW,
        "idle": lasting_told(idle // SECOND) if behind else "",
    }  # fmt: skip
