"""The brand's screen of its events: to look at, nothing else."""

from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from loyalty.backoffice import ReadOnlyAdmin, screen
from loyalty.events.models import Event


@screen(Event)
class EventAdmin(ReadOnlyAdmin):
    brand_path = "brand_id"
    paginator = InfinitePaginator
    list_display = ("type", "event_id", "member_id", "sequence", "occurred_at", "recorded_at")
    search_fields = ("=type",)
    search_help_text = _("Type, say points.earned")
    ordering = ("-id",)
    fields = (
        "event_id", "type", "aggregate_id", "sequence", "member_id", "program_id", "data", "occurred_at", "recorded_at",
    )  # fmt: skip
