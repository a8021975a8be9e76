"""What a member's page shows of vouchers and stamps, and the pages that claim a reward for them or stamp a card."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import clock
from loyalty.backoffice import allowed, brands_where, mistakes_in, visible
from loyalty.backoffice_buttons import OperationForm
from loyalty.backoffice_menu import page
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Member
from programs.activity.member_page.pages import page_of_member
from programs.activity.member_page.sections import Section, section
from programs.activity.member_page.timeline import tells
from programs.membership.models import Membership, Program
from programs.rewards.backoffice.reward_list import pictures_of, thumbnail
from programs.rewards.backoffice.stamp_forms import CardStampsForm
from programs.rewards.backoffice.stamp_lists import stamped
from programs.rewards.backoffice.telling import KINDS, TITLES, details_of
from programs.rewards.backoffice.wording import code_shown, day, worth
from programs.rewards.catalogue.claiming import claim_reward
from programs.rewards.catalogue.offers import available
from programs.rewards.models import Reward, Voucher
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.selectors import in_status
from programs.rewards.vouchers.terms import status_at, terms_of

VOUCHERS_SHOWN = 8
SHEETS_SHOWN = 10
STAMPS_SHOWN = 6
DOTS_MAX = 30
CARDS_MAX = 100
OFFERS_MAX = 100
Status, SheetStatus = Voucher.Status, StampSheet.Status

tells(
    TITLES,
    kinds={"rewards": (gettext_lazy("Rewards"), KINDS)},
    details=details_of,
)


@section(order=10, permission="vouchers.view")
def vouchers_of(request: HttpRequest, member: Member, memberships: Sequence[Membership]) -> Section | None:
    """The member's newest vouchers, those that can be used first."""
    now, theirs = clock.now(), brands_where(request, "vouchers.issue")
    usable = Q(status__in=[Status.ISSUED, Status.CLAIMED]) & (Q(expires_at=None) | Q(expires_at__gt=now))
    found = visible(request, Voucher).filter(member=member).select_related("program", "reward").order_by("-pk")
    rows = list(found.filter(usable)[:VOUCHERS_SHOWN])
    rows += list(found.exclude(usable)[: VOUCHERS_SHOWN - len(rows)])
    may_claim = bool(memberships) and _may_at(request, "offers.claim", memberships)
    if not rows and not may_claim:
        return None
    shown = [
        {
            "voucher": one, "worth": worth(one.terms, one.program.money_currency) or one.get_kind_display(),
            "code": code_shown(one.code, is_masked=theirs is not None and one.brand_id not in theirs),
            "status": str(status_at(one, now)), "state": Status(status_at(one, now)).label,
            "until": day(one.expires_at),
        }
        for one in rows
    ]  # fmt: skip
    facts = {"rows": shown, "member": member, "may_claim": may_claim, "has_more": len(rows) == VOUCHERS_SHOWN}
    return Section("admin/rewards/member_vouchers.html", facts)


@section(order=20, permission="stamps.view")
def stamps_of(request: HttpRequest, member: Member, memberships: Sequence[Membership]) -> Section | None:
    """The member's stamp cards that are open or full, and the newest stamps."""
    sheets = visible(request, StampSheet).filter(member=member).filter(in_status(SheetStatus.OPEN, SheetStatus.FULL))
    sheets = list(sheets.select_related("card__program").order_by("card__code", "number")[:SHEETS_SHOWN])
    stamps = visible(request, Stamp).filter(member=member).select_related("card__program", "location").order_by("-pk")
    stamps = list(stamps[:STAMPS_SHOWN])
    has_cards = _cards_for(request, memberships).exists() if memberships else False
    if not sheets and not stamps and not has_cards:
        return None
    shown = [
        {
            "sheet": one, "is_full": one.status == SheetStatus.FULL, "until": day(one.expires_at),
            "dots": [n < one.stamps for n in range(one.stamps_needed)] if one.stamps_needed <= DOTS_MAX else [],
            "may_turn_in": request.user.has_perm("stamps.turn_in", one.card.program.brand_id),
        }
        for one in sheets
    ]  # fmt: skip
    undoing = brands_where(request, "stamps.undo")
    lines = [(one, undoing is None or one.card.program.brand_id in undoing) for one in stamps]
    facts = {"rows": shown, "stamps": lines, "member": member, "may_add": has_cards}
    return Section("admin/rewards/member_stamps.html", facts)


