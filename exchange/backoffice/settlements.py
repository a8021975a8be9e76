"""The pages of settlements: what the brand owes each partner for a month and is owed, and a pair's statement with its
exchanges. Closing and paying are in `settlements_acting`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from exchange.backoffice.sides import is_one_of, looked_at, pair_told
from exchange.clearing.files import file_name, lines_file, sums_file
from exchange.clearing.lines import lines_of
from exchange.clearing.months import month_after, month_before, month_named, month_of, month_told
from exchange.clearing.serializers import price_told
from exchange.clearing.statements import (
    Net,
    Statement,
    both_ways,
    net_of,
    nets,
    of_brands,
    statement,
    statements,
)
from exchange.rates.models import Agreement
from loyalty import clock
from loyalty.backoffice import allowed, brands_where
from loyalty.backoffice_menu import page
from loyalty.errors import NotFound
from loyalty.http.money import from_minor
from loyalty.identity.models import Brand
from programs.membership.models import Program

SEE = "settlements.view"
PAIRS_MAX = 500
LINES_SHOWN = 50
OFF_SHOWN = 20
SIDES = ("from_program__brand", "from_program__unit", "to_program__brand", "to_program__unit")
STATE_CLASS = {"running": "", "open": "rw-warn", "closed": "", "paid": "rw-good"}


@dataclass(frozen=True)
class Partner:
    """All that is between two brands for the month."""

    ours: Brand
    theirs: Brand
    rows: list[dict]
    left: list[str]


@page("exchange/settlements/", name="exchange_settlements")
@allowed(SEE)
def settlements(request: HttpRequest) -> HttpResponse:
    """A month: by partner both directions, what is owed, and what is left of it."""
    month = month_asked(request)
    agreements = list(_agreements(looked_at(request, SEE))[: PAIRS_MAX + 1])
    pairs = {(one.from_program_id, one.to_program_id): one for one in agreements[:PAIRS_MAX]}
    found = statements([(one.from_program, one.to_program) for one in pairs.values()], month)
    rows = [(pairs[told.pair], told) for told in found if not told.is_empty]
    context = {
        **admin.site.each_context(request), **_months(month), "title": _("Settlements"),
        "partners": _partners(rows, looked_at(request, SEE)), "has_pairs": bool(pairs),
        "has_more": len(agreements) > PAIRS_MAX,
        "off": [{"told": _pair(told), "link": link_of(one, month)} for one, told in rows if told.is_off],
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/settlements.html", context)


@page("exchange/settlements/file/", name="exchange_settlements_file")
@allowed(SEE)
def settlements_file(request: HttpRequest) -> HttpResponse:
    """The month's statements as CSV."""
    month = month_asked(request)
    agreements = _agreements(looked_at(request, SEE))
    pairs = {(one.from_program_id, one.to_program_id): (one.from_program, one.to_program) for one in agreements}
    return _file(sums_file(statements(list(pairs.values()), month)), f"settlements-{month_told(month)}.csv")


@page("exchange/settlements/<uuid:agreement_id>/", name="exchange_settlement")
@allowed(SEE)
def settlement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """A pair and a month: what the one owes the other and back, and the exchanges that it is made of."""
    agreement, month = agreement_of(request, agreement_id), month_asked(request)
    there, back = both_ways(agreement.from_program, agreement.to_program, month)
    lines = lines_of(there.pair, month, limit=LINES_SHOWN + 1)
    context = {
        **admin.site.each_context(request), **_months(month), "title": _("Settlement"), "agreement": agreement,
        "told": _pair(there), "row": row_of(agreement, there), "statement": there, "back_row": _back(back, month),
        "net": _net_told(net_of(there, back)), "is_off": there.is_off,
        "off": lines_of(there.pair, month, limit=OFF_SHOWN, only_differing=True) if there.by_ledger.differences else [],
        "since": there.since_closed if there.settlement and any(there.since_closed) else None,
        "lines": lines[:LINES_SHOWN], "has_more": len(lines) > LINES_SHOWN,
        "may_close": there.status == "open" and is_one_of(
            brands_where(request, "settlements.close"), agreement.from_program, agreement.to_program
        ),
        "may_pay": there.status == "closed" and bool(there.amount_minor)
        and request.user.has_perm("settlements.pay", agreement.to_program.brand_id),
    }  # fmt: skip
    return TemplateResponse(request, "admin/exchange/settlement.html", context)


