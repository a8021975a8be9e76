"""Who stands at the till: found by what they show or say, and told with what a till needs and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.selectors import BalanceView, balances
from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity import guesses, look_ups
from loyalty.identity.errors import AmbiguousMember, InvalidCode
from loyalty.identity.models import BrandMember, Member
from loyalty.identity.principals import Principal
from programs.activity.gateway.claiming import windows_of
from programs.membership.models import Membership, Program, Tier
from programs.membership.selectors import tiers_of
from programs.rewards.catalogue.offers import Offer, available
from programs.rewards.models import Voucher
from programs.rewards.qr.scanning import open_code, scan_member
from programs.rewards.vouchers.selectors import having_status

OFFERS_MAX = 20
VOUCHERS_MAX = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows or says; one of these is given."""

    card_number: str = ""
    external_id: str = ""
    email: str = ""
    phone: str = ""
    qr: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A card of theirs, with its tier and what is on it."""

    membership: Membership
    tier: Tier | None
    balance: BalanceView


@dataclass(frozen=True, slots=True)
class AtTill:
    """Somebody at the till: their cards, what they may claim now, and the vouchers they have."""

    member: Member
    external_id: str | None
    parts: Sequence[Part]
    offers: Sequence[Offer]
    vouchers: Sequence[Voucher]


def look_up(principal: Principal, shown: Shown, *, key: str = "", program: Program | None = None) -> AtTill:
    """Who it is, at the brands where the principal may look members up; members find themselves. A code of a member
    card is used up by it. What finds nobody is counted, and too many of those wait, so that nobody tries address after
    address. Some twenty questions to the database, however many cards and vouchers there are. Refusals, in order of
    precedence: Forbidden, ScopeMissing, TooMany, NotFound (nobody, or nobody in `program`), AmbiguousMember; of a code
    also those of `open_code` and `scan_member`."""
    brands = principal.brands_where("members.look_up")
    own = None if brands or brands is None else principal.member_id
    if brands == []:
        principal.require("members.look_up", next(iter(principal.brands), None), member_id=own)
    try:
        with guesses.counted("look-up", principal.actor, windows_of(principal)):
            found = _scanned(principal, shown.qr, key) if shown.qr else _named(None if own else brands, shown)
            if not found or own not in (None, *found):
                raise InvalidCode()
    except InvalidCode:
        raise NotFound("There is no such member, or they are not yours to see.") from None
    if len(found) > 1:
        raise AmbiguousMember()
    return _at_till(principal, None if own else brands, found[0], program)


def _scanned(principal: Principal, text: str, key: str) -> list[UUID]:
    seen = scan_member(principal, open_code(principal, text), key=key)
    return [seen.membership.member_id]


def _named(brands: Sequence[UUID] | None, shown: Shown) -> list[UUID]:
    """The members that are meant, known to these brands (None: to any)."""
    links = BrandMember.objects.filter(member__is_active=True)
    if shown.card_number:
        cards = Membership.objects.filter(card_number=shown.card_number, member__is_active=True)
        cards = cards.exclude(status=Membership.Status.CLOSED)
        cards = cards if brands is None else cards.filter(program__brand_id__in=brands)
        return list(cards.values_list("member_id", flat=True).distinct()[:2])
    if shown.external_id:
        links = links.filter(external_id=shown.external_id)
        links = links if brands is None else links.filter(brand_id__in=brands)
    else:
        links = links.filter(pk__in=_reached(brands, shown).values("pk"))
    return list(links.order_by().values_list("member_id", flat=True).distinct()[:2])


def _reached(brands: Sequence[UUID] | None, shown: Shown) -> QuerySet[BrandMember]:
    if shown.email:
        return look_ups.known_by(brands, email=shown.email)
    reached = BrandMember.objects.none()
    for phone in look_ups.phones_meant(shown.phone, brands):
        reached = reached | look_ups.known_by(brands, phone=phone)
    return reached


def _at_till(principal: Principal, brands: Sequence[UUID] | None, member_id: UUID, program: Program | None) -> AtTill:
    member = Member.objects.get(pk=member_id)
    cards = Membership.objects.filter(member=member_id).exclude(status=Membership.Status.CLOSED)
    cards = cards.select_related("program__unit", "program__brand").order_by("program__code")
    links = BrandMember.objects.filter(member=member_id).order_by("brand_id")
    if brands is not None:
        cards, links = cards.filter(program__brand_id__in=brands), links.filter(brand_id__in=brands)
    cards = [card for card in cards if program is None or card.program_id == program.pk]
    if program is not None and not cards:
        raise NotFound("The member takes no part in such a program.", pointer="/program_id")
    tiers, held = tiers_of(cards), balances([card.account_id for card in cards]) if cards else {}
    parts = [Part(card, tiers[card.pk], held[card.account_id]) for card in cards]
    link = links.first()
    return AtTill(
        member=member,
        external_id=link.external_id if link else None,
        parts=parts,
        offers=_offers(principal, member, cards),
        vouchers=_vouchers(principal, member, cards),
    )


def _offers(principal: Principal, member: Member, cards: Sequence[Membership]) -> list[Offer]:
    """What they may claim now with these cards, as far as the principal may see offers."""
    may = principal.may
    shown = {one.program_id for one in cards if may("offers.view", one.program.brand_id, member_id=member.pk)}
    if not shown:
        return []
    return [offer for offer in available(principal, member) if offer.reward.program_id in shown][:OFFERS_MAX]


def _vouchers(principal: Principal, member: Member, cards: Sequence[Membership]) -> list[Voucher]:
    """The vouchers they can use now in these programs; those that end first stand first."""
    may = principal.may
    shown = {one.program_id for one in cards if may("vouchers.look_up", one.program.brand_id, member_id=member.pk)}
    if not shown:
        return []
    usable = Q(program__in=shown) & having_status(Voucher.Status.CLAIMED, clock.now())
    found = Voucher.objects.filter(usable, member=member).select_related("program", "reward")
    return list(found.order_by("expires_at", "pk")[:VOUCHERS_MAX])
