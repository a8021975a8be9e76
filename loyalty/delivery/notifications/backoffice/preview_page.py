"""The page that shows a template as it will look: a letter, or a message on a phone."""

from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from loyalty.backoffice import allowed, brands_where, mistakes_in
from loyalty.backoffice_menu import page
from loyalty.delivery.notifications.backoffice.forms import PreviewForm
from loyalty.delivery.notifications.models import Channel, NotificationTemplate
from loyalty.delivery.notifications.previewing import preview
from loyalty.errors import LoyaltyError, NotFound
from loyalty.identity.models import BrandMember, Member


@page("messages/<uuid:template_id>/preview/", name="notification_preview")
@allowed("notification_templates.view")
def preview_page(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """With example values; with `?member=` and a number of the brand's, as that member would get it."""
    brands = brands_where(request, "notification_templates.view")
    template = NotificationTemplate.objects.select_related("brand").filter(pk=template_id).first()
    if template is None or (brands is not None and template.brand_id not in brands):
        raise Http404
    form = PreviewForm(request.GET or None)
    number = form.cleaned_data["member"] if form.is_bound and form.is_valid() else ""
    said, mistakes = None, []
    try:
        member = _member(template, number) if number else None
        said = preview(template, member=member)
    except LoyaltyError as refusal:
        mistakes = mistakes_in(refusal)
    context = {
        **admin.site.each_context(request),
        "title": _("Preview: %(template)s") % {"template": template},
        "template": template, "said": said, "mistakes": mistakes, "form": form,
        "is_mail": template.channel == Channel.EMAIL,
    }  # fmt: skip
    return TemplateResponse(request, "admin/notifications/preview.html", context)


def _member(template: NotificationTemplate, number: str) -> Member:
    """The brand's member of that number. Refusals: NotFound."""
    known = BrandMember.objects.filter(brand=template.brand_id, external_id=number.strip()).select_related("member")
    found = known.first()
    if found is None:
        raise NotFound(_("There is no member with this number."))
    return found.member
