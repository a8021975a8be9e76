"""The page of an event that another system told: what came of it, what went wrong in words and where, and the buttons
that try it again, correct it or lay it aside."""

import msgspec
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ledger.models import Posting
from loyalty.backoffice import allowed, brands_where, mistakes_in, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, ReasonForm, operation
from loyalty.backoffice_menu import waits
from loyalty.errors import Invalid, LoyaltyError
from loyalty.identity.backoffice import principal_of
from programs.activity.inbound import mending
from programs.activity.inbound.backoffice.event_list import InboundEventList
from programs.activity.inbound.backoffice.wording import STATUS_CLASS, lines_of, reason_told, waits_told
from programs.activity.inbound.intake import OPEN, told_in
from programs.activity.inbound.models import EventMapping, InboundEvent
from programs.membership.models import Membership

CHOSEN_MAX = 500
CONTENT_MAX = 200_000
SHOW = "show"
MAY_MEND = "inbound_events.retry"
FAILED_COUNTED_MAX = 1_000
Status = InboundEvent.Status


class ContentForm(OperationForm):
    """The event as JSON, to be put right."""

    content = forms.CharField(
        label=gettext_lazy("What it says"), max_length=CONTENT_MAX,
        widget=forms.Textarea({"class": "text-field dl-wide", "rows": 24, "spellcheck": "false"}),
        help_text=gettext_lazy("JSON. Its id and source stay; everything else can be put right."),
    )  # fmt: skip

    def clean_content(self) -> dict:
        try:
            found = msgspec.json.decode(self.cleaned_data["content"])
        except msgspec.DecodeError as mistake:
            raise ValidationError(_("This is no JSON: %(mistake)s.") % {"mistake": mistake}) from None
        if not isinstance(found, dict):
            raise ValidationError(_("An event is a JSON object."))
        return found


def is_open(event: InboundEvent) -> bool:
    """Whether something can still come of it."""
    return event.status in OPEN


def document_of(event: InboundEvent) -> dict:
    """What it says, decrypted; {} where that was forgotten with its member, or cannot be read any more."""
    told = told_in(event)
    return told.document() if told else {}


