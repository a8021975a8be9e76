"""What brand staff do with points from a member's page: give, redeem, and take back what was bought. Adjusting and
reversing stand in `admin`; what waits for a second person is asked for through `gifts`."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget

from ledger.models import Posting
from loyalty.backoffice import screen
from loyalty.backoffice_buttons import ReasonForm, operation
from loyalty.http.money import to_minor
from loyalty.identity.approvals.errors import ApprovalRequired
from loyalty.identity.backoffice import principal_of
from programs.activity import admin, gifts
from programs.activity.member_page.pages import page_of_member
from programs.activity.models import Purchase
from programs.activity.places import Names
from programs.activity.returns import ReturnRequest, return_purchase
from programs.activity.rule_pages.why import WhyPage
from programs.activity.spending import RedeemRequest, redeem
from programs.membership.models import Membership

POINTS_MAX = 1_000_000_000


class PointsForm(ReasonForm):
    """How many points, and why; the page says what the balance will be."""

    sign = 1
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=POINTS_MAX)
    field_order = ("points", "reason")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        widget = UnfoldAdminIntegerFieldWidget(attrs={"min": 1, "data-sign": self.sign, "autofocus": True})
        widget.is_required = True
        self.fields["points"].widget = widget
        self.fields["reason"].widget.attrs.pop("autofocus", None)


class GiveForm(PointsForm):
    pass


class RedeemForm(PointsForm):
    sign = -1


def _is_active(membership: Membership) -> bool:
    return membership.status == Membership.Status.ACTIVE


@screen(Membership)
class CardAdmin(admin.CardAdmin):
    """A membership with all that moves points on it. After each the member's page is shown."""

    actions_detail = (
        "statement", "give", "redeem", "adjust", "give_tier", "take_tier_back", "protect", "suspend", "reinstate",
        "close",
    )  # fmt: skip

    def page_of(self, obj):
        return page_of_member(obj.member_id) if isinstance(obj, Membership) else super().page_of(obj)

    @operation(
        _("Give points"),
        text=_("They last as long as points earned today. A large gift waits for a second person."),
        form=GiveForm, verb="points.deposit", icon="add", is_there=_is_active,
    )  # fmt: skip
    def give(self, request, obj, data):
        asked, points, reason = principal_of(request), data["points"], data["reason"]
        try:
            done = gifts.give(asked, obj, points=points, reason=reason, key=f"admin:{data['request_key']}")
        except ApprovalRequired:
            gifts.request_gift(asked, obj, points=points, reason=reason)
            return _("%(points)s points need a second person: the request waits under Approvals.") % {
                "points": f"{points:,}"
            }
        return _("%(points)s points given, the balance is %(balance)s now.") % {
            "points": f"{points:,}", "balance": f"{done.posted.balance_after:,}",
        }  # fmt: skip

    @operation(
        _("Redeem"),
        text=_("Spends the member's points for them; those that expire first go first."),
        form=RedeemForm, verb="points.redeem", icon="local_mall", is_there=_is_active,
    )  # fmt: skip
    def redeem(self, request, obj, data):
        asked = RedeemRequest(
            names=Names(program=str(obj.program_id), member=str(obj.member_id)),
            points=data["points"], key=f"admin:{data['request_key']}", description=data["reason"],
        )  # fmt: skip
        done = redeem(principal_of(request), asked)
        return _("%(points)s points redeemed, the balance is %(balance)s now.") % {
            "points": f"{data['points']:,}", "balance": f"{done.posted.balance_after:,}",
        }  # fmt: skip


class ReturnForm(ReasonForm):
    """How much of the purchase came back; empty is all that is left of it."""

    amount = forms.DecimalField(
        label=_("Amount that came back"), required=False, min_value=0, max_digits=16, decimal_places=3,
        widget=UnfoldAdminDecimalFieldWidget, help_text=_("In the purchase's currency. Empty: all that is left."),
    )  # fmt: skip
    field_order = ("amount", "reason")

    def clean_amount(self):
        if self.cleaned_data["amount"] == 0:
            raise ValidationError(_("Nothing came back: nothing to do."))
        return self.cleaned_data["amount"]


@screen(Posting)
class TransactionAdmin(WhyPage, admin.TransactionAdmin):
    """A transaction, with the button for goods that come back, and the page that says why it gave what it gave."""

    actions_detail = ("why", "take_return", "reverse", "release_pending")

    @operation(
        _("Take a return"),
        text=_("The points of what came back are taken back, as the program's policy on returns says."),
        form=ReturnForm, verb="points.return", icon="assignment_return",
        is_there=lambda posting: posting.kind == "earn" and Purchase.objects.filter(pk=posting.public_id).exists(),
    )  # fmt: skip
    def take_return(self, request, obj, data):
        purchase = Purchase.objects.get(pk=obj.public_id)
        minor = None
        if data["amount"] is not None:
            minor = to_minor(format(data["amount"].normalize(), "f"), purchase.currency)
        asked = ReturnRequest(
            purchase_id=purchase.pk, reference=f"portal-{data['request_key']}", amount_minor=minor,
            description=data["reason"], key=f"admin:{data['request_key']}",
        )  # fmt: skip
        done = return_purchase(principal_of(request), asked)
        return _("Taken back: %(points)s points, the balance is %(balance)s now.") % {
            "points": f"{done.posted.points:+,}", "balance": f"{done.posted.balance_after:,}",
        }  # fmt: skip
