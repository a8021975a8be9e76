"""The screen of deliveries: the newest first, the page of one with its tries and the event as it is sent, and the
button that sends it once more."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from loyalty.backoffice import mistakes_in, screen, visible
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.backoffice_long_lists import LongChangeList, LongListAdmin
from loyalty.delivery.backoffice.log_admin import title_of
from loyalty.delivery.backoffice.moments import CreatedFilter
from loyalty.delivery.backoffice.wording import STATUS_CLASS, STATUS_LABELS, answer_told, pretty, tries_of
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.delivery.webhooks.resending import redeliver
from loyalty.errors import LoyaltyError
from loyalty.events.envelopes import envelope
from loyalty.events.models import Event
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Member
from loyalty.identity.selectors import as_uuid

REDELIVERED_MAX = 500
TOLD_MAX = 5
ENDPOINTS_MAX = 100
Status = WebhookDelivery.Status
OPEN = (Status.WAITING, Status.SENDING)
ENDED = (Status.DELIVERED, Status.FAILED, Status.CANCELLED)


GROUPS = {
    "points": gettext_lazy("Points"), "tier": gettext_lazy("Tiers"), "membership": gettext_lazy("Memberships"),
    "member": gettext_lazy("Members"), "voucher": gettext_lazy("Vouchers"), "stamp": gettext_lazy("Stamps"),
    "exchange": gettext_lazy("Exchanges"), "webhook": gettext_lazy("Tests"),
}  # fmt: skip


class TypeFilter(admin.SimpleListFilter):
    """By the kind of event; every other one is found by the search."""

    title = gettext_lazy("what about")
    parameter_name = "about"

    def lookups(self, request, model_admin):
        return GROUPS.items()

    def queryset(self, request, queryset):
        return queryset.filter(type__startswith=f"{self.value()}.") if self.value() in GROUPS else queryset


class DeliveryChangeList(LongChangeList):
    """Each endpoint has an index of its own: the newest of each are found by it, and of those the newest."""

    def first_of(self, rows, order, most):
        endpoints = self.model_admin.endpoints_of(self.request)
        if not endpoints:
            return super().first_of(rows, order, most)
        found = [rows.filter(endpoint=pk).order_by(order).values_list("pk", flat=True)[:most] for pk in endpoints]
        keys = sorted(found[0].union(*found[1:], all=True), reverse=order == "-pk")[:most]
        return list(self.queryset.filter(pk__in=keys).order_by(order))

    def get_results(self, request):
        self.request = request
        super().get_results(request)


def can_go_again(delivery: WebhookDelivery) -> bool:
    """Whether it has ended, and its endpoint takes events."""
    return delivery.status in ENDED and delivery.endpoint.status == WebhookEndpoint.Status.ACTIVE


@screen(WebhookDelivery)
class DeliveryAdmin(OperationAdmin, LongListAdmin):
    """Deliveries come of events and are sent by the sender, never entered by hand."""

    resource = "deliveries"
    brand_path = "endpoint__brand"
    list_display = ("created_at", "what", "type", "endpoint", "state", "tries", "answer", "origin")
    list_filter = ("status", "endpoint", TypeFilter, CreatedFilter, "origin")
    list_select_related = ("endpoint",)
    lookups = ("event_id", "aggregate_id", "type")
    search_fields = ("type",)
    search_help_text = gettext_lazy("A whole type, say points.earned, or the id of an event")
    actions_detail = ("redeliver",)
    actions = ("redeliver_chosen",)

    def get_changelist(self, request, **kwargs):
        return DeliveryChangeList

    def endpoints_of(self, request) -> list:
        """The endpoints of which deliveries are shown, once in a request; none where they are too many to ask one by
        one."""
        if not hasattr(request, "_endpoints_shown"):
            theirs = admin.site._registry[WebhookEndpoint]
            shown = theirs.narrowed(request, visible(request, WebhookEndpoint)).order_by().values_list("pk", flat=True)
            request._endpoints_shown = list(shown[: ENDPOINTS_MAX + 1])
        return request._endpoints_shown if len(request._endpoints_shown) <= ENDPOINTS_MAX else []

    def get_search_results(self, request, queryset, search_term):
        text = search_term.replace("\0", "").strip()
        if uuid := as_uuid(text):
            return queryset.filter(event_id=uuid) | queryset.filter(aggregate_id=uuid), False
        return (queryset.filter(type=text) if text else queryset), False

    @display(description=gettext_lazy("Event"))
    def what(self, delivery):
        return title_of(delivery.type)

    @display(description=gettext_lazy("State"), label=STATUS_LABELS)
    def state(self, delivery):
        return delivery.get_status_display()

    @display(description=gettext_lazy("Last answer"), empty_value="-")
    def answer(self, delivery):
        return answer_told(delivery.status_code, delivery.error) if delivery.tries else None

    def has_redeliver_permission(self, request):
        return self.may(request, "redeliver")

    @admin.action(description=gettext_lazy("Deliver again"), permissions=["redeliver"])
    def redeliver_chosen(self, request, queryset):
        """Those of the chosen ones that are not on their way already, so many at a time."""
        mine = self.scope(request, queryset, "redeliver").filter(status__in=ENDED).order_by("pk")
        rows = list(mine[: REDELIVERED_MAX + 1])
        done, refused = 0, []
        for delivery in rows[:REDELIVERED_MAX]:
            try:
                redeliver(principal_of(request), delivery.pk)
                done += 1
            except LoyaltyError as refusal:
                refused += mistakes_in(refusal)
        if done:
            told = ngettext("%(n)s delivery is sent again.", "%(n)s deliveries are sent again.", done)
            messages.success(request, told % {"n": f"{done:,}"})
        elif not refused:
            messages.warning(request, _("What you chose is on its way already."))
        if len(rows) > REDELIVERED_MAX:
            messages.warning(request, _("%(n)s at a time: choose the rest again.") % {"n": f"{REDELIVERED_MAX:,}"})
        for mistake in dict.fromkeys(refused[:TOLD_MAX]):
            messages.error(request, mistake)

    @operation(
        gettext_lazy("Deliver again"), form=OperationForm, icon="replay",
        text=gettext_lazy("The same event goes once more, with the same id: a receiver that has it already knows it."),
        is_there=can_go_again,
    )  # fmt: skip
    def redeliver(self, request, obj, data):
        redeliver(principal_of(request), obj.pk)
        return _("It is sent again.")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a delivery, to look at."""
        delivery = self.get_object(request, unquote(object_id))
        if delivery is None:
            raise Http404
        if not self.has_view_permission(request, delivery):
            raise PermissionDenied
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        return TemplateResponse(request, "admin/delivery/delivery.html", self._page(request, delivery, object_id))

    def _page(self, request, delivery: WebhookDelivery, object_id: str) -> dict:
        event = Event.objects.filter(pk=delivery.event_number).first()
        member = None
        if event and event.member_id:
            member = visible(request, Member).filter(pk=event.member_id).first()
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "delivery": delivery, "event": event,
            "title": _("Delivery"), "what": title_of(delivery.type), "member": member,
            "state": delivery.get_status_display(), "state_class": STATUS_CLASS[delivery.status],
            "is_open": delivery.status in OPEN, "tries": tries_of(delivery),
            "answer": answer_told(delivery.status_code, delivery.error) if delivery.tries else "",
            "envelope": pretty(envelope(event)) if event else "",
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip
