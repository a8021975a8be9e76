"""The screen of webhook endpoints: the page of one with how it is, its form, the secret that is shown once, and the
buttons. What was delivered has a screen of its own."""

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.backoffice import allowed, chosen_brand, mistakes_in, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.delivery.backoffice.endpoint_forms import EndpointForm
from loyalty.delivery.backoffice.endpoint_list import EndpointList, events_told, waiting_told
from loyalty.delivery.backoffice.hours import hours_of
from loyalty.delivery.backoffice.log_admin import title_of
from loyalty.delivery.backoffice.secret_pages import secret_page
from loyalty.delivery.backoffice.wording import ENDPOINT_CLASS, STATUS_CLASS, answer_told, lasting_told
from loyalty.delivery.webhooks import operations
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.errors import LoyaltyError
from loyalty.events import reading
from loyalty.events.models import Event
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand

DELIVERIES_SHOWN = 10
AHEAD_MAX = 10_000
Status = WebhookEndpoint.Status


def is_there(endpoint: WebhookEndpoint) -> bool:
    """Whether it has not been removed."""
    return endpoint.status != Status.REMOVED


@screen(WebhookEndpoint)
class EndpointAdmin(OperationAdmin, EndpointList):
    """Endpoints are made, changed and removed by operations; a removed one stays to be read."""

    actions_detail = ("test", "pause", "enable", "rotate", "remove")

    def offers(self, verb):
        return verb != "delete"

    def get_urls(self):
        view = self.admin_site.admin_view(self.edit_view)
        return [path("<path:object_id>/edit/", view, name="loyalty_webhookendpoint_edit"), *super().get_urls()]

    def page_of(self, obj):
        """After a test comes the page of its delivery."""
        if isinstance(obj, WebhookDelivery):
            return reverse("admin:loyalty_webhookdelivery_change", args=[obj.pk])
        return super().page_of(obj)

    @operation(
        gettext_lazy("Send a test event"), form=OperationForm, icon="send",
        text=gettext_lazy("An event of the type webhook.test goes to this endpoint alone. You see what it answers."),
        is_there=lambda endpoint: endpoint.status == Status.ACTIVE,
    )  # fmt: skip
    def test(self, request, obj, data):
        request.next_object = operations.send_test(principal_of(request), obj.pk)
        return _("The test event is on its way.")

    @operation(
        gettext_lazy("Pause"), verb="change", icon="pause",
        text=gettext_lazy("Nothing is sent until it is enabled again. What happens meanwhile waits, nothing is lost."),
        is_there=lambda endpoint: endpoint.status == Status.ACTIVE,
    )  # fmt: skip
    def pause(self, request, obj, data):
        operations.pause(principal_of(request), obj.pk, reason=data["reason"])
        return _("Paused: what happens from now on waits.")

    @operation(
        gettext_lazy("Enable"), form=OperationForm, verb="change", icon="play_arrow",
        text=gettext_lazy("It goes on where it stopped: what waits is sent first, in order."),
        is_there=lambda endpoint: endpoint.status in (Status.PAUSED, Status.DISABLED),
    )  # fmt: skip
    def enable(self, request, obj, data):
        operations.enable(principal_of(request), obj.pk)
        return _("Enabled: it goes on where it stopped.")

    @operation(
        gettext_lazy("New secret"), form=OperationForm, icon="key", is_there=is_there,
        text=gettext_lazy("For a day both secrets sign, so that the receiver can change over without losing anything."),
    )  # fmt: skip
    def rotate(self, request, obj, data):
        request.shown_once = operations.rotate_secret(principal_of(request), obj)
        return _("There is a new secret.")

    @operation(
        gettext_lazy("Remove"), icon="delete", is_danger=True, is_there=is_there,
        text=gettext_lazy("Nothing is sent there any more, for good. What waits is cancelled; the rest can be read."),
    )  # fmt: skip
    def remove(self, request, obj, data):
        operations.remove_endpoint(principal_of(request), obj.pk)
        return _("The endpoint is removed.")

    def press(self, request, object_id, button, run):
        """A new secret is shown once, on the page that answers."""
        answer = super().press(request, object_id, button, run)
        if shown := getattr(request, "shown_once", None):
            return self._secret_page(request, self.get_object(request, unquote(object_id)), shown)
        return answer

    def add_view(self, request, form_url="", extra_context=None):
        """Asks where events go and which, makes the endpoint, and shows its secret once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        theirs = self.brands_where(request, "add")
        brands = Brand.objects.defer("logo").order_by("name")
        brands = brands if theirs is None else brands.filter(pk__in=theirs)
        form = EndpointForm(request.POST or None, brands=brands, initial={"brand": chosen_brand(request)})
        refusals: list[str] = []
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                made, secret = operations.add_endpoint(
                    principal_of(request), given["brand"], given["url"], given["events"], given["description"],
                    in_flight_max=given["in_flight_max"],
                )  # fmt: skip
            except LoyaltyError as refusal:
                refusals = mistakes_in(refusal)
            else:
                self.log_addition(request, made, _("Made"))
                return self._secret_page(request, made, secret)
        return self._form_page(request, form, refusals, _("New webhook endpoint"), _("Make the endpoint"))

    @allowed("webhooks.change")
    def edit_view(self, request, object_id):
        """Asks for the endpoint anew, and changes it."""
        endpoint = self._endpoint(request, object_id, "change")
        form = EndpointForm(request.POST or None, brands=(), endpoint=endpoint)
        refusals: list[str] = []
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                operations.change_endpoint(
                    principal_of(request), endpoint.pk,
                    {name: given[name] for name in ("url", "description", "events", "in_flight_max")},
                )  # fmt: skip
            except LoyaltyError as refusal:
                refusals = mistakes_in(refusal)
            else:
                self.log_change(request, endpoint, _("Changed"))
                messages.success(request, _("The endpoint is changed."))
                return HttpResponseRedirect(self.page_of(endpoint))
        return self._form_page(request, form, refusals, _("Change the endpoint"), _("Save"), endpoint)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of an endpoint, to look at."""
        endpoint = self._endpoint(request, object_id, "view")
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        return TemplateResponse(request, "admin/delivery/endpoint.html", self._page(request, endpoint, object_id))

    def _endpoint(self, request, object_id: str, verb: str) -> WebhookEndpoint:
        endpoint = self.get_object(request, unquote(str(object_id)))
        if endpoint is None:
            raise Http404
        if not self.is_within(request, endpoint, verb):
            raise PermissionDenied
        return endpoint

    def _form_page(self, request, form, refusals, title, act, endpoint=None):
        back = self.page_of(endpoint) if endpoint else reverse("admin:loyalty_webhookendpoint_changelist")
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "form": form, "refusals": refusals,
            "title": title, "act": act, "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "admin/delivery/endpoint_form.html", context)

    def _secret_page(self, request, endpoint: WebhookEndpoint, secret: str):
        return secret_page(
            self, request, secret, subject=str(endpoint), back=self.page_of(endpoint), until=endpoint.previous_until,
            hint="admin/delivery/how_to_verify.html",
        )  # fmt: skip

    def _page(self, request, endpoint: WebhookEndpoint, object_id: str) -> dict:
        self.prepare_rows(request, [endpoint])
        now, health = clock.now(), endpoint.health
        newest = WebhookDelivery.objects.filter(endpoint=endpoint).defer("answers").order_by("-pk")[:DELIVERIES_SHOWN]
        rows = [
            {"delivery": one, "what": title_of(one.type), "state_class": STATUS_CLASS[one.status],
             "told": answer_told(one.status_code, one.error) if one.tries else ""}
            for one in newest
        ]  # fmt: skip
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "endpoint": endpoint, "title": _("Webhook"),
            "state": endpoint.state_told, "state_class": ENDPOINT_CLASS.get(endpoint.state_told, ""),
            "health": health, "waiting": waiting_told(health.waiting), "events": events_told(endpoint),
            "oldest": lasting_told(health.oldest_seconds), "now": now,
            "is_resting": endpoint.resting_until is not None and endpoint.resting_until > now,
            "hours": hours_of(endpoint.pk), "rows": rows, "ahead": _ahead(endpoint),
            "rotates": endpoint.previous_until,
            "may_change": is_there(endpoint) and self.is_within(request, endpoint, "change"),
            "may_replay": endpoint.status == Status.ACTIVE and self.is_within(request, endpoint, "replay"),
            "is_live": any(row["delivery"].status in ("waiting", "sending") for row in rows)
            and endpoint.status == Status.ACTIVE,
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip


def _ahead(endpoint: WebhookEndpoint) -> int:
    """How many events of its brand it has not looked at yet; of very many so many. Two queries."""
    newer = Event.objects.filter(brand_id=endpoint.brand_id, id__gt=endpoint.position, id__lte=reading.settled_id())
    return newer.order_by()[:AHEAD_MAX].count()
