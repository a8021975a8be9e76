"""At the counter: one field for a code or what a scanner read, what it is and takes off, redeeming it, and undoing that
for a while. For partners it is their first page beside the till."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.backoffice import allowed, brands_where, mistakes_in
from loyalty.backoffice_buttons import OperationForm
from loyalty.backoffice_home import Panel, QuickAction, panel, quick_action
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.http.throttling import address_of, limit_by
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand, Member
from programs.membership.models import Membership, Program
from programs.rewards.backoffice.counter_forms import CodeForm, RedeemForm, minor_of
from programs.rewards.backoffice.places import at_own_location, locations_for
from programs.rewards.backoffice.wording import code_shown, conditions, day, money, worth
from programs.rewards.models import VoucherUse
from programs.rewards.qr.tokens import MEMBER, PREFIX, VOUCHER, Claims, read_token
from programs.rewards.vouchers.asking import Order, RedeemRequest, Validated
from programs.rewards.vouchers.errors import OrderNeeded
from programs.rewards.vouchers.redeeming import redeem_voucher, validate_voucher
from programs.rewards.vouchers.rolling_back import rollback_redemption

LOOK_UP, REDEEM, ROLL_BACK = "vouchers.look_up", "vouchers.redeem", "vouchers.roll_back"
LOOK_UPS_RATE = "120/m"
UNDO = timedelta(minutes=15)
PLACE = "counter_location"
"""Where the session keeps the location that was chosen last."""

quick_action(QuickAction(gettext_lazy("At the counter"), "qr_code_scanner", "admin:counter", LOOK_UP, order=1))


@page("counter/", name="counter")
@allowed(LOOK_UP)
def counter(request: HttpRequest) -> HttpResponse:
    """Asks for a code, shows what it is worth, and redeems it. What is typed is sent by POST and stands in no log."""
    asking = CodeForm(request.POST if _act(request) == "look" else None, **_places(request))
    shown = {}
    if _act(request) == "look" and asking.is_valid():
        given = asking.cleaned_data
        request.session[PLACE] = given.get("location", "")
        shown = _looked_up(request, given["text"], place=given.get("location", ""), amount=given["amount"])
    elif _act(request) in ("reckon", "redeem"):
        shown = _with_voucher(request)
    if isinstance(shown, HttpResponse):
        return shown
    asking = asking if asking.errors else CodeForm(**_places(request))
    context = {**admin.site.each_context(request), "title": _("At the counter"), "asking": asking, **shown}
    return TemplateResponse(request, "admin/rewards/counter.html", context)


def _act(request: HttpRequest) -> str:
    return request.POST.get("act", "look") if request.method == "POST" else ""


def _places(request: HttpRequest) -> dict:
    return {
        "locations": locations_for(request, REDEEM),
        "initial": {"location": request.session.get(PLACE, "")},
    }


def _looked_up(request: HttpRequest, text: str, *, place: str, amount: str) -> dict | HttpResponse:
    """What the page shows of a code that was just typed; the member's card where a member's code was shown."""
    limit_by(request, "counter", str(request.user.pk), LOOK_UPS_RATE)
    try:
        claims = _claims(request, text)
        if claims and claims.purpose == MEMBER:
            return _card_of(request, claims)
        asked = _asked(request, text, claims, place=place)
        found = validate_voucher(principal_of(request), asked)
        if amount and (minor := _minor(amount, _currency(found))) is not None:
            asked = replace(asked, order=Order.of_amount(minor, _currency(found)))
            found = validate_voucher(principal_of(request), asked)
    except LoyaltyError as refusal:
        return {"refusals": mistakes_in(refusal)}
    initial = {"text": text, "location": place, "amount": amount}
    form = RedeemForm(terms=found.voucher.terms, currency=_currency(found), initial=initial)
    return _shown(request, found, form)


def _with_voucher(request: HttpRequest) -> dict | HttpResponse:
    """Reckons or redeems what the form of a voucher says."""
    text, place = request.POST.get("text", ""), request.POST.get("location", "")
    try:
        claims = _claims(request, text)
        asked = _asked(request, text, claims, place=place)
        found = validate_voucher(principal_of(request), asked)
        form = RedeemForm(request.POST, terms=found.voucher.terms, currency=_currency(found))
        if not form.is_valid():
            return _shown(request, found, form)
        asked = replace(
            asked, key=f"counter:{form.cleaned_data['request_key']}", order=form.order(),
            reference=form.cleaned_data["reference"].strip(),
        )  # fmt: skip
        if _act(request) == "redeem":
            return _redeemed(request, asked, found, form)
        return _shown(request, validate_voucher(principal_of(request), asked), form)
    except LoyaltyError as refusal:
        return {"refusals": mistakes_in(refusal)}


def _redeemed(request: HttpRequest, asked: RedeemRequest, found: Validated, form: RedeemForm) -> dict | HttpResponse:
    """Redeems it. Sending the form again leads to the same redemption."""
    if not request.user.has_perm(REDEEM, found.voucher.brand_id):
        raise PermissionDenied
    try:
        done = redeem_voucher(principal_of(request), asked)
    except LoyaltyError as refusal:
        for told in mistakes_in(refusal):
            form.add_error(None, told)
        return _shown(request, validate_voucher(principal_of(request), asked), form)
    return HttpResponseRedirect(reverse("admin:counter_done", args=[done.use_id]))


def _asked(request: HttpRequest, text: str, claims: Claims | None, *, place: str) -> RedeemRequest:
    named = str(claims.subject) if claims else text.strip()
    return RedeemRequest(voucher=named, key="counter", location_id=place, token=claims, address=address_of(request))


def _claims(request: HttpRequest, text: str) -> Claims | None:
    """What a QR code says; None for a code that was typed. Refusals: those of `read_token`."""
    if not text.upper().startswith(PREFIX):
        return None
    theirs = brands_where(request, LOOK_UP)
    brands = Brand.objects.all() if theirs is None else Brand.objects.filter(pk__in=theirs)
    return read_token(
        text, at=clock.now(), audience=set(brands.values_list("code", flat=True)), purpose=(VOUCHER, MEMBER)
    )


def _card_of(request: HttpRequest, claims: Claims) -> HttpResponse:
    """Leads to the till's page of the member who showed their code."""
    card = Membership.objects.filter(pk=claims.subject).first()
    if card is None:
        raise Http404
    return HttpResponseRedirect(reverse("admin:till_card", args=[card.pk]))


