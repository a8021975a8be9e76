"""How the admin portal looks: the UNFOLD setting. No models: settings import this. The menu is in `backoffice_menu`."""

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse_lazy
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


def environment(request) -> list[str] | None:
    """A label in the corner of every page while the demo's invented data is shown."""
    is_demo = not settings.PRODUCTION and (settings.VAR_DIR / "quickstart.json").exists()
    return [_("Demo"), "warning"] if is_demo else None


UNFOLD = {
    "SITE_TITLE": "Loyalty",
    "SITE_HEADER": "Loyalty",
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("loyalty/icon.svg")}],
    "STYLES": [lambda request: static("loyalty/portal.css")],
    "SCRIPTS": [lambda request: static("loyalty/portal.js")],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "loyalty.backoffice_theme.environment",
    "COLORS": {"primary": TEAL},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Security"), "link": reverse_lazy("mfa_index")},
            {"title": _("Change password"), "link": reverse_lazy("account_change_password")},
        ]
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "loyalty.backoffice_menu.navigation",
    },
}
