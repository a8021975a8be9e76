"""The portal's menu by room, its pages beside the lists, and what waits for a person. Rooms name their screens in MENU
and register with `waits` what somebody has to decide or repair; everybody is shown only what they may open."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

COUNTED_MAX = 99


@dataclass(frozen=True)
class Screen:
    """A line of the menu: the list of a model ("loyalty.Member"), or a page by the name of its address and the
    permission that opens it."""

    title: str | Promise
    icon: str
    label: str = ""
    address: str = ""
    permission: str = ""

    def link(self, request: HttpRequest) -> str | None:
        """Where it leads; None when there is no such screen, or it is not theirs to open."""
        if self.label:
            return list_of(request, self.label)
        if not request.user.has_perm(self.permission):
            return None
        try:
            return reverse(self.address)
        except NoReverseMatch:
            return None


HOME = Screen(_("Home"), "home", address="admin:index", permission="portal.enter")

MENU: list[tuple[str | Promise, list[Screen]]] = [
    (
        "",
        [
            HOME,
            Screen(_("Till"), "point_of_sale", address="admin:till", permission="memberships.look_up"),
            Screen(_("At the counter"), "qr_code_scanner", address="admin:counter", permission="vouchers.look_up"),
            Screen(_("Approvals"), "rule", "loyalty.ApprovalRequest"),
        ],
    ),
    (
        _("Members"),
        [
            Screen(_("Members"), "group", "loyalty.Member"),
            Screen(_("Memberships"), "badge", "programs.Membership"),
            Screen(_("Imports and bulk work"), "sync", "loyalty.Run"),
        ],
    ),
    (
        _("Programs"),
        [
            Screen(_("Programs"), "loyalty", "programs.Program"),
            Screen(_("Rules"), "rule_settings", address="admin:rules", permission="rules.view"),
            Screen(_("Campaigns"), "campaign", "programs.Campaign"),
            Screen(_("Segments"), "diversity_3", "programs.Segment"),
            Screen(_("Kinds of events"), "bolt", "programs.EventType"),
            Screen(_("Partners"), "handshake", "programs.ProgramLink"),
            Screen(_("Tiers"), "military_tech", "programs.Tier"),
        ],
    ),
    (
        _("Rewards"),
        [
            Screen(_("Rewards"), "redeem", "programs.Reward"),
            Screen(_("Vouchers"), "confirmation_number", "programs.Voucher"),
            Screen(_("Batches of codes"), "qr_code_2_add", "programs.VoucherBatch"),
            Screen(_("Redemptions"), "local_activity", "programs.VoucherUse"),
            Screen(_("Stamp cards"), "loyalty", "programs.StampCard"),
            Screen(_("Members' stamp cards"), "group_work", "programs.StampSheet"),
            Screen(_("Stamps"), "approval", "programs.Stamp"),
            Screen(_("Tills off line"), "tablet", "programs.TillDevice"),
            Screen(_("Redemptions off line"), "cloud_off", "programs.OfflineScan"),
        ],
    ),
    (
        _("Exchange"),
        [
            Screen(_("Exchanges"), "currency_exchange", "exchange.Exchange"),
            Screen(_("Stuck exchanges"), "report", address="admin:dead_letters", permission="exchanges.retry"),
            Screen(_("Rates"), "trending_up", address="admin:exchange_rates", permission="rates.view"),
            Screen(_("Agreements"), "contract", "exchange.Agreement"),
            Screen(_("Bonuses"), "percent", "exchange.Bonus"),
            Screen(_("Who exchanges with whom"), "hub", address="admin:exchange_graph", permission="rates.view"),
            Screen(_("Try the routes"), "alt_route", address="admin:exchange_routes", permission="rates.view"),
            Screen(_("Settlements"), "receipt", address="admin:exchange_settlements", permission="settlements.view"),
            Screen(_("Prefunded pools"), "savings", address="admin:exchange_pools", permission="pools.view"),
        ],
    ),
    (
        _("Between members"),
        [
            Screen(_("Gifts"), "volunteer_activism", "exchange.Gift"),
            Screen(_("Points passed on"), "swap_calls", address="admin:gifts_passed_on", permission="gifts.view"),
            Screen(_("Households"), "family_home", "exchange.Household"),
            Screen(_("Households' spending"), "groups", "exchange.PooledSpend"),
            Screen(_("Rules for passing on"), "policy", "exchange.TransferPolicy"),
        ],
    ),
    (
        _("Points"),
        [
            Screen(_("Transactions"), "receipt_long", "ledger.Posting"),
            Screen(_("Purchases"), "shopping_bag", "programs.Purchase"),
            Screen(_("Returns"), "assignment_return", "programs.Return"),
            Screen(_("Holds"), "hourglass_top", "ledger.Hold"),
            Screen(_("Limits used"), "speed", "programs.LimitCounter"),
        ],
    ),
    (
        _("People & access"),
        [
            Screen(_("Brand"), "storefront", "loyalty.Brand"),
            Screen(_("Locations"), "location_on", "loyalty.Location"),
            Screen(_("Staff"), "work", "loyalty.Staff"),
            Screen(_("People"), "person", "loyalty.Person"),
            Screen(_("Server keys"), "key", "loyalty.ServerKey"),
            Screen(_("Single sign-on"), "badge", "loyalty.SignOn"),
        ],
    ),
    (
        _("Other systems"),
        [
            Screen(_("Webhooks"), "webhook", "loyalty.WebhookEndpoint"),
            Screen(_("Deliveries"), "send", "loyalty.WebhookDelivery"),
            Screen(_("Systems that tell us"), "input", "programs.EventSource"),
            Screen(_("Meanings of events"), "schema", "programs.EventMapping"),
            Screen(_("Events taken in"), "move_to_inbox", "programs.InboundEvent"),
            Screen(_("Receipts"), "receipt", "programs.Receipt"),
        ],
    ),
    (
        _("Messages"),
        [
            Screen(_("Messages to members"), "outgoing_mail", "loyalty.Notification"),
            Screen(_("Templates"), "edit_note", "loyalty.NotificationTemplate"),
            Screen(_("Message settings"), "tune", "loyalty.NotificationSettings"),
        ],
    ),
    (
        _("Insight"),
        [
            Screen(_("History"), "manage_history", address="admin:history", permission="history.view"),
            Screen(_("Events"), "history", "loyalty.Event"),
            Screen(_("Ledger entries"), "swap_horiz", "ledger.LedgerEntry"),
            Screen(_("Lots"), "layers", "ledger.Lot"),
            Screen(_("Accounts"), "account_balance", "ledger.Account"),
        ],
    ),
    (
        _("Platform"),
        [
            Screen(_("Requests answered later"), "schedule_send", "programs.Submission"),
            Screen(_("Jobs"), "manufacturing", "procrastinate.ProcrastinateJob"),
            Screen(_("Sessions"), "vpn_key", "token_blacklist.OutstandingToken"),
            Screen(_("Seals"), "lock", "ledger.Seal"),
            Screen(_("Signing keys"), "key_vertical", "programs.SigningKey"),
            Screen(
                _("Readers of the log"), "menu_book", address="admin:event_readers", permission="event_archives.view"
            ),
        ],
    ),
]
"""By room, in the order of the sidebar."""


@dataclass(frozen=True)
class Page:
    """A page of the portal that belongs to no list."""

    route: str
    name: str
    view: Callable


PAGES: dict[str, Page] = {}


def page(route: str, *, name: str) -> Callable:
    """Registers a view as a page of the portal, at `route` below it, as "admin:<name>". Its permission it says itself,
    by `backoffice.allowed`."""

    def register(view):
        PAGES[name] = Page(route, name, view)
        return view

    return register


@dataclass(frozen=True)
class Waiting:
    """Something that somebody has to see to: how many there are, in words, and the list that shows them."""

    label: str
    count: int
    told: str
    link: str
    is_alarm: bool = False


@dataclass(frozen=True)
class _Source:
    label: str
    one: str
    many: str
    query: str
    is_alarm: bool
    count: Callable[[HttpRequest], int]


_sources: list[_Source] = []


def waits(label: str, *, one: str, many: str, query: str = "", is_alarm: bool = False) -> Callable:
    """Registers a function `(request) -> int` that counts what of a screen's model (or of a page of the menu, by the
    name of its address) waits for this person, who may open the screen. `one` and `many` say it with %(n)s; `query`
    filters the list down to just these. It is asked on every page, so it must be cheap."""

    def register(count):
        _sources[:] = [source for source in _sources if (source.label, source.query) != (label, query)]
        _sources.append(_Source(label, one, many, query, is_alarm, count))
        return count

    return register


def waiting(request: HttpRequest) -> list[Waiting]:
    """What waits for the person, once in a request."""
    if not hasattr(request, "_waiting"):
        request._waiting = [found for source in _sources if (found := _asked(source, request))]
    return request._waiting


def _asked(source: _Source, request: HttpRequest) -> Waiting | None:
    link = _link_of(request, source.label)
    count = source.count(request) if link else 0
    if not count:
        return None
    told = ngettext(source.one, source.many, count) % {"n": f"{count:,}"}
    return Waiting(source.label, count, told, f"{link}{source.query}", source.is_alarm)


def _link_of(request: HttpRequest, label: str) -> str | None:
    """The address of a model's list, or of a page of the menu; None where the person may not open it."""
    pages = (screen for _title, screens in MENU for screen in screens if screen.address == label)
    page_there = next(pages, None)
    return page_there.link(request) if page_there else list_of(request, label)


def list_of(request: HttpRequest, label: str) -> str | None:
    """The address of a model's list; None when there is none, or the person may not open it."""
    for model, screen in admin.site._registry.items():
        if model._meta.label == label:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            return reverse(name) if screen.has_module_permission(request) else None
    return None


def navigation(request: HttpRequest) -> list[dict]:
    """The sidebar: of each room's screens those the person may open, with the number of what waits there."""
    counted: dict[str, int] = {}
    for each in waiting(request):
        counted[each.label] = counted.get(each.label, 0) + each.count
    groups = []
    for title, screens in MENU:
        items = [
            _item(request, screen, link, counted.get(screen.label or screen.address, 0))
            for screen in screens
            if (link := screen.link(request))
        ]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _item(request: HttpRequest, screen: Screen, link: str, count: int) -> dict:
    is_here = request.path == link if screen is HOME else request.path.startswith(link)
    item = {"title": screen.title, "icon": screen.icon, "link": link, "active": is_here}
    if count:
        item |= {"badge": str(count) if count <= COUNTED_MAX else f"{COUNTED_MAX}+", "badge_variant": "warning"}
    return item
