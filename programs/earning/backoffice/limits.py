"""The screen of used limits: how much of each limit and budget is gone, to look at."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import ReadOnlyAdmin, screen, visible
from loyalty.identity.models import Member
from programs.earning.backoffice import wording
from programs.earning.models import LimitCounter
from programs.earning.rules.counting import WITHIN


@screen(LimitCounter)
class LimitCounterAdmin(ReadOnlyAdmin):
    """Counted as points are given, and given back with what comes back."""

    resource = "limits"
    brand_path = "program__brand"
    list_display = ("rule", "who", "in_period", "points", "times", "program")
    list_display_links = ("rule",)
    list_filter = ("scope", "period", "program")
    list_select_related = ("program",)
    search_fields = ("owner",)
    search_help_text = gettext_lazy("Short name of a rule or campaign")
    fields = ("program", "rule", "who", "in_period", "points", "times")
    readonly_fields = ("rule", "who", "in_period")

    def prepare_rows(self, request, rows):
        names = dict(self._names(request, rows))
        for row in rows:
            row.name = names.get(row.subject, "")

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found:
            self.prepare_rows(request, [found])
        return found

    def _names(self, request, rows):
        ids = {row.subject for row in rows if row.subject}
        if not ids or not request.user.has_perm("members.view"):
            return []
        return [(str(member.pk), str(member)) for member in visible(request, Member).filter(pk__in=ids)]

    @display(description=gettext_lazy("Rule or campaign"), ordering="owner")
    def rule(self, counter):
        owner = counter.owner.removeprefix(WITHIN)
        return _("%(campaign)s (campaign)") % {"campaign": owner} if owner != counter.owner else owner

    @display(description=gettext_lazy("Whose"))
    def who(self, counter):
        if counter.subject:
            return counter.name or counter.subject
        return _("the whole campaign") if counter.scope == "campaign" else _("all members together")

    @display(description=gettext_lazy("In"), ordering="since")
    def in_period(self, counter):
        words = wording.options([counter.period])[0][1]
        return _("%(period)s from %(since)s") % {"period": words, "since": counter.since} if counter.since else words
