"""What this room shows on the portal's first page: what was redeemed today, which rewards run low, and what of tills
waits for a decision; and vouchers for the portal's search."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.backoffice import chosen_brand
from loyalty.backoffice_home import Panel, panel
from loyalty.backoffice_menu import waits
from loyalty.backoffice_search import Found, finds
from programs.rewards.backoffice.reward_list import LOW
from programs.rewards.backoffice.wording import code_shown, money, worth
from programs.rewards.models import Reward, Voucher, VoucherUse
from programs.rewards.offline.models import OfflineScan
from programs.rewards.vouchers.codes import read_code

LOW_SHOWN = 6
CODE_MIN = 4
CODE_MAX = 200


@waits(
    "programs.OfflineScan", query="?verdict__exact=held",
    one="%(n)s redemption off line waits for your decision", many="%(n)s redemptions off line wait for your decision",
)  # fmt: skip
def held_scans(request: HttpRequest) -> int:
    screen = admin.site._registry[OfflineScan]
    held = OfflineScan.objects.filter(verdict=OfflineScan.Verdict.HELD)
    return screen.narrowed(request, screen.scope(request, held)).count()


@panel(order=14, permission="dashboard.view")
def rewards_today(request: HttpRequest) -> Panel | None:
    """Redeemed today and running low, for brands that have rewards; not for operators who look at no brand."""
    screen = admin.site._registry[Reward]
    theirs = screen.narrowed(request, screen.scope(request, Reward.objects.filter(status=Reward.Status.ACTIVE)))
    if request.user.worker.is_operator and not chosen_brand(request):
        return None
    zone = theirs.order_by("pk").values_list("program__timezone", flat=True).first()
    if zone is None:
        return None
    low = list(theirs.filter(LOW).select_related("program").order_by("stock_left", "name")[: LOW_SHOWN + 1])
    facts = _today(request, ZoneInfo(zone)) | {"low": low[:LOW_SHOWN], "has_more": len(low) > LOW_SHOWN}
    return Panel("admin/rewards/home_rewards.html", facts)


def _today(request: HttpRequest, zone: ZoneInfo) -> dict:
    midnight = datetime.combine(clock.now().astimezone(zone).date(), datetime.min.time(), zone)
    screen = admin.site._registry[VoucherUse]
    uses = screen.narrowed(request, screen.get_queryset(request)).order_by()
    found = uses.filter(rolled_back_at=None, occurred_at__gte=midnight).values("currency")
    rows = list(found.annotate(count=Count("id"), off=Sum("discount_minor")))
    told = [money(row["off"], row["currency"]) for row in rows if row["currency"] and row["off"]]
    return {"count": sum(row["count"] for row in rows), "off": told}


@finds(
    gettext_lazy("Vouchers"), icon="confirmation_number", permission="vouchers.view", order=6,
    by=gettext_lazy("the whole code, in any spelling"),
)  # fmt: skip
def found_vouchers(request: HttpRequest, text: str, limit: int) -> list[Found]:
    """By the whole code."""
    code = read_code(text[:CODE_MAX])
    if len(code) < CODE_MIN:
        return []
    screen = admin.site._registry[Voucher]
    rows = screen.narrowed(request, screen.get_queryset(request)).filter(code=code).select_related("program", "reward")
    return [
        Found(
            worth(row.terms, row.program.money_currency) or row.get_kind_display(),
            f"{code_shown(row.code, is_masked=True)} · {row.program}",
            reverse("admin:programs_voucher_change", args=[row.pk]),
        )
        for row in rows[:limit]
    ]
