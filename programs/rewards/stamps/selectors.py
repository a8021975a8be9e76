"""Questions about stamp cards: which of them somebody may see, how far members are, who collects. What is over is over
here whether or not its sheet was closed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity.models import BrandMember, Member
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.membership.models import Program
from programs.membership.selectors import visible_programs
from programs.rewards.stamps.errors import AmbiguousStampCard
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.sheets import Status, is_over

SHEETS_MAX = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a member is with a card: `stamps` of `stamps_needed` on the sheet that is open, and `full`, the sheets
    that wait to be turned in. `is_joined` is false for who never began."""

    card: StampCard
    member_id: UUID
    sheets: list[StampSheet]
    is_joined: bool

    @property
    def open(self) -> StampSheet | None:
        now = clock.now()
        return next((one for one in self.sheets if one.status == Status.OPEN and not is_over(one, now)), None)

    @property
    def stamps(self) -> int:
        return self.open.stamps if self.open else 0

    @property
    def stamps_needed(self) -> int:
        return self.open.stamps_needed if self.open else self.card.stamps_needed

    @property
    def full(self) -> list[StampSheet]:
        return [sheet for sheet in self.sheets if sheet.status == Status.FULL]


def visible_cards(principal: Principal) -> QuerySet[StampCard]:
    """The cards that the principal may see, with program and reward: an operator all, those who work for a brand (and
    its keys) the brand's, a member the active ones of programs they may see and those they collect on."""
    cards = StampCard.objects.select_related("program__brand", "reward__program")
    if principal.is_operator:
        return cards
    seen = Q(program__brand__in=principal.brands_where("stamp_cards.view"))
    if principal.member_id:
        own = StampSheet.objects.filter(card=OuterRef("pk"), member_id=principal.member_id)
        seen |= Q(status=StampCard.Status.ACTIVE, program__in=visible_programs(principal)) | Q(Exists(own))
    return cards.filter(seen)


def find_card(principal: Principal, ref: str, *, program: Program | None = None) -> StampCard:
    """The visible card (of the program, where given) named by id or code. Refusals: NotFound, AmbiguousStampCard (a
    code that cards of two programs have)."""
    uuid = as_uuid(ref)
    named = Q(pk=uuid) if uuid else Q(code=str(ref).replace("\0", ""))
    named = named & Q(program=program) if program else named
    found = list(visible_cards(principal).filter(named)[:2])
    if not found:
        raise NotFound("There is no such stamp card, or it is not yours to see.")
    if len(found) > 1:
        raise AmbiguousStampCard()
    return found[0]


def card_of(program: Program, code: str) -> StampCard | None:
    """The program's card of that code, in any state."""
    cards = StampCard.objects.select_related("program__brand", "reward__program")
    return cards.filter(program=program, code=code).first()


def progress_of(card: StampCard, member_id: UUID) -> Progress:
    """How far the member is with the card. Two queries at most."""
    theirs = StampSheet.objects.filter(card=card, member_id=member_id)
    sheets = list(theirs.filter(in_status(Status.OPEN, Status.FULL)).order_by("number"))
    return Progress(card, member_id, sheets, bool(sheets) or theirs.exists())


def progress_of_member(principal: Principal, member: Member) -> list[Progress]:
    """How far the member is with each card of theirs that the principal may see them on, by code; with the newest of
    their sheets, ended ones too. One query."""
    sheets = StampSheet.objects.filter(member=member, card__in=_cards_at(principal, member))
    sheets = sheets.select_related("card__program").order_by("-joined_at", "-id")[:SHEETS_MAX]
    by_card: dict[UUID, list[StampSheet]] = {}
    for sheet in sheets:
        by_card.setdefault(sheet.card_id, []).append(sheet)
    found = [Progress(theirs[0].card, member.pk, theirs, True) for theirs in by_card.values()]
    return sorted(found, key=lambda one: (one.card.code, one.card.pk))


def stamps_of(principal: Principal, member: Member) -> QuerySet[Stamp]:
    """The member's stamps on all cards that the principal may see them on, with card and location."""
    theirs = Stamp.objects.filter(member=member, card__in=_cards_at(principal, member))
    return theirs.select_related("card__program", "location")


def find_stamp(principal: Principal, member: Member, ref: str) -> Stamp:
    """One of the member's stamps, by its id. Refusals: NotFound."""
    uuid = as_uuid(ref)
    found = stamps_of(principal, member).filter(pk=uuid).first() if uuid else None
    if found is None:
        raise NotFound("The member has no such stamps, or they are not yours to see.")
    return found


def holders_in(program: Program, *, card: StampCard | None = None, status: str | None = None) -> QuerySet[StampSheet]:
    """The sheets of the program's cards, of one card or of all, in a state or (without one) open and full; each with
    card, member, and `external_id`, the brand's own number for them."""
    known = BrandMember.objects.filter(brand_id=program.brand_id, member_id=OuterRef("member_id"))
    sheets = StampSheet.objects.filter(card__program=program).filter(
        in_status(status) if status else in_status(Status.OPEN, Status.FULL)
    )
    sheets = sheets.filter(card=card) if card else sheets
    return sheets.select_related("card", "member").annotate(external_id=Subquery(known.values("external_id")[:1]))


def status_of(sheet: StampSheet, now: datetime | None = None) -> str:
    """The sheet's state as it is now."""
    return Status.EXPIRED.value if is_over(sheet, now or clock.now()) else sheet.status


def in_status(*wanted: str) -> Q:
    """Sheets in one of these states as of now."""
    over = Q(status=Status.OPEN, expires_at__lte=clock.now())
    states = {
        Status.OPEN: Q(status=Status.OPEN) & ~Q(expires_at__isnull=False, expires_at__lte=clock.now()),
        Status.EXPIRED: Q(status=Status.EXPIRED) | over,
    }
    found = Q(pk__in=[])
    for status in wanted:
        found |= states.get(status, Q(status=status))
    return found


def _cards_at(principal: Principal, member: Member) -> QuerySet[StampCard]:
    """The cards on which the principal may see this member: all for the member and for operators, else the brand's."""
    brands = None if member.pk == principal.member_id else principal.brands_where("stamps.view")
    cards = StampCard.objects.all()
    return cards if brands is None else cards.filter(program__brand__in=brands)
