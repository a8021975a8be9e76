"""The list of rewards with pictures and stock. The page of each, its form and its buttons are in `reward_pages`."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q
from django.http import Http404
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty import clock
from loyalty.backoffice_buttons import OperationAdmin
from programs.rewards.backoffice.wording import worth
from programs.rewards.catalogue.pictures import picture_address
from programs.rewards.models import PoolCode, Reward, RewardPicture, StockHold, Voucher
from programs.rewards.vouchers.terms import terms_of

Kind, Status = Reward.Kind, Reward.Status
STATUS_LABELS = {"Draft": "info", "Active": "success", "Paused": "warning", "Archived": None}
ICONS = {
    Kind.PRODUCT: "redeem", Kind.DISCOUNT: "percent", Kind.FREE_ITEM: "local_cafe", Kind.GIFT_CARD: "card_giftcard",
    Kind.DONATION: "volunteer_activism", Kind.EXTERNAL_CODE: "vpn_key",
}  # fmt: skip
LOW = Q(stock_left__isnull=False) & (Q(stock_left=0) | Q(stock_low_at__isnull=False, stock_left__lte=F("stock_low_at")))
PER_CENT = 100


class StockFilter(admin.SimpleListFilter):
    """By how much is left."""

    title = gettext_lazy("stock")
    parameter_name = "stock"

    def lookups(self, request, model_admin):
        return [("low", _("Running low")), ("gone", _("Sold out")), ("endless", _("No end of them"))]

    def queryset(self, request, queryset):
        asked = {"low": LOW, "gone": Q(stock_left=0), "endless": Q(stock_left=None)}
        return queryset.filter(asked[self.value()]) if self.value() in asked else queryset


def figures_of(rewards: list[Reward]) -> dict:
    """By reward: vouchers that there are, those that were used, codes of the pool that are left, and what is set
    aside. Three queries for any number of rewards."""
    ids = [reward.pk for reward in rewards]
    counted = Voucher.objects.filter(reward__in=ids).order_by().values("reward")
    counted = counted.annotate(
        claimed=Count("id", filter=~Q(status=Voucher.Status.DISABLED)), used=Count("id", filter=Q(uses__gt=0))
    )
    found = {pk: {"claimed": 0, "used": 0, "pool": 0, "held": 0} for pk in ids}
    for row in counted:
        found[row["reward"]] |= {"claimed": row["claimed"], "used": row["used"]}
    pools = [reward.pk for reward in rewards if reward.kind == Kind.EXTERNAL_CODE]
    free = PoolCode.objects.filter(reward__in=pools, voucher=None).order_by().values("reward")
    for row in free.annotate(count=Count("id")) if pools else ():
        found[row["reward"]]["pool"] = row["count"]
    held = StockHold.objects.filter(reward__in=ids, status=StockHold.Status.OPEN, expires_at__gt=clock.now())
    for row in held.order_by().values("reward").annotate(count=Count("id")):
        found[row["reward"]]["held"] = row["count"]
    return found


def left_of(reward: Reward, figures: dict) -> int | None:
    """How many can be had; None for no end of them. Of a pool of codes those that are free."""
    if reward.kind == Kind.EXTERNAL_CODE and reward.stock_left is None:
        return figures["pool"]
    return reward.stock_left


def is_low(reward: Reward, figures: dict) -> bool:
    left = left_of(reward, figures)
    return left is not None and left <= (reward.stock_low_at or 0)


def bar_of(reward: Reward, figures: dict):
    """What is left of the stock, as a bar and in words, marked where it runs low."""
    left = left_of(reward, figures)
    if left is None:
        return _("no end of them")
    whole = left + figures["claimed"]
    per_cent = left * PER_CENT // whole if whole else 0
    told = _("sold out") if not left else _("%(left)s left") % {"left": f"{left:,}"}
    mark = _("low") if left and is_low(reward, figures) else ""
    css = "rw-low" if mark or not left else ""
    words = " · ".join(filter(None, [told, mark]))
    bar = format_html('<progress max="100" value="{}" aria-label="{}"></progress>', per_cent, told)
    return format_html('<span class="rw-stock">{}<small class="{}">{}</small></span>', bar, css, words)


class RewardList(OperationAdmin):
    """Rewards are drafted, changed, started, paused and archived; never deleted, for vouchers speak of them."""

    resource = "rewards"
    brand_path = "program__brand"
    list_display = (
        "name_shown", "status_label", "kind", "worth_told", "cost", "stock", "claimed", "program",
    )  # fmt: skip
    list_filter = ("status", "kind", StockFilter, "program")
    lookups = ("stock",)
    list_select_related = ("program__brand", "program__unit")
    list_per_page = 25
    search_fields = ("name", "code")
    ordering = ("position", "-pk")

    class Media:
        css: ClassVar[dict] = {"all": ("loyalty/rewards.css",)}

    def offers(self, verb):
        return verb != "delete"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("program__brand", "program__unit")

    def prepare_rows(self, request, rows):
        figures, pictures = figures_of(rows), pictures_of(rows)
        for row in rows:
            row.figures, row.picture_link = figures[row.pk], pictures.get(row.pk, "")

    @display(description=gettext_lazy("Name"), ordering="name")
    def name_shown(self, reward):
        return format_html('<span class="rw-named">{}<span>{}</span></span>', thumbnail(reward), reward.name)

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS_LABELS)
    def status_label(self, reward):
        return reward.get_status_display()

    @display(description=gettext_lazy("Worth"))
    def worth_told(self, reward):
        return worth(terms_of(reward)) or "-"

    @display(description=gettext_lazy("Cost"), ordering="points_cost")
    def cost(self, reward):
        told = f"{reward.points_cost:,}" if reward.points_cost else _("free")
        return format_html('<span class="figure">{}</span>', told)

    @display(description=gettext_lazy("Stock"), ordering="stock_left")
    def stock(self, reward):
        return bar_of(reward, reward.figures)

    @display(description=gettext_lazy("Claimed"))
    def claimed(self, reward):
        return format_html('<span class="figure">{}</span>', f"{reward.figures['claimed']:,}")

    def reward_of(self, request, object_id: str, verb: str) -> Reward:
        """The reward, for whoever may do that to it."""
        reward = self.get_object(request, unquote(object_id))
        if reward is None:
            raise Http404
        if not self.is_within(request, reward, verb):
            raise PermissionDenied
        return reward


def thumbnail(reward: Reward, css: str = "rw-thumb"):
    """The reward's picture, or a sign of its kind."""
    if reward.picture_link:
        return format_html('<img class="{}" src="{}" alt="" loading="lazy">', css, reward.picture_link)
    sign = '<span class="{} material-symbols-outlined" aria-hidden="true">{}</span>'
    return format_html(sign, css, ICONS[reward.kind])


def pictures_of(rewards: list[Reward]) -> dict:
    """Where the pictures of these rewards are, in one query."""
    kept = RewardPicture.objects.filter(reward__in=[reward.pk for reward in rewards])
    return {pk: picture_address(pk, digest) for pk, digest in kept.values_list("reward_id", "digest")}
