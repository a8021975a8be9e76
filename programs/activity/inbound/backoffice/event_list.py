"""The list of events that other systems told: dead letters first to be found, filtered by state and type, the newest
first. What one does with an event is in `event_admin`."""

from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import visible
from loyalty.backoffice_long_lists import LongChangeList, LongListAdmin
from loyalty.identity.models import Brand, Member
from loyalty.identity.selectors import as_uuid
from programs.activity.inbound.backoffice.wording import STATUS_LABELS, reason_told
from programs.activity.inbound.models import InboundEvent

Status = InboundEvent.Status
COUNTED_MAX = 10_000
TYPES_SHOWN = 12
TYPES_IN_TILE = 3
BRANDS_MAX = 50


class InboundChangeList(LongChangeList):
    """Each brand has an index of its own, by state and without: the newest of each brand are found by it."""

    def first_of(self, rows, order, most):
        brands = self.model_admin.brands_shown(self.request)
        if not brands:
            return super().first_of(rows, order, most)
        found = [rows.filter(brand=brand).order_by(order).values_list("pk", flat=True)[:most] for brand in brands]
        keys = sorted(found[0].union(*found[1:], all=True), reverse=order == "-pk")[:most]
        return list(self.queryset.filter(pk__in=keys).order_by(order))

    def get_results(self, request):
        self.request = request
        super().get_results(request)


class TypeFilter(admin.SimpleListFilter):
    """By type, one of those that came lately or the whole name."""

    title = gettext_lazy("type")
    parameter_name = "type"

    def lookups(self, request, model_admin):
        counted = dict.fromkeys(type for _status, type, _count in model_admin.counted(request))
        return [(type, type) for type in [*counted][:30]]

    def queryset(self, request, queryset):
        return queryset.filter(type=self.value()) if self.value() else queryset


class InboundEventList(LongListAdmin):
    """What other systems told us."""

    resource = "inbound_events"
    brand_path = "brand"
    list_display = ("received_at", "type", "sent_by", "state", "why", "whose", "event_key", "tries")
    list_filter = ("status", "sender", TypeFilter)
    list_select_related = ("sender",)
    lookups = ("type", "member", "status")
    search_fields = ("=event_key",)
    search_help_text = gettext_lazy("The sender's whole id of an event, or ours")
    change_list_template = "admin/inbound/events.html"

    def get_changelist(self, request, **kwargs):
        return InboundChangeList

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content", "fingerprint")

    def brands_shown(self, request) -> list:
        """The brands of which events are shown; none where they are too many to ask one by one."""
        if not hasattr(request, "_brands_of_inbound"):
            screen = admin.site._registry[Brand]
            found = screen.narrowed(request, visible(request, Brand)).order_by().values_list("pk", flat=True)
            request._brands_of_inbound = list(found[: BRANDS_MAX + 1])
        shown = request._brands_of_inbound
        return shown if len(shown) <= BRANDS_MAX else []

    def counted(self, request) -> list[tuple[str, str, int]]:
        """How many there are by state and type, of the newest; one query in a request."""
        if not hasattr(request, "_inbound_counted"):
            newest = self.narrowed(request, self.scope(request, InboundEvent.objects.all()))
            keys = newest.order_by("-pk").values("pk")[:COUNTED_MAX]
            rows = InboundEvent.objects.filter(pk__in=keys).order_by().values_list("status", "type")
            request._inbound_counted = list(rows.annotate(count=Count("pk")).order_by("-count"))
        return request._inbound_counted

    def changelist_view(self, request, extra_context=None):
        shown = {"tiles": self._tiles(request), "unknown": self._unknown(request)} if request.method == "GET" else {}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def _tiles(self, request) -> list[dict]:
        """The states with their counts and the most frequent types, what a person must see to first."""
        found: dict[str, list[tuple[str, int]]] = {}
        for status, type, count in self.counted(request):
            found.setdefault(status, []).append((type, count))
        order = (Status.FAILED, Status.WAITING, Status.IGNORED, Status.DONE, Status.DISCARDED)
        return [
            {
                "status": str(one), "told": one.label, "count": sum(count for _type, count in found[one]),
                "types": [f"{type} {count:,}" for type, count in found[one][:TYPES_IN_TILE]],
            }
            for one in order
            if one in found
        ]  # fmt: skip

    def _unknown(self, request) -> list[dict]:
        """Types that nobody has said the meaning of, the most frequent first."""
        found = [(type, count) for status, type, count in self.counted(request) if status == Status.IGNORED]
        return [{"type": type, "count": count} for type, count in found[:TYPES_SHOWN]]

    def get_search_results(self, request, queryset, search_term):
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        found = queryset.filter(event_key=text)
        return (found | queryset.filter(pk=uuid) if (uuid := as_uuid(text)) else found), False

    def prepare_rows(self, request, rows):
        """Whom they are about, for who sees the member."""
        asked = {row.member_id for row in rows if row.member_id}
        found = {one.pk: one for one in visible(request, Member).filter(pk__in=asked)} if asked else {}
        for row in rows:
            row.shown_member = found.get(row.member_id)

    @display(description=gettext_lazy("Sent by"))
    def sent_by(self, event):
        return event.sender or event.source

    @display(description=gettext_lazy("State"), label=STATUS_LABELS)
    def state(self, event):
        return event.get_status_display()

    @display(description=gettext_lazy("Why"), empty_value="-")
    def why(self, event):
        return reason_told(event.reason) if event.reason else None

    @display(description=gettext_lazy("Member"), empty_value="-")
    def whose(self, event):
        return event.shown_member or (_("a member") if event.member_id else None)