@page("exchange/settlements/<uuid:agreement_id>/file/", name="exchange_settlement_file")
@allowed(SEE)
def settlement_file(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """The exchanges of the month as CSV."""
    agreement = agreement_of(request, agreement_id)
    told = statement(agreement.from_program, agreement.to_program, month_asked(request))
    return _file(lines_file(told), file_name(told))


def agreement_of(request: HttpRequest, agreement_id: UUID, permission: str = SEE) -> Agreement:
    """An agreement that was ever in force, of which a brand at which the person may has one side. Refusals: Http404."""
    found = Agreement.objects.select_related(*SIDES).filter(pk=agreement_id, active_since__isnull=False).first()
    if found is None or not is_one_of(brands_where(request, permission), found.from_program, found.to_program):
        raise Http404
    return found


def month_asked(request: HttpRequest) -> date:
    """The month that the address names; the last one that is over where it names none."""
    try:
        return month_named(request.GET.get("month", ""))
    except NotFound:
        return month_before(month_of(clock.now()))


def link_of(agreement: Agreement, month: date) -> str:
    """The page of the pair for the month."""
    return f"{reverse('admin:exchange_settlement', args=[agreement.pk])}?month={month_told(month)}"


def money_told(minor: int | None, currency: str) -> str:
    """1,250.00 EUR; "" for none."""
    if minor is None:
        return ""
    whole, dot, cents = from_minor(minor, currency).partition(".")
    return f"{int(whole):,}{dot}{cents} {currency}"


def row_of(agreement: Agreement, told: Statement) -> dict:
    """A statement as the pages show it."""
    price = price_told(told)
    return {
        "agreement": agreement, "told": _pair(told), "statement": told, "link": link_of(agreement, told.month),
        "amount": money_told(told.amount_minor, told.currency), "price": f"{price} {told.currency}" if price else "",
        "state": STATES[told.status](), "state_class": STATE_CLASS[told.status], "closed": told.settlement,
    }  # fmt: skip


STATES = {
    "running": lambda: _("Running"), "open": lambda: _("To be closed"), "closed": lambda: _("Closed"),
    "paid": lambda: _("Paid"),
}  # fmt: skip


def _agreements(brands):
    """Those that were ever in force, the newest of a pair last, by the codes of the programs."""
    found = of_brands(brands).select_related(*SIDES)
    return found.order_by("from_program__code", "to_program__code", "active_since")


def _partners(rows: Sequence[tuple[Agreement, Statement]], brands: set[UUID] | None) -> list[Partner]:
    """The statements by the two brands they are between, one's own brand first."""
    grouped: dict[tuple, list] = {}
    for agreement, told in rows:
        one, two = told.from_program.brand, told.to_program.brand
        if brands is not None and one.pk not in brands:
            one, two = two, one
        key = (one, two) if (two, one) not in grouped else (two, one)
        grouped.setdefault(key, []).append((agreement, told))
    return [
        Partner(
            ours, theirs, [row_of(agreement, told) for agreement, told in both],
            [_net_told(net) for net in nets([told for _one, told in both], lambda program: program.brand_id)],
        )
        for (ours, theirs), both in sorted(grouped.items(), key=lambda one: (one[0][1].name, one[0][0].name))
    ]  # fmt: skip


def _net_told(net: Net | None) -> str:
    if net is None:
        return ""
    debtor, creditor = _name(net.debtor, net.creditor), _name(net.creditor, net.debtor)
    told = {"debtor": debtor, "creditor": creditor, "amount": money_told(net.amount_minor, net.currency)}
    return _("%(debtor)s owes %(creditor)s %(amount)s") % told


def _name(program: Program, other: Program) -> str:
    """The brand, or where both programs are one brand's own, the program."""
    return program.code if program.brand_id == other.brand_id else program.brand.name


def _back(back: Statement, month: date) -> dict | None:
    """The other direction, where it ever had an agreement in force."""
    found = of_brands(None).filter(from_program=back.from_program, to_program=back.to_program)
    agreement = found.order_by("-active_since").first()
    return row_of(agreement, back) if agreement else None


def _months(month: date) -> dict:
    this = month_of(clock.now())
    return {
        "month": month, "month_name": month_told(month), "this_month": month_told(this),
        "before_month": month_before(month), "after_month": month_after(month),
        "before": month_told(month_before(month)),
        "after": month_told(month_after(month)) if month < this else "", "is_running": month >= this,
    }  # fmt: skip


def _pair(told: Statement) -> str:
    return pair_told(told.from_program, told.to_program)


def _file(lines, name: str) -> HttpResponse:
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
