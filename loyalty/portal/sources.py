"""What the portal's search finds beside members and points: colleagues, and for operators brands."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loyalty.backoffice_search import Found, finds
from loyalty.identity.models import Brand, Person, Staff


@finds(_("Staff"), icon="work", permission="staff.view", order=8, by=_("a part of the name, or the whole e-mail"))
def staff(request: HttpRequest, text: str, limit: int) -> list[Found]:
    screen = admin.site._registry[Staff]
    named = Q(person__name__icontains=text)
    if "@" in text:
        named |= Q(person__in=Person.objects.filter(email=text))
    found = screen.narrowed(request, screen.get_queryset(request).select_related("person", "brand").filter(named))
    return [
        Found(
            post.person.name or post.person.email,
            f"{post.get_role_display()}, {post.brand}",
            reverse("admin:loyalty_staff_change", args=[post.pk]),
        )
        for post in found[:limit]
    ]


@finds(_("Brands"), icon="storefront", permission="brands.add", order=9, by=_("the name or code"))
def brands(request: HttpRequest, text: str, limit: int) -> list[Found]:
    found = Brand.objects.defer("logo").filter(Q(name__icontains=text) | Q(code__icontains=text))[:limit]
    return [Found(brand.name, brand.code, reverse("admin:loyalty_brand_change", args=[brand.pk])) for brand in found]
