"""The history of changes by the API, to be read and never written."""

from datetime import datetime

from loyalty.http.pagination import page_of_rows
from loyalty.http.schema import operation, page_of
from loyalty.http.shapes import query
from loyalty.http.views import ApiView, reply
from loyalty.identity.audit import selectors, serializers
from loyalty.identity.audit.telling import Told, tell

_CHANGE = {
    "id": 8812,
    "at": "2026-10-01T12:00:00Z",
    "text": "Ana Admin changed the earn points of program BEANS from 1 to 2",
    "actor": "person:019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61",
    "who": "Ana Admin",
    "action": "update",
    "kind": "programs.program",
    "object_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60",
    "differences": [{"field": "earn_points", "before": "1", "after": "2"}],
    "source": "portal",
    "reason": "Double points from October on",
    "address": "10.0.0.1",
    "request_id": "8d1f0a",
}


class HistoryView(ApiView):
    """What was changed at the caller's brands."""

    @operation(
        "List changes",
        tags="History",
        allow="history.view",
        query=serializers.HistoryFilters,
        answers={200: page_of(serializers.ChangeAnswer)},
        examples={200: {"next": None, "previous": None, "results": [_CHANGE]}},
    )
    def get(self, request):
        """Newest first: every change of configuration, people and permissions, with who did it, from where and why.
        Secrets and personal data are not shown. The list is append-only and sealed."""
        filters = query(request, serializers.HistoryFilters)
        brands = selectors.visible_brands(self.principal)
        if filters.brand_id:
            brands = [one for one in (filters.brand_id,) if brands is None or one in brands]
        asked = selectors.asked_by(filters, brands)

        def fetch(place, limit: int) -> list[Told]:
            lines = [] if asked is None else selectors.find_changes(
                brands, asked, limit=limit, after=selectors.place_of(place.values), backwards=place.backwards
            )  # fmt: skip
            return tell(lines, brands)

        return reply(page_of_rows(request, fetch, _place, serializers.change_answer))


def _place(told: Told) -> tuple[datetime, int]:
    return told.at, told.id
