"""Every address is found as if one after another were tried."""

import pytest
from django.urls import Resolver404, URLResolver, include, path
from django.urls.resolvers import RegexPattern

from loyalty.http.ways import by_first_word


def view(request):
    """Nobody calls it."""


PLAIN = [
    path("members/register", view, name="register"),
    path("", include([path("programs/<str:program>/tiers", view, {"of": "one"}, name="tiers-of")])),
    path("members/<str:member>", view, name="member"),
    path("members", view, name="members"),
    path("shop/", include(([path("<int:number>", view, name="item")], "shop"))),
    path("<slug:anything>/last", view, name="last"),
]
PATHS = ["members", "members/register", "members/ana", "programs/sky/tiers", "shop/7", "other/last", "members/last"]


def resolver(entries) -> URLResolver:
    return URLResolver(RegexPattern(r"^"), entries)


@pytest.mark.parametrize("asked", PATHS)
def test_each_address_is_found_under_its_name_with_its_route_and_arguments(asked):
    plain, quick = resolver(PLAIN).resolve(asked), resolver(by_first_word(PLAIN, busiest=["programs"])).resolve(asked)

    assert (quick.view_name, quick.route, quick.kwargs) == (plain.view_name, plain.route, plain.kwargs)


@pytest.mark.parametrize("asked", ["", "member", "members/", "members/ana/x", "programs/sky", "shop/x"])
def test_what_is_no_address_is_none(asked):
    for entries in (PLAIN, by_first_word(PLAIN)):
        with pytest.raises(Resolver404):
            resolver(entries).resolve(asked)


def test_a_name_leads_to_its_address():
    quick = resolver(by_first_word(PLAIN))

    assert quick.reverse("member", member="ana") == "members/ana"
    assert quick.reverse("tiers-of", program="sky") == "programs/sky/tiers"


def test_a_request_is_compared_with_few_others():
    entries = [path(f"word{n}/<str:name>/{verb}", view) for n in range(30) for verb in ("a", "b", "c")]

    assert len(resolver(by_first_word(entries, busiest=["word20"])).resolve("word20/x/c").tried) == 3
    assert len(resolver(entries).resolve("word20/x/c").tried) == 63
