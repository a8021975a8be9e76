"""How the admin portal looks and how its sidebar is laid out: the UNFOLD setting. No models: settings import this."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

TEAL = {
    "50": "oklch(98.4% .014 180.72)",
    "100": "oklch(95.3% .051 180.801)",
    "200": "oklch(91% .096 180.426)",
    "300": "oklch(85.5% .138 181.071)",
    "400": "oklch(77.7% .152 181.912)",
    "500": "oklch(70.4% .14 182.503)",
    "600": "oklch(51.5% .092 184.704)",
    "700": "oklch(45.7% .084 186)",
    "800": "oklch(39.7% .072 187.6)",
    "900": "oklch(34.6% .06 188.416)",
    "950": "oklch(27.7% .046 192.524)",
}

GROUPS = [
    (
        _("Customers"),
        [
            (_("Members"), "loyalty.Member", "group"),
            (_("Memberships"), "programs.Membership", "badge"),
        ],
    ),
    (
        _("Points"),
        [
            (_("Transactions"), "ledger.Posting", "receipt_long"),
            (_("Adjustment requests"), "programs.AdjustmentRequest", "approval"),
            (_("Purchases"), "programs.Purchase", "shopping_bag"),
            (_("Returns"), "programs.Return", "assignment_return"),
            (_("Holds"), "ledger.Hold", "hourglass_top"),
        ],
    ),
    (
        _("Offer"),
        [
            (_("Programs"), "programs.Program", "loyalty"),
            (_("Tiers"), "programs.Tier", "military_tech"),
        ],
    ),
    (
        _("Books"),
        [
            (_("Ledger entries"), "ledger.LedgerEntry", "swap_horiz"),
            (_("Lots"), "ledger.Lot", "layers"),
            (_("Accounts"), "ledger.Account", "account_balance"),
            (_("Seals"), "ledger.Seal", "lock"),
            (_("Events"), "loyalty.Event", "history"),
        ],
    ),
    (
        _("Brand"),
        [
            (_("Brands"), "loyalty.Brand", "storefront"),
            (_("Staff"), "loyalty.Staff", "work"),
            (_("People"), "loyalty.Person", "person"),
            (_("Server keys"), "loyalty.ServerKey", "key"),
        ],
    ),
    (
        _("Platform"),
        [
            (_("Requests answered later"), "programs.Submission", "schedule_send"),
            (_("Jobs"), "procrastinate.ProcrastinateJob", "manufacturing"),
            (_("Sessions"), "token_blacklist.OutstandingToken", "vpn_key"),
        ],
    ),
]


def navigation(request) -> list[dict]:
    """The sidebar: of each room's screens those the person may open."""
    from django.contrib import admin
    from django.urls import reverse

    screens = {model._meta.label: shown for model, shown in admin.site._registry.items()}

    def item(title, label, icon):
        address = f"admin:{screens[label].opts.app_label}_{screens[label].opts.model_name}_changelist"
        return {"title": title, "icon": icon, "link": reverse(address)}

    groups = [{"items": [{"title": _("Dashboard"), "icon": "space_dashboard", "link": reverse("admin:index")}]}]
    for title, places in GROUPS:
        open_to_them = [
            item(*place) for place in places if place[1] in screens and screens[place[1]].has_module_permission(request)
        ]
        if open_to_them:
            groups.append({"title": title, "items": open_to_them})
    return groups


def environment(request) -> list[str] | None:
    """A label in the corner of every page while the demo's invented data is shown."""
    is_demo = not settings.PRODUCTION and (settings.VAR_DIR / "quickstart.json").exists()
    return [_("Demo"), "warning"] if is_demo else None


UNFOLD = {
    "SITE_TITLE": "Loyalty",
    "SITE_HEADER": "Loyalty",
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "loyalty.backoffice_theme.environment",
    "DASHBOARD_CALLBACK": "programs.activity.dashboard.show",
    "COLORS": {"primary": TEAL},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "loyalty.backoffice_theme.navigation",
    },
}
