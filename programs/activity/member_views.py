"""The addresses that tell what a member holds and what happened to it."""

from loyalty.errors import Invalid
from loyalty.http.etags import conditional
from loyalty.http.pagination import page_of_rows
from loyalty.http.schema import operation
from loyalty.http.shapes import query
from loyalty.http.views import ApiView, reply
from loyalty.identity import selectors as identity
from loyalty.identity.serializers import member_answer
from loyalty.identity.views import MemberView
from programs.activity import answers, docs, selectors, serializers
from programs.activity.history import history_page

TAG = "Members"


class MemberWithMembershipsView(MemberView):
    """One member, with what they hold."""

    @operation("Get a member", id="members_get", tags=TAG, allow="members.look_up", **docs.MEMBER_READ)
    def get(self, request, member):
        """A member with their part in each program, its tier and balance. Who may only look members up, as a partner's
        till does, learns their name, and neither address nor birth date, preferences or consents."""
        found = identity.find_member(self.principal, member)
        held = [answers.membership_answer(one) for one in selectors.member_balances(self.principal, str(found.id))]
        kind, is_whole = answers.MemberWithMemberships, identity.sees_whole(self.principal, found)
        answer = member_answer(found, found.external_id, kind=kind, is_whole=is_whole, memberships=held)
        return conditional(request, answer)


class BalancesView(ApiView):
    """What a member holds."""

    @operation("List a member's balances", id="members_balances", tags=TAG, allow="balances.view", **docs.BALANCES)
    def get(self, request, member):
        """One balance for each program the member takes part in."""
        found = _balances(self.principal, member, query(request, serializers.BalanceFilters))
        return conditional(request, [answers.balance_answer(one) for one in found])


class BalanceView(ApiView):
    """What a member holds in one program."""

    @operation("Get a member's balance", id="members_balance", tags=TAG, allow="balances.view", **docs.BALANCE)
    def get(self, request, member):
        """The balance in one program; which may be left out when the member takes part in just one."""
        filters = query(request, serializers.OneBalanceFilters)
        found = _balances(self.principal, member, filters, program=filters.program_id)
        return conditional(request, answers.balance_answer(selectors.only_part(found)))


class TransactionsView(ApiView):
    """What happened to a member's points."""

    @operation(
        "List a member's transactions",
        id="members_transactions",
        tags=TAG,
        allow="transactions.view",
        **docs.TRANSACTIONS,
    )
    def get(self, request, member):
        """All that moved the member's points, newest first."""
        return _stream(self.principal, request, member)


class HistoryView(ApiView):
    """What happened to a member."""

    @operation("List a member's history", id="members_history", tags=TAG, allow="transactions.view", **docs.HISTORY)
    def get(self, request, member):
        """All that happened to the member in one stream, newest first: transactions, changes of tier, rewards claimed
        and vouchers given and redeemed, and exchanges, each as one row for all that it is made of. With a `type` the
        transactions of that type only."""
        filters = query(request, serializers.TransactionFilters)
        if filters.type is not None:
            return _stream(self.principal, request, member)
        return _history(self.principal, request, member, program=filters.program_id)


class StatementView(ApiView):
    """A month of a member."""

    @operation("Get a member's statement", id="members_statement", tags=TAG, allow="statements.view", **docs.STATEMENT)
    def get(self, request, member):
        """A month by the program's calendar: what it opened with, each transaction, what it closed with."""
        filters = query(request, serializers.StatementFilters)
        year, _, month = filters.month.partition("-")
        part, statement = selectors.month_statement(
            self.principal, member, program=filters.program_id, year=int(year), month=int(month)
        )
        return reply(answers.statement_answer(part, statement))


def _balances(principal, member, filters, *, program=None):
    if filters.at is None and filters.known_at is None:
        return selectors.member_balances(principal, member, program=program)
    return selectors.member_balances_as_of(principal, member, at=filters.at, known_at=filters.known_at, program=program)


def _history(principal, request, member, *, program):
    _, parts = selectors.find_parts(principal, member, permission="transactions.view", program=program)

    def fetch(place, limit):
        return history_page(parts, place=place, limit=limit)

    def render(happened):
        return answers.happened_answer(happened.row)

    return reply(page_of_rows(request, fetch, lambda happened: happened.edge.values(), render))


def _stream(principal, request, member):
    filters = query(request, serializers.TransactionFilters)
    _, parts = selectors.find_parts(principal, member, permission="transactions.view", program=filters.program_id)

    def fetch(place, limit):
        edge = _edge(place.values) if place.values else None
        return selectors.transactions_page(parts, kind=filters.type, edge=edge, newer=place.backwards, limit=limit)

    rows = page_of_rows(request, fetch, lambda row: (row.posted.id,), answers.transaction_answer)
    return reply(rows)


def _edge(values: tuple[str, ...]) -> int:
    if len(values) == 1 and values[0].isascii() and values[0].isdigit() and len(values[0]) < 19:
        return int(values[0])
    detail = "Take the cursor from `next` or `previous` as it is."
    raise Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}])