def _currency(found: Validated) -> str:
    return found.currency or found.voucher.terms.get("currency") or _program(found).money_currency


def _program(found: Validated) -> Program:
    return Program.objects.get(pk=found.voucher.program_id)


def _minor(text: str, currency: str) -> int | None:
    try:
        return minor_of(text, currency)
    except ValidationError:
        return None


def _shown(request: HttpRequest, found: Validated, form: RedeemForm) -> dict:
    """What the page says of a voucher: what it is, whether it is taken, and what it takes off."""
    voucher, currency, refusal = found.voucher, _currency(found), found.refusal
    needs_order = isinstance(refusal, OrderNeeded)
    is_open = refusal is None or needs_order
    if needs_order:
        form.fields["items" if "items" in form.fields else "amount"].widget.attrs["autofocus"] = True
    told = [] if is_open else mistakes_in(refusal)
    return {
        "voucher": voucher,
        "worth": worth(voucher.terms, currency) or voucher.get_kind_display(),
        "conditions": conditions(voucher.terms, currency),
        "code": code_shown(voucher.code, is_masked=True),
        "whose": Member.objects.filter(pk=voucher.member_id).first() if voucher.member_id else None,
        "until": day(voucher.expires_at),
        "balance": money(voucher.balance_minor, currency),
        "off": money(found.discount_minor, currency) if is_open and found.discount_minor else "",
        "order": money(found.order_minor, currency) if found.order_minor else "",
        "to_pay": _to_pay(found, currency),
        "currency": currency,
        "is_open": is_open,
        "needs_order": needs_order,
        "refusals": told,
        "form": form,
        "may_redeem": request.user.has_perm(REDEEM, voucher.brand_id),
    }


def _to_pay(found: Validated, currency: str) -> str:
    if found.refusal or not found.order_minor:
        return ""
    return money(found.order_minor - found.discount_minor, currency)


@page("counter/done/<uuid:use_id>/", name="counter_done")
@allowed(LOOK_UP)
def counter_done(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """What was redeemed, and for a while the button that undoes it."""
    use = _use(request, use_id)
    may_undo = request.user.has_perm(ROLL_BACK, use.brand_id) and not use.rolled_back_at
    is_in_time = use.recorded_at + UNDO > clock.now()
    if request.method == "POST":
        if not (may_undo and is_in_time):
            raise PermissionDenied
        form = OperationForm(request.POST)
        if form.is_valid():
            _undo(request, use, form)
        return HttpResponseRedirect(request.path)
    context = {
        **admin.site.each_context(request), "title": _("At the counter"), "use": use, "voucher": use.voucher,
        "asking": CodeForm(**_places(request)), "form": OperationForm(), "may_undo": may_undo and is_in_time,
        "worth": worth(use.voucher.terms, use.currency) or use.voucher.get_kind_display(),
        "off": money(use.discount_minor, use.currency) if use.discount_minor else "",
        "order": money(use.order_minor, use.currency) if use.order_minor else "",
        "to_pay": money(use.order_minor - use.discount_minor, use.currency) if use.order_minor else "",
        "left": money(use.balance_after_minor, use.currency),
        "external": use.voucher.external_code,
    }  # fmt: skip
    return TemplateResponse(request, "admin/rewards/counter_done.html", context)


def _undo(request: HttpRequest, use: VoucherUse, form: OperationForm) -> None:
    try:
        rollback_redemption(
            principal_of(request), str(use.voucher_id), key=f"counter:{form.cleaned_data['request_key']}",
            reason=_("Undone at the counter"), use_id=use.pk,
        )  # fmt: skip
        messages.success(request, _("Undone: the voucher can be used again."))
    except LoyaltyError as refusal:
        for told in mistakes_in(refusal):
            messages.error(request, told)


def _use(request: HttpRequest, use_id: UUID) -> VoucherUse:
    theirs = brands_where(request, LOOK_UP)
    uses = VoucherUse.objects.filter(pk=use_id).select_related("voucher", "location", "program")
    uses = uses if theirs is None else uses.filter(brand__in=theirs)
    use = at_own_location(request, uses).first()
    if use is None:
        raise Http404
    return use


@panel(order=4, permission=LOOK_UP)
def counter_panel(request: HttpRequest) -> Panel | None:
    """The counter on the first page of those who have no other business here."""
    if request.user.has_perm("dashboard.view"):
        return None
    return Panel("admin/rewards/home_counter.html", {"asking": CodeForm(**_places(request))})
