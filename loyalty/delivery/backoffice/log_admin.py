"""The screen of the event log: what happened, the newest first, and one event as it is told to others."""

from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import brands_where, screen, visible
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.delivery.backoffice.moments import RecordedFilter
from loyalty.delivery.backoffice.wording import STATUS_CLASS, answer_told, pretty
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.events import catalogue
from loyalty.events.envelopes import envelope
from loyalty.events.models import Event
from loyalty.identity.look_ups import any_of, matches
from loyalty.identity.models import Member
from loyalty.identity.selectors import as_uuid

FREQUENT = ("points.earned", "points.redeemed")
MEMBERS_MAX = 20
RECEIVERS_MAX = 100


def title_of(type: str) -> str:
    """What happened, in words."""
    told = catalogue.newest(type)
    return told.title if told else type.replace(".", ": ").replace("_", " ").capitalize()


def of_types(queryset, types: list[str]):
    """The events of these types; that no frequent one is among them is said, for the index of the rare ones serves who
    says so."""
    found = queryset.filter(type__in=types)
    return found if set(FREQUENT) & set(types) else found.exclude(type__in=FREQUENT)


class GroupFilter(admin.SimpleListFilter):
    """By what it is about: the first word of its type."""

    title = gettext_lazy("what about")
    parameter_name = "about"

    def lookups(self, request, model_admin):
        groups = dict.fromkeys(type.partition(".")[0] for type in catalogue.types())
        return [(group, group.replace("_", " ").capitalize()) for group in groups]

    def queryset(self, request, queryset):
        group = self.value()
        types = [type for type in catalogue.types() if type.partition(".")[0] == group]
        return of_types(queryset, types) if types else queryset


@screen(Event)
class EventAdmin(LongListAdmin):
    """Events are written with what they tell of, and never by hand."""

    resource = "events"
    brand_path = "brand_id"
    list_display = ("what", "type", "whose", "sequence", "occurred_at", "recorded_at")
    list_filter = (GroupFilter, RecordedFilter)
    lookups = ("member_id", "aggregate_id", "type")
    search_fields = ("type",)
    search_help_text = gettext_lazy("A whole type, say points.earned, an id, or a member's name, e-mail or number")

    def get_search_results(self, request, queryset, search_term):
        """By type, by the id of the event, of what it happened to or of the member, or by the member."""
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        if uuid := as_uuid(text):
            ways = [queryset.filter(**{name: uuid}) for name in ("event_id", "aggregate_id", "member_id")]
            return ways[0] | ways[1] | ways[2], False
        if catalogue.NAME.fullmatch(text):
            return of_types(queryset, [text]), False
        known = Member.objects.filter(any_of("pk", matches(text, brands_where(request, "members.view"))))
        theirs = visible(request, Member).filter(pk__in=known.values("pk"))
        return queryset.filter(member_id__in=list(theirs.values_list("pk", flat=True)[:MEMBERS_MAX])), False

    def prepare_rows(self, request, rows):
        """Whom they tell of, for who sees the member."""
        asked = {row.member_id for row in rows if row.member_id}
        found = {member.pk: member for member in visible(request, Member).filter(pk__in=asked)} if asked else {}
        for row in rows:
            row.member = found.get(row.member_id)

    @display(description=gettext_lazy("What happened"))
    def what(self, event):
        return title_of(event.type)

    @display(description=gettext_lazy("Member"), empty_value="-")
    def whose(self, event):
        return event.member or (_("a member") if event.member_id else None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of an event, to look at."""
        event = self.get_object(request, unquote(object_id))
        if event is None:
            raise Http404
        if not self.has_view_permission(request, event):
            raise PermissionDenied
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        self.prepare_rows(request, [event])
        told = catalogue.find(event.type, event.version)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "event": event, "title": _("Event"),
            "what": title_of(event.type), "description": told.description if told else "",
            "aggregate": told.aggregate if told else "", "envelope": pretty(envelope(event)),
            "leaves": event.brand_id is not None, "receivers": receivers_of(request, event),
        }  # fmt: skip
        return TemplateResponse(request, "admin/delivery/event.html", context)


def receivers_of(request, event: Event) -> list[dict]:
    """Whom the event is told to, of the endpoints that the person sees, and how that went. Two queries."""
    endpoints = {one.pk: one for one in visible(request, WebhookEndpoint).filter(brand=event.brand_id)[:RECEIVERS_MAX]}
    return [
        {
            "endpoint": endpoints[one.endpoint_id], "delivery": one, "state": one.get_status_display(),
            "state_class": STATUS_CLASS[one.status], "told": answer_told(one.status_code, one.error),
        }
        for one in live_deliveries([event.pk], list(endpoints))
    ]  # fmt: skip


def live_deliveries(events: list[int], endpoints: list[UUID]) -> list[WebhookDelivery]:
    """What was delivered of these events as it happened to these endpoints, by the index of both. One query."""
    if not events or not endpoints:
        return []
    found = WebhookDelivery.objects.filter(endpoint__in=endpoints, event_number__in=events, origin="live")
    return list(found.defer("answers").order_by("pk"))
