"""The address of a brand's logo: one for each picture, so that browsers may keep it for ever."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from loyalty.identity.models import Brand

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    # It is shown by pages, ours and the brand's; opened by itself it is a file to save and may do nothing.
    "Content-Disposition": 'attachment; filename="logo.png"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def logo_address(brand: Brand) -> str:
    """Where the brand's logo is; "" where it has none."""
    return reverse("logo", args=[brand.id, brand.logo_digest]) if brand.logo_digest else ""


@require_safe
def logo(request: HttpRequest, brand_id: UUID, digest: str) -> HttpResponse:
    """The picture. For everybody: members see it too."""
    png = Brand.objects.filter(id=brand_id, logo_digest=digest).values_list("logo", flat=True).first()
    if not png:
        raise Http404("There is no such logo.")
    return HttpResponse(bytes(png), content_type="image/png", headers=HEADERS)