@page("members/<uuid:member_id>/offers/", name="member_offers")
@allowed("offers.claim")
def offers_page(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """What the member can have now, and why not the rest; claims one of them in their name."""
    member = _member(request, member_id, "offers.claim")
    if request.method == "POST":
        return _claimed(request, member)
    offers = available(principal_of(request), member, all=True)[:OFFERS_MAX]
    pictures = pictures_of([offer.reward for offer in offers])
    for offer in offers:
        offer.reward.picture_link = pictures.get(offer.reward.pk, "")
    rows = [
        {"offer": one, "picture": thumbnail(one.reward), "worth": worth(terms_of(one.reward)),
         "why": one.refusal.detail if one.refusal else ""}
        for one in sorted(offers, key=lambda one: one.refusal is not None)
    ]  # fmt: skip
    context = {
        **admin.site.each_context(request), "title": _("Rewards for %(name)s") % {"name": member}, "member": member,
        "rows": rows, "form": OperationForm(), "back": page_of_member(member.pk),
    }  # fmt: skip
    return TemplateResponse(request, "admin/rewards/offers.html", context)


def _claimed(request: HttpRequest, member: Member) -> HttpResponse:
    form = OperationForm(request.POST)
    if not form.is_valid():
        return HttpResponseRedirect(request.path)
    reward, key = request.POST.get("reward", ""), f"admin:{form.cleaned_data['request_key']}"
    try:
        done = claim_reward(principal_of(request), reward, key=key, member=str(member.pk))
    except LoyaltyError as refusal:
        for told in mistakes_in(refusal):
            messages.error(request, told)
        return HttpResponseRedirect(request.path)
    told = {"reward": done.voucher.terms.get("name", ""), "points": f"{done.points:,}"}
    messages.success(request, _("Claimed: %(reward)s for %(points)s points.") % told)
    return HttpResponseRedirect(page_of_member(member.pk))


@page("members/<uuid:member_id>/stamps/", name="member_stamps")
@allowed("stamps.add")
def stamps_page(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Adds stamps to one of the cards that the member can collect on."""
    member = _member(request, member_id, "stamps.add")
    parts = visible(request, Membership).filter(member=member)
    cards = list(_cards_for(request, list(parts))[:CARDS_MAX])
    form = CardStampsForm(request.POST or None, cards=cards)
    if request.method == "POST" and form.is_valid():
        card = form.cards[form.cleaned_data["card"]]
        try:
            messages.success(request, stamped(request, card, member, form.cleaned_data["count"], form.reference_told()))
            return HttpResponseRedirect(page_of_member(member.pk))
        except LoyaltyError as refusal:
            for told in mistakes_in(refusal):
                form.add_error(None, told)
    context = {
        **admin.site.each_context(request), "title": _("Add stamps"), "member": member, "form": form, "cards": cards,
        "back": page_of_member(member.pk), "media": form.media,
    }  # fmt: skip
    return TemplateResponse(request, "admin/rewards/stamp.html", context)


def _member(request: HttpRequest, member_id: UUID, permission: str) -> Member:
    """A member whom the person sees, at a brand where they may do that."""
    member = visible(request, Member).filter(pk=member_id).first()
    if member is None:
        raise Http404
    theirs = brands_where(request, permission)
    if theirs is not None and not member.known_to.filter(brand__in=theirs).exists():
        raise Http404
    return member


def _cards_for(request: HttpRequest, memberships: Sequence[Membership]):
    """The active cards of the programs of these memberships at which the person may give stamps."""
    theirs = brands_where(request, "stamps.add")
    found = StampCard.objects.filter(
        status=StampCard.Status.ACTIVE, program__in=[one.program_id for one in memberships]
    ).select_related("program__brand", "reward__program")
    return (found if theirs is None else found.filter(program__brand__in=theirs)).order_by("name")


def _may_at(request: HttpRequest, permission: str, memberships: Sequence[Membership]) -> bool:
    theirs = brands_where(request, permission)
    rewards = Reward.objects.filter(status=Reward.Status.ACTIVE, program__in=[one.program_id for one in memberships])
    programs = Program.objects.filter(pk__in=rewards.values("program"))
    return (programs if theirs is None else programs.filter(brand__in=theirs)).exists()
