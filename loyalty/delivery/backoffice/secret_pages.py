"""The page that shows a secret, once: after it was made or changed."""

from django.template.response import TemplateResponse
from django.utils.translation import gettext as _


def secret_page(admin, request, secret: str, **more) -> TemplateResponse:
    """No browser and no proxy keeps it. `more` says whose it is (`subject`), where to go on (`back`), how it is used
    (`hint`, a template) and until when the one before is good (`until`)."""
    context = {**admin.admin_site.each_context(request), "opts": admin.opts, "title": _("The secret"), "secret": secret}
    answer = TemplateResponse(request, "admin/delivery/secret.html", context | more)
    answer["Cache-Control"] = "no-store"
    return answer