@screen(InboundEvent)
class InboundEventAdmin(OperationAdmin, InboundEventList):
    """Events come from other systems; here they are looked at and put right, never entered."""

    actions_detail = ("retry", "discard")
    actions = ("retry_chosen", "discard_chosen")

    def get_urls(self):
        view = self.admin_site.admin_view(self.correct_view)
        return [path("<path:object_id>/correct/", view, name="programs_inboundevent_correct"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        shown = {"may_map": request.user.has_perm("event_mappings.add")}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def has_retry_permission(self, request):
        return self.may(request, "retry")

    def has_discard_permission(self, request):
        return self.may(request, "discard")

    @admin.action(description=gettext_lazy("Try again"), permissions=["retry"])
    def retry_chosen(self, request, queryset):
        ids = self._chosen(request, queryset, "retry")
        done = mending.retry_many(principal_of(request), ids)
        told = ngettext("%(done)s of %(n)s event is done now.", "%(done)s of %(n)s events are done now.", len(ids))
        level = messages.SUCCESS if done == len(ids) else messages.WARNING
        messages.add_message(request, level, told % {"done": f"{done:,}", "n": f"{len(ids):,}"})

    @admin.action(description=gettext_lazy("Lay aside"), permissions=["discard"])
    def discard_chosen(self, request, queryset):
        done = mending.discard_many(principal_of(request), self._chosen(request, queryset, "discard"))
        told = ngettext("%(n)s event is laid aside.", "%(n)s events are laid aside.", done)
        messages.success(request, told % {"n": f"{done:,}"})

    def _chosen(self, request, queryset, verb: str) -> list:
        """The chosen ones that are open, so many at a time."""
        found = self.scope(request, queryset, verb).filter(status__in=OPEN).order_by("pk")
        ids = list(found.values_list("pk", flat=True)[: CHOSEN_MAX + 1])
        if len(ids) > CHOSEN_MAX:
            messages.warning(request, _("%(n)s at a time: choose the rest again.") % {"n": f"{CHOSEN_MAX:,}"})
        return ids[:CHOSEN_MAX]

    @operation(
        gettext_lazy("Try again"), form=OperationForm, icon="restart_alt", is_there=is_open,
        text=gettext_lazy("It is done now if it can be, by what its type means today."),
    )  # fmt: skip
    def retry(self, request, obj, data):
        tried = mending.retry(principal_of(request), obj)
        if tried.status == Status.DONE:
            return _("It is done.")
        return _("Tried again: %(why)s.") % {"why": reason_told(tried.reason) or tried.get_status_display()}

    @operation(
        gettext_lazy("Lay aside"), form=ReasonForm, icon="block", is_danger=True, is_there=is_open,
        text=gettext_lazy("Nothing is to come of it. It stays in the list of those laid aside."),
    )  # fmt: skip
    def discard(self, request, obj, data):
        mending.discard(principal_of(request), obj)
        return _("It is laid aside.")

    @allowed("inbound_events.correct")
    def correct_view(self, request, object_id):
        """Shows what the event says and puts another content in its place, which is tried at once."""
        event = self._event(request, object_id, "correct")
        document = document_of(event)
        if not is_open(event) or not document:
            raise Http404
        written = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
        form = ContentForm(request.POST or None, initial={"content": written})
        mistakes: list[dict] = []
        if request.method == "POST" and form.is_valid():
            try:
                tried = mending.correct(principal_of(request), event, form.cleaned_data["content"])
            except Invalid as refusal:
                mistakes = refusal.errors
            except LoyaltyError as refusal:
                mistakes = [{"pointer": "", "detail": told} for told in mistakes_in(refusal)]
            else:
                return self._corrected(request, event, tried)
        elif request.method == "GET":
            self.log_change(request, event, _("What it says was shown"))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": _("Correct the event"),
            "event": event, "form": form, "mistakes": mistakes or event.outcome.get("errors", []),
            "is_refused": bool(mistakes), "back": self.page_of(event),
        }  # fmt: skip
        return TemplateResponse(request, "admin/inbound/correct.html", context)

    def _corrected(self, request, event: InboundEvent, tried: InboundEvent) -> HttpResponse:
        self.log_change(request, event, _("Corrected"))
        if tried.status == Status.DONE:
            messages.success(request, _("Corrected, and done."))
        else:
            told = reason_told(tried.reason) or tried.get_status_display()
            messages.warning(request, _("Corrected: %(why)s.") % {"why": told})
        return HttpResponseRedirect(self.page_of(event))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of an event, to look at. Who may correct it can have it shown what it says; that is written down."""
        event = self._event(request, object_id, "view")
        may_see = self.is_within(request, event, "correct")
        is_shown = request.method == "POST" and request.POST.get("act") == SHOW
        if request.method == "POST" and not (is_shown and may_see):
            raise PermissionDenied
        if is_shown:
            self.log_change(request, event, _("What it says was shown"))
        context = self._page(request, event, object_id) | {"may_see": may_see, "is_shown": is_shown}
        return TemplateResponse(request, "admin/inbound/event.html", context)

    def _event(self, request: HttpRequest, object_id: str, verb: str) -> InboundEvent:
        event = self.get_object(request, unquote(str(object_id)))
        if event is None:
            raise Http404
        if not self.is_within(request, event, verb):
            raise PermissionDenied
        return event

    def _page(self, request, event: InboundEvent, object_id: str) -> dict:
        self.prepare_rows(request, [event])
        document = document_of(event)
        mapping = EventMapping.objects.filter(brand=event.brand_id, type=event.type).order_by("source").first()
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "event": event, "title": _("Event taken in"),
            "state": event.get_status_display(), "state_class": STATUS_CLASS[event.status],
            "act": EventMapping.Act(event.act).label if event.act else "", "reason": reason_told(event.reason),
            "waits": waits_told(event.waits_for) if event.status == Status.WAITING else "",
            "mistakes": event.outcome.get("errors", []), "lines": lines_of(document),
            "content": msgspec.json.format(msgspec.json.encode(document), indent=2).decode(), "has_content": document,
            "made": _made_by(event), "mapping": mapping, "is_unknown": event.status == Status.IGNORED and not event.act,
            "may_correct": is_open(event) and bool(document) and self.is_within(request, event, "correct"),
            "may_map": request.user.has_perm("event_mappings.add", event.brand_id),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip


def _made_by(event: InboundEvent) -> list[tuple[str, str]]:
    """What the event gave: each with where it leads. Two queries at most."""
    found = []
    if ids := event.outcome.get("transactions"):
        for posting in Posting.objects.filter(public_id__in=ids).order_by("pk"):
            told = _("%(points)s points") % {"points": f"{posting.points:+,}"}
            found.append((told, reverse("admin:ledger_posting_change", args=[posting.pk])))
    if ids := event.outcome.get("memberships"):
        for membership in Membership.objects.filter(pk__in=ids).select_related("program"):
            told = _("A card of %(program)s") % {"program": membership.program}
            found.append((told, reverse("admin:programs_membership_change", args=[membership.pk])))
    return found


@waits(
    "programs.InboundEvent", one="%(n)s event of your systems failed", many="%(n)s events of your systems failed",
    query="?status__exact=failed", is_alarm=True,
)  # fmt: skip
def failed_ones(request: HttpRequest) -> int:
    """Those that a person must put right; of very many so many. One query, by their own index."""
    shown = admin.site._registry[InboundEvent]
    found = shown.narrowed(request, shown.within(InboundEvent.objects.all(), brands_where(request, MAY_MEND)))
    return found.filter(status=Status.FAILED).order_by()[:FAILED_COUNTED_MAX].count()
