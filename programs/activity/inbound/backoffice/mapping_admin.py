"""The screen of what events of other systems mean: the list, the page of one, and taking up what was ignored before.
The form and its trial are in `mapping_editing`."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from loyalty.backoffice import allowed, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.identity.backoffice import principal_of
from programs.activity.inbound import mappings, mending
from programs.activity.inbound.backoffice.mapping_editing import edit_page
from programs.activity.inbound.backoffice.wording import part_told, where_told
from programs.activity.inbound.models import EventMapping
from programs.activity.inbound.parts import DEFAULT_PARTS

TAKEN_UP_MAX = 500


def has_ignored(mapping: EventMapping) -> bool:
    """Whether events came before anybody said what they mean."""
    return mapping.is_active and mapping.act != EventMapping.Act.IGNORE and mending.ignored_of(mapping).exists()


@screen(EventMapping)
class EventMappingAdmin(OperationAdmin):
    """What types of events mean; types that are understood as they are need none."""

    resource = "event_mappings"
    brand_path = "brand"
    list_display = ("type", "act", "sent_by", "program", "state", "brand", "updated_at")
    list_filter = ("act", "source", "is_active", "brand")
    list_select_related = ("brand", "source", "program")
    search_fields = ("type",)
    ordering = ("type",)
    actions_detail = ("take_up", "remove")

    def offers(self, verb):
        """They are taken away by the button, which asks the operation."""
        return verb != "delete"

    def get_urls(self):
        view = self.admin_site.admin_view(self.edit_view)
        return [path("<path:object_id>/edit/", view, name="programs_eventmapping_edit"), *super().get_urls()]

    @display(description=gettext_lazy("From"), ordering="source")
    def sent_by(self, mapping):
        return mapping.source or _("any system")

    @display(description=gettext_lazy("State"), ordering="is_active", label={"In force": "success", "Off": "warning"})
    def state(self, mapping):
        return "In force" if mapping.is_active else "Off"

    @operation(
        gettext_lazy("Take up what was ignored"), form=OperationForm, verb="inbound_events.retry", icon="move_to_inbox",
        text=gettext_lazy("Events of this type that came before are tried by what it means now, 500 at a time."),
        is_there=has_ignored,
    )  # fmt: skip
    def take_up(self, request, obj, data):
        tried = mending.take_up(principal_of(request), obj, limit=TAKEN_UP_MAX)
        told = ngettext("%(n)s event was tried.", "%(n)s events were tried.", tried)
        return told % {"n": f"{tried:,}"}

    @operation(
        gettext_lazy("Take away"), form=OperationForm, icon="delete", is_danger=True,
        text=gettext_lazy("From now on the type means what it usually means, or nothing. What was done stays."),
    )  # fmt: skip
    def remove(self, request, obj, data):
        mappings.delete_mapping(obj, actor=principal_of(request).actor)
        request.is_removed = True
        return _("It is taken away.")

    def press(self, request, object_id, button, run):
        """After it is taken away there is no page of it to go back to."""
        answer = super().press(request, object_id, button, run)
        if getattr(request, "is_removed", False):
            return HttpResponseRedirect(reverse("admin:programs_eventmapping_changelist"))
        return answer

    def add_view(self, request, form_url="", extra_context=None):
        """Asks what a type means, tries it out, and keeps it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return edit_page(self, request, None)

    @allowed("event_mappings.change")
    def edit_view(self, request, object_id):
        """Asks for it anew, tries it out, and keeps it."""
        return edit_page(self, request, self._mapping(request, object_id, "change"))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a meaning, to look at."""
        mapping = self._mapping(request, object_id, "view")
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        usual = DEFAULT_PARTS.get(mapping.act, {})
        own = [(part_told(name), where_told(mapping.parts[name]), True) for name in usual if name in mapping.parts]
        rest = [(part_told(name), where_told(usual[name]), False) for name in usual if name not in mapping.parts]
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "mapping": mapping,
            "title": _("What it means"), "parts": own + rest, "facts": mapping.facts.items(),
            "state": self.state(mapping), "sent_by": self.sent_by(mapping),
            "may_change": self.is_within(request, mapping, "change"), "waits": has_ignored(mapping),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip
        return TemplateResponse(request, "admin/inbound/mapping.html", context)

    def _mapping(self, request, object_id: str, verb: str) -> EventMapping:
        mapping = self.get_object(request, unquote(str(object_id)))
        if mapping is None:
            raise Http404
        if not self.is_within(request, mapping, verb):
            raise PermissionDenied
        return mapping
