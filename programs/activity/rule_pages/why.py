"""Why this many points: the page of a transaction that tells every rule that was asked then, what it gave and how, or
why it gave nothing."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from loyalty.backoffice import allowed
from programs.activity.explanations import explain_transaction
from programs.activity.rule_pages.telling import told

EARNED = "earn"


class WhyPage:
    """What the transactions' screen has for a transaction that gave points."""

    @action(description=gettext_lazy("Why this many points?"), url_path="why", icon="help")
    @allowed("transactions.view")
    def why(self, request, object_id):
        """The explanation, made anew from the rules as they were."""
        posting = self.get_object(request, unquote(str(object_id)))
        if posting is None:
            raise Http404
        if not self.is_within(request, posting, "view"):
            raise PermissionDenied
        explained = explain_transaction(posting.public_id) if posting.kind == EARNED else None
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": posting, "posting": posting,
            "title": _("Why this many points?"), "breakdown": (posting.data or {}).get("breakdown", []),
            "telling": told(explained.rules) if explained else None, "subject": self.subject(posting),
            "back": self.page_of(posting),
        }  # fmt: skip
        return TemplateResponse(request, "admin/rules/why.html", context)

    def get_actions_detail(self, request, object_id):
        """Only what gave points is asked why."""
        shown = super().get_actions_detail(request, object_id)
        posting = self.get_object(request, unquote(str(object_id)))
        return [each for each in shown if each.method.__name__ != "why" or (posting and posting.kind == EARNED)]
