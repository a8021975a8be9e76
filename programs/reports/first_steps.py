"""What a brand that has just begun does next, on its first page, until points have moved."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.models import Posting
from loyalty.backoffice_home import Panel, panel
from loyalty.identity.models import Brand, BrandMember, ServerKey, Staff
from loyalty.portal.brands import standing_of
from programs.membership.models import Program


@dataclass(frozen=True)
class FirstStep:
    """One thing to do: whether it is done, and for who may do it where."""

    title: str
    why: str
    is_done: bool
    link: str
    button: str


@panel(order=5, permission="dashboard.view")
def first_steps(request) -> Panel | None:
    """Leads a brand without any movement of points from nothing to its first purchase."""
    brand = standing_of(request).brand
    if brand is None or Posting.objects.filter(brand=brand).exists():
        return None
    return Panel("admin/home_steps.html", {"brand": brand, "steps": steps_of(request, brand)})


def steps_of(request, brand: Brand) -> list[FirstStep]:
    """The steps in their order; one that is not the person's to take has no link."""
    has_program = Program.objects.filter(brand=brand).exists()
    steps = [
        (
            _("Open a program"), _("It says what a purchase earns and how long points last. Tiers can follow."),
            has_program, "programs.add", "admin:programs_program_add", _("Open a program"),
        ),
        (
            _("Enter or import your members"), _("A file is read in a dry run first, which changes nothing."),
            BrandMember.objects.filter(brand=brand).exists(), "members.import", "admin:loyalty_member_import_members",
            _("Import members"),
        ),
        (
            _("Invite your colleagues"), _("Each has a login of their own, so that the history says who did what."),
            Staff.objects.filter(brand=brand).count() > 1, "staff.add", "admin:loyalty_staff_add", _("Add a colleague"),
        ),
        (
            _("Connect a till or shop"), _("It speaks to us with a server key. Without one there is the till here."),
            ServerKey.objects.filter(brand=brand).exists(), "server_keys.add", "admin:loyalty_serverkey_add",
            _("Make a key"),
        ),
        (
            _("Record the first purchase"), _("From then on this page shows the figures of each day."),
            False, "memberships.look_up", "admin:till", _("To the till") if has_program else "",
        ),
    ]  # fmt: skip
    return [
        FirstStep(title, why, is_done, reverse(to) if button and request.user.has_perm(permission) else "", button)
        for title, why, is_done, permission, to, button in steps
    ]
