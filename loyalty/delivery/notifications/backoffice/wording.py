"""Why a message was not sent, or waits, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {
    "": "",
    "quiet-hours": _("Waits for the quiet hours to end"),
    "brand-cap": _("Your brand sent its most for a day; it waits"),
    "member-cap": _("The member got as many as you allow"),
    "not-wanted": _("The member does not want it"),
    "no-consent": _("The member did not consent to marketing"),
    "unsubscribed": _("The member told the provider to stop"),
    "member-gone": _("The member is gone"),
    "not-taking-part": _("The membership is suspended or ended"),
    "voucher-used": _("The voucher cannot be used any more"),
    "switched-off": _("Your messages are switched off"),
    "no-provider": _("There is no provider for this channel"),
    "no-address": _("The member has no address for this channel"),
    "address-gone": _("The provider says that the address is gone"),
    "address-refused": _("The receiver's mail server refuses the address"),
    "mail-refused": _("The receiver's mail server refuses the mail"),
    "mail-server-refuses": _("The receiver's mail server is busy; it is tried again"),
    "mail-server-refuses-us": _("The mail server does not let us in; it is tried again"),
    "mail-server-unreachable": _("The mail server cannot be reached; it is tried again"),
    "provider-not-set-up": _("The provider's account is not complete"),
    "provider-refuses-account": _("The provider does not accept the account; it is tried again"),
    "timeout": _("The provider did not answer in time; it is tried again"),
    "unreachable": _("The provider cannot be reached; it is tried again"),
    "deleted": _("The member deleted it"),
    "unknown-kind": _("This kind is not told any more"),
}


def reason_told(reason: str) -> str | Promise:
    """The reason in words; a provider's own code as it is."""
    return REASONS.get(reason, reason)
