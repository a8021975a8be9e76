"""The addresses of settlements between brands. Closing and paying are done in the back-office."""

from datetime import datetime
from uuid import UUID

from django.http import StreamingHttpResponse

from exchange.clearing import docs, serializers
from exchange.clearing.files import file_name, lines_file
from exchange.clearing.lines import lines_of
from exchange.clearing.months import month_named, month_of
from exchange.clearing.statements import both_ways, find_pair, net_of, programs_of, statement, statements, visible_pairs
from exchange.rates.selectors import leads
from loyalty import clock
from loyalty.errors import Invalid
from loyalty.http.pagination import Place, page, page_of_rows
from loyalty.http.schema import operation
from loyalty.http.shapes import query
from loyalty.http.views import ApiView, reply


class SettlementsView(ApiView):
    """What brands owe each other for a month."""

    @operation("List settlements", **docs.LIST)
    def get(self, request):
        """The pairs of your programs that ever had an agreement in force, with what the one owes the other for the
        month: both brands of a pair read the same. Months are months in UTC."""
        self.principal.require("settlements.view")
        asked = query(request, serializers.SettlementFilters)
        month = month_named(asked.month) if asked.month else month_of(clock.now())
        pairs = visible_pairs(self.principal).filter(leads(start=asked.from_program_id, end=asked.to_program_id))
        key = ("from_program_id", "to_program_id")
        answer = page(request, pairs.order_by().values(*key).distinct(), key=key)
        ends = [(row["from_program_id"], row["to_program_id"]) for row in answer["results"]]
        found = statements(programs_of(ends), month)
        return reply(answer | {"results": [serializers.settlement_answer(told) for told in found]})


class SettlementView(ApiView):
    """A month of a pair."""

    @operation("Show a settlement", **docs.SHOW)
    def get(self, request, from_program, to_program, period):
        """What the brand of the first program owes that of the second for the month, and what is left of it once what
        the second owes the first is set off."""
        one, two = find_pair(self.principal, from_program, to_program)
        there, back = both_ways(one, two, month_named(period))
        return reply(serializers.statement_answer(there, net_of(there, back)))


class SettlementLinesView(ApiView):
    """The exchanges of a month of a pair."""

    @operation("List the exchanges of a settlement", **docs.LINES)
    def get(self, request, from_program, to_program, period):
        """Each exchange that the month is made of, as the ledger has it, in the order of time."""
        one, two = find_pair(self.principal, from_program, to_program)
        first, asked = month_named(period), query(request, serializers.LineFilters)

        def fetch(place: Place, limit: int):
            return lines_of(
                (one.pk, two.pk), first, limit=limit, after=_edge(place.values), backwards=place.backwards,
                only_differing=asked.differing,
            )  # fmt: skip

        return reply(page_of_rows(request, fetch, lambda line: (line.at, line.line_id), serializers.line_answer))


def _edge(values: tuple[str, ...]) -> tuple[datetime, UUID] | None:
    """The line that a page begins after; None for the first page. Refusals: Invalid."""
    if not values:
        return None
    try:
        at, line_id = values
        edge = datetime.fromisoformat(at), UUID(line_id)
        if edge[0].tzinfo is None:
            raise ValueError("a moment without an offset")
    except ValueError:
        detail = "Take the cursor from `next` or `previous` as it is."
        raise Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}]) from None
    return edge


class SettlementFileView(ApiView):
    """The exchanges of a month of a pair as a file."""

    media_types = ("text/csv",)

    @operation("Download a settlement", **docs.FILE)
    def get(self, request, from_program, to_program, period):
        """The same exchanges as a CSV file: numbers, times and amounts, and no word about members."""
        one, two = find_pair(self.principal, from_program, to_program)
        told = statement(one, two, month_named(period))
        answer = StreamingHttpResponse(lines_file(told), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(told)}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer
