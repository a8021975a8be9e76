"""The addresses of quotes and exchanges."""

from exchange.requests import docs, serializers
from exchange.requests.asking import exchange
from exchange.requests.cancelling import cancel
from exchange.requests.quoting import quote
from exchange.requests.selectors import find_exchange, list_exchanges
from loyalty.http.idempotency import REPLAYED, answer_once, given_key, idempotency_key, idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply


class QuoteView(ApiView):
    """What an exchange would give."""

    @operation("Quote an exchange", **docs.QUOTE)
    @idempotent
    def post(self, request):
        """Promises the amounts for two minutes and one exchange, whatever becomes of the rate. Moves nothing, and does
        not look at the balance."""
        body = read(request, serializers.NewQuote)
        return reply(serializers.quote_answer(quote(self.principal, serializers.to_quote_request(body))), 201)


class ExchangesView(ApiView):
    """Exchanges."""

    @operation("List exchanges", **docs.LIST)
    def get(self, request):
        """The newest first. Members see their own; a brand's people and keys those from and to its programs."""
        asked = query(request, serializers.ExchangeFilters)
        found = list_exchanges(
            self.principal,
            member=asked.member_id or "",
            status=asked.status or "",
            from_program=asked.from_program_id or "",
            to_program=asked.to_program_id or "",
        )
        return reply(page(request, found, render=serializers.exchange_answer))

    @operation("Exchange points", **docs.EXCHANGE)
    def post(self, request):
        """Sets the points aside and answers at once; they are exchanged in a moment, both sides or neither. Poll the
        address in `Location`."""
        body = read(request, serializers.NewExchange)
        key = idempotency_key(request, body.idempotency_key)
        asked = exchange(self.principal, serializers.to_exchange_request(body, key))
        headers = {"Location": f"/api/exchanges/{asked.exchange.id}"} | (REPLAYED if asked.is_replayed else {})
        return reply(serializers.asked_answer(asked), 202, headers)


class ExchangeView(ApiView):
    """One exchange."""

    @operation("Show an exchange", **docs.SHOW)
    def get(self, request, exchange):
        """As it is now."""
        return reply(serializers.exchange_answer(find_exchange(self.principal, exchange)))


class CancelView(ApiView):
    """An exchange that is taken back."""

    @operation("Cancel an exchange", **docs.CANCEL)
    def post(self, request, exchange):
        """While it is pending: the points that were set aside go back to where they were. A key is not needed; with one
        the first answer is given again."""
        key = given_key(request, read(request, serializers.Cancelling).idempotency_key)
        answered = lambda: reply(serializers.exchange_answer(cancel(self.principal, exchange)))  # noqa: E731
        return answer_once(request, key, answered)
