"""What purchases of a program had lately, for the fields of the rules' editor to offer: categories, articles, channels,
places, means of payment."""

from collections import Counter
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from loyalty.backoffice import allowed
from loyalty.backoffice_menu import page
from programs.activity.models import Purchase
from programs.earning.backoffice.answering import answer_json
from programs.earning.backoffice.theirs import SEE, program_of

PURCHASES_LOOKED_AT = 2_000
OFFERED_MAX = 100
WORD_MAX = 120


@page("rules/<uuid:program_id>/seen/", name="rules_seen")
@allowed(SEE)
def seen_page(request: HttpRequest, program_id: UUID) -> HttpResponse:
    """The commonest words of the newest purchases, the commonest first."""
    program = program_of(request, program_id)
    return answer_json(seen_in(program.pk))


def seen_in(program_id: UUID) -> dict[str, list[str]]:
    """{"categories": [...], "skus": [...], "channels": [...], "locations": [...], "tenders": [...]}."""
    counted: dict[str, Counter] = {
        name: Counter() for name in ("categories", "skus", "channels", "locations", "tenders")
    }
    latest = Purchase.objects.filter(program=program_id).order_by("-pk")[:PURCHASES_LOOKED_AT]
    for items, tenders, source, location in latest.values_list("items", "tenders", "source", "location_id"):
        for item in items or ():
            _count(counted["categories"], item.get("category"))
            _count(counted["skus"], item.get("sku"))
        for tender in tenders or ():
            _count(counted["tenders"], tender.get("type"))
        _count(counted["channels"], source)
        _count(counted["locations"], location)
    return {name: [word for word, _times in found.most_common(OFFERED_MAX)] for name, found in counted.items()}


def _count(counter: Counter, word) -> None:
    if isinstance(word, str) and word and len(word) <= WORD_MAX:
        counter[word] += 1
