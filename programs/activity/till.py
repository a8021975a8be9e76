"""The till of the portal: find a card, give points for a purchase, take points for a reward. For partners it is their
first page, and all they see of a member is what a till needs."""

from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.selectors import balances
from loyalty.backoffice import allowed, brands_where, mistakes_in
from loyalty.backoffice_buttons import OperationForm
from loyalty.backoffice_home import Panel, panel
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.http.money import to_minor
from loyalty.http.throttling import limit_by
from loyalty.identity import look_ups
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import BrandMember
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchases
from programs.activity.spending import RedeemRequest, redeem
from programs.membership import selectors
from programs.membership.models import Membership

LOOK_UP = "memberships.look_up"
LOOK_UPS_RATE = "60/m"
FOUND_MAX = 10
FIELD = {"class": "text-field", "autocomplete": "off"}


class FindForm(forms.Form):
    """What the customer shows or says."""

    text = forms.CharField(
        label=gettext_lazy("Card number, member number, e-mail or phone"),
        max_length=200,
        widget=forms.TextInput(attrs=FIELD | {"autofocus": True, "spellcheck": "false"}),
    )


class EarnForm(OperationForm):
    """A purchase."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount of the purchase"), min_value=0, max_digits=12, decimal_places=4,
        widget=forms.TextInput(attrs=FIELD | {"inputmode": "decimal"}),
    )  # fmt: skip
    reference = forms.CharField(
        label=gettext_lazy("Receipt number"), required=False, max_length=200, widget=forms.TextInput(attrs=FIELD),
        help_text=gettext_lazy("If there is one: no receipt earns twice."),
    )  # fmt: skip


class RedeemForm(OperationForm):
    """Points that the customer spends."""

    points = forms.IntegerField(
        label=gettext_lazy("Points to redeem"), min_value=1, max_value=1_000_000_000_000,
        widget=forms.TextInput(attrs=FIELD | {"inputmode": "numeric"}),
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("For what"), required=False, max_length=200, widget=forms.TextInput(attrs=FIELD)
    )


def cards_at(request: HttpRequest) -> QuerySet[Membership]:
    """The cards that the person may look up: of the brand they look at, or of all of theirs."""
    brands = brands_where(request, LOOK_UP)
    cards = Membership.objects.select_related("program__unit", "program__brand", "member").exclude(status="closed")
    cards = cards if brands is None else cards.filter(program__brand_id__in=brands)
    return admin.site._registry[Membership].narrowed(request, cards)


def find_cards(request: HttpRequest, text: str) -> list[Membership]:
    """The cards that the text means: by a whole card number, member number, e-mail or phone; by words of the name too
    for who may see the list of members."""
    text = text.replace("\0", "").strip()
    brands, seen = brands_where(request, LOOK_UP), brands_where(request, "members.view")
    if seen == brands:
        return list(cards_at(request).filter(selectors.matching(text, seen))[:FOUND_MAX])
    links = BrandMember.objects.filter(external_id=text)
    members = [(links if brands is None else links.filter(brand__in=brands)).values("member_id")]
    if "@" in text:
        members += look_ups.reached_by(brands, email=text)
    elif sum(character.isdigit() for character in text) >= len(text) // 2:
        members += look_ups.reached_by(brands, phone="".join(text.split()))
    named = Q(card_number="".join(text.split())) | look_ups.any_of("member_id", members)
    if seen:
        named |= Q(program__brand__in=seen) & selectors.matching(text, seen)
    return list(cards_at(request).filter(named)[:FOUND_MAX])


def name_of(card: Membership) -> str:
    """The member as a till greets them: by name, and by nothing else that is personal."""
    return card.member.name or _("Member without a name")


@page("till/", name="till")
@allowed(LOOK_UP)
def find_page(request: HttpRequest) -> HttpResponse:
    """Asks for the card, and leads to it when it is the only one. Asked by POST, so that it stands in no log."""
    form, found = FindForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        limit_by(request, "till", str(request.user.pk), LOOK_UPS_RATE)
        found = find_cards(request, form.cleaned_data["text"])
        if len(found) == 1:
            return HttpResponseRedirect(reverse("admin:till_card", args=[found[0].pk]))
    context = {
        **admin.site.each_context(request), "title": _("Till"), "form": form, "found": with_names(found),
        "is_asked": found is not None,
    }  # fmt: skip
    return TemplateResponse(request, "admin/till.html", context)


def with_names(cards: list[Membership] | None) -> list[Membership]:
    """The cards, each with the name that a till shows."""
    for card in cards or []:
        card.shown_name = name_of(card)
    return cards or []


@page("till/<uuid:card_id>/", name="till_card")
@allowed(LOOK_UP)
def card_page(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """A card: what is on it, and the two things a till does with it. Sending a form twice acts once."""
    card = cards_at(request).filter(pk=card_id).first()
    if card is None:
        raise Http404
    acting = request.POST.get("act") if request.method == "POST" else None
    earning = EarnForm(request.POST if acting == "earn" else None, prefix="earn")
    spending = RedeemForm(request.POST if acting == "redeem" else None, prefix="redeem")
    chosen, act = {"earn": (earning, _earn), "redeem": (spending, _redeem)}.get(acting, (None, None))
    if chosen is not None and chosen.is_valid():
        try:
            messages.success(request, act(request, card, chosen.cleaned_data))
            return HttpResponseRedirect(request.path)
        except LoyaltyError as refusal:
            for told in mistakes_in(refusal):
                chosen.add_error(None, told)
    return TemplateResponse(request, "admin/till_card.html", _context(request, card, earning, spending))


def _context(request: HttpRequest, card: Membership, earning: EarnForm, spending: RedeemForm) -> dict:
    brand_id = card.program.brand_id
    return {
        **admin.site.each_context(request),
        "title": _("Till"),
        "card": with_names([card])[0],
        "balance": balances([card.account_id])[card.account_id],
        "tier": selectors.tiers_of([card])[card.pk],
        "earning": earning if request.user.has_perm("points.earn", brand_id) else None,
        "spending": spending if request.user.has_perm("points.redeem", brand_id) else None,
    }


def _earn(request: HttpRequest, card: Membership, given: dict) -> str:
    program = card.program
    if not request.user.has_perm("points.earn", program.brand_id):
        raise PermissionDenied
    asked = PurchaseRequest(
        names=Names(program=str(program.pk), member=str(card.member_id)),
        amount_minor=to_minor(_plain(given["amount"]), program.money_currency),
        currency=program.money_currency,
        reference=given["reference"].strip(),
        source="till",
        key=f"till:{given['request_key']}",
    )
    (answer,) = record_purchases(principal_of(request), [asked])
    if isinstance(answer, LoyaltyError):
        raise answer
    facts = {
        "points": f"{answer.posted.points:,}",
        "balance": f"{answer.posted.balance_after:,}",
        "name": name_of(card),
    }
    return _("%(name)s got %(points)s points and has %(balance)s now.") % facts


def _plain(amount) -> str:
    """A decimal as money is written: without an exponent, and without zeros that say nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _redeem(request: HttpRequest, card: Membership, given: dict) -> str:
    program = card.program
    if not request.user.has_perm("points.redeem", program.brand_id):
        raise PermissionDenied
    asked = RedeemRequest(
        names=Names(program=str(program.pk), member=str(card.member_id)),
        points=given["points"],
        description=given["description"].strip(),
        key=f"till:{given['request_key']}",
    )
    done = redeem(principal_of(request), asked).posted
    facts = {"points": f"{-done.points:,}", "balance": f"{done.balance_after:,}", "name": name_of(card)}
    return _("%(name)s redeemed %(points)s points and has %(balance)s left.") % facts


@panel(order=5, permission=LOOK_UP)
def till_panel(request: HttpRequest) -> Panel | None:
    """The till on the first page of those who have no other business here."""
    if request.user.has_perm("dashboard.view"):
        return None
    return Panel("admin/home_till.html", {"form": FindForm()})
