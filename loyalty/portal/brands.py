"""Whose eyes the portal is seen with: the person, their role, and the brand they are looking at, which they choose when
they work for several."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from loyalty.backoffice import CHOSEN_BRAND, allowed, chosen_brand, is_operator
from loyalty.backoffice_menu import page
from loyalty.identity.logos.views import logo_address
from loyalty.identity.models import Brand, Staff

CHOICES_MAX = 100


@dataclass(frozen=True)
class Standing:
    """Who is looking, and at what."""

    name: str
    role: str
    brand: Brand | None
    choices: list[Brand]
    logo: str

    @property
    def title(self) -> str:
        """What stands at the top of the sidebar."""
        if self.brand:
            return self.brand.name
        return _("All brands") if self.choices else "Loyalty"


def standing_of(request: HttpRequest) -> Standing:
    """The person's standing, in one query a request; the choices are empty for who works for one brand only."""
    if not hasattr(request, "_standing"):
        request._standing = _standing(request)
    return request._standing


def _standing(request: HttpRequest) -> Standing:
    person, posts, chosen = request.user, request.user.worker.brands, chosen_brand(request)
    theirs = Brand.objects.defer("logo").order_by("name")
    if not is_operator(request):
        theirs = theirs.filter(pk__in=posts)
    brands = list(theirs[:CHOICES_MAX])
    if chosen and chosen not in {brand.pk for brand in brands}:
        brands += Brand.objects.defer("logo").filter(pk=chosen)
    is_bound = len(brands) == 1 and not is_operator(request)
    brand = next((each for each in brands if each.pk == chosen), brands[0] if is_bound else None)
    return Standing(
        name=person.name or person.email.partition("@")[0],
        role=_role(request, brand),
        brand=brand,
        choices=[] if is_bound else brands,
        logo=logo_address(brand) if brand else "",
    )


def _role(request: HttpRequest, brand: Brand | None) -> str:
    posts = request.user.worker.brands
    if brand and brand.pk in posts:
        return str(Staff.Role(posts[brand.pk]).label)
    if is_operator(request):
        return _("Platform operator")
    return ", ".join(str(Staff.Role(role).label) for role in Staff.Role.values if role in posts.values())


@page("brand/", name="choose_brand")
@require_POST
@allowed("portal.enter")
def choose_brand(request: HttpRequest) -> HttpResponse:
    """Remembers which of their brands the person looks at; an empty choice is all of them. Any other is none."""
    asked = request.POST.get("brand", "")
    choices = {str(brand.pk): brand.name for brand in standing_of(request).choices}
    request.session[CHOSEN_BRAND] = asked if asked in choices else ""
    told = _("You are looking at %(brand)s now.") % {"brand": choices.get(asked, _("all brands"))}
    messages.info(request, told)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The list that they came from, without its filters; from the page of one object the first page: either may name
    what is another brand's."""
    going = request.POST.get("next", "").partition("?")[0]
    is_ours = url_has_allowed_host_and_scheme(going, request.get_host(), require_https=request.is_secure())
    return going if is_ours and going.startswith("/admin/") and going.count("/") <= 4 else reverse("admin:index")


def looks_at(request: HttpRequest, brands: list[UUID] | None) -> list[UUID] | None:
    """Of these brands (None: all) the one that the person is looking at, or all of them."""
    chosen = chosen_brand(request)
    if chosen is None:
        return brands
    return [chosen] if brands is None or chosen in brands else []
