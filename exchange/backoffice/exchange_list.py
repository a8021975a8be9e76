"""The list of exchanges: those of pairs of which a brand has one side, the newest first, however many there are. What
one does with an exchange is in `exchange_admin`."""

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from exchange.backoffice.sides import OfBothSides, SideFilter, pair_told, programs_within
from exchange.backoffice.wording import STATUS_LABELS, failure_told, rate_told
from exchange.requests.models import Exchange
from loyalty.backoffice import brands_where, chosen_brand, visible
from loyalty.backoffice_long_lists import LongChangeList, LongListAdmin
from loyalty.identity.look_ups import any_of, matches
from loyalty.identity.models import Member
from loyalty.identity.selectors import as_uuid

MEMBERS_MAX = 200
STUCK = "stuck exchanges"
"""What the portal calls the list of those alone that wait for a person."""


class ExchangeChangeList(LongChangeList):
    """Each side of a pair has an index of its own: the newest of each are found by it, and of those the newest."""

    def get_results(self, request):
        self.programs = self.model_admin.programs_of(request)
        if getattr(request, "is_of_the_dead", False):
            self.words_label = STUCK
        super().get_results(request)

    def first_of(self, rows, order, most):
        if not self.programs:
            return super().first_of(rows, order, most)
        sides = [{side: program} for program in self.programs for side in ("from_program", "to_program")]
        found = [rows.filter(**side).order_by(order).values_list("pk", flat=True)[:most] for side in sides]
        keys = sorted(found[0].union(*found[1:]), reverse=order == "-pk")[:most]
        return list(self.queryset.filter(pk__in=keys).order_by(order))


class ExchangeList(OfBothSides, LongListAdmin):
    """What members exchanged, asked to exchange, or could not."""

    resource = "exchanges"
    list_display = ("created_at", "pair", "gave", "got", "rate_shown", "whose", "state", "why")
    list_filter = ("status", SideFilter, "is_dead")
    lookups = ("member", "pair")
    list_select_related = ("from_program__unit", "to_program__unit", "member")
    search_fields = ("=id",)
    search_help_text = _("Beginnings of a name, or a whole e-mail, phone, member number, or the exchange's id")

    def get_changelist(self, request, **kwargs):
        return ExchangeChangeList

    def programs_of(self, request) -> list | None:
        """The programs of which exchanges are shown; None: all."""
        brands, chosen = self.brands_where(request), chosen_brand(request)
        if chosen:
            return programs_within({chosen}) if brands is None or chosen in brands else []
        return None if brands is None else programs_within(brands)

    def get_search_results(self, request, queryset, search_term):
        """By the member, as members are found elsewhere, or by the exchange's own id."""
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        if uuid := as_uuid(text):
            return queryset.filter(pk=uuid) | queryset.filter(member=uuid), False
        known = Member.objects.filter(any_of("pk", matches(text, brands_where(request, "members.view"))))
        members = list(visible(request, Member).filter(pk__in=known.values("pk")).values_list("pk", flat=True))
        return queryset.filter(member__in=members[:MEMBERS_MAX]), False

    def prepare_rows(self, request, rows):
        """Whose each exchange is: by name for who sees the member."""
        asked = {row.member_id for row in rows}
        seen = set(visible(request, Member).filter(pk__in=asked).values_list("pk", flat=True)) if asked else set()
        for row in rows:
            row.sees_member = row.member_id in seen

    @display(description=_("Pair"))
    def pair(self, exchange):
        return pair_told(exchange.from_program, exchange.to_program)

    @display(description=_("Gave"))
    def gave(self, exchange):
        return _amount(exchange.from_amount, exchange.from_program.unit.name)

    @display(description=_("Gets"))
    def got(self, exchange):
        return _amount(exchange.to_amount, exchange.to_program.unit.name)

    @display(description=_("Rate"))
    def rate_shown(self, exchange):
        return format_html('<span class="figure">{}</span>', rate_told(exchange.rate))

    @display(description=_("Member"))
    def whose(self, exchange):
        return str(exchange.member) if exchange.sees_member else _("a member")

    @display(description=_("State"), label=STATUS_LABELS)
    def state(self, exchange):
        return exchange.get_status_display()

    @display(description=_("Why"), empty_value="-")
    def why(self, exchange):
        if exchange.failure:
            return failure_told(exchange.failure)
        return _("waits for a person") if exchange.is_dead else None


def _amount(points: int, unit: str):
    return format_html('<span class="figure">{} <small>{}</small></span>', f"{points:,}", unit)


def title_of(exchange: Exchange) -> str:
    """The exchange in words: 100 miles for 250 points."""
    told = {
        "gave": f"{exchange.from_amount:,} {exchange.from_program.unit.name}",
        "got": f"{exchange.to_amount:,} {exchange.to_program.unit.name}",
    }
    return _("%(gave)s for %(got)s") % told
