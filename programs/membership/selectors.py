"""Questions about programs: which of them somebody may see, who takes part, how many points count for a tier."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from loyalty import clock
from loyalty.errors import NotFound
from loyalty.identity import look_ups
from loyalty.identity.models import BrandMember
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from programs.membership.models import Membership, Program, Tier

EVER = datetime.max.replace(tzinfo=UTC)

# What happens at `at` itself is not seen yet, unless it is now.
COUNTED_NOW = """
select s.account_id, programs_tier_measure(p, s, %(at)s) / programs_tier_scale(p.tier_basis, p.money_currency)
from programs_membership s join programs_program p on p.id = s.program_id where s.account_id = any(%(account_ids)s)
"""
COUNTED_THEN = """
select s.account_id,
       programs_tier_measure_then(p, s, %(at)s, %(known_at)s) / programs_tier_scale(p.tier_basis, p.money_currency)
from programs_membership s join programs_program p on p.id = s.program_id where s.account_id = any(%(account_ids)s)
"""
TIERS_NOW = "select membership_id, tier_id from programs_tier_standings(%(ids)s, %(at)s)"
STANDINGS = """
select x.membership_id, x.measure / programs_tier_scale(p.tier_basis, p.money_currency), x.tier_id, x.is_given,
       case when x.held_id is distinct from x.earned_id then x.held_until end
from programs_tier_standings(%(ids)s, %(at)s) x
join programs_membership s on s.id = x.membership_id join programs_program p on p.id = s.program_id
"""
TIERS_THEN = "select membership_id, tier_id from programs_tiers_then(%(ids)s, %(at)s, %(known_at)s)"


def visible_programs(principal: Principal) -> QuerySet[Program]:
    """The programs that the principal may see, with brand and unit: an operator all, those who work for a brand (and
    its keys) the brand's, a member the active ones open to all and those they take part in."""
    programs = Program.objects.select_related("brand", "unit")
    if principal.is_operator:
        return programs
    visible = Q(brand_id__in=principal.brand_ids)
    if principal.member_id:
        visible |= Q(is_community=True, status=Program.Status.ACTIVE) | _joined_by(principal.member_id)
    return programs.filter(visible)


def list_programs(
    principal: Principal, *, joined: bool | None = None, managed: bool | None = None, community: bool | None = None
) -> QuerySet[Program]:
    """The visible programs; each filter that is given keeps those of which it is true (or false): the principal takes
    part, the principal may change it, it is open to every member."""
    programs = visible_programs(principal)
    if joined is not None:
        is_joined = _joined_by(principal.member_id) if principal.member_id else Q(pk__in=[])
        programs = programs.filter(is_joined if joined else ~is_joined)
    if managed is not None:
        brands = principal.brands_where("programs.change")
        is_managed = Q(pk__isnull=False) if brands is None else Q(brand_id__in=brands)
        programs = programs.filter(is_managed if managed else ~is_managed)
    if community is not None:
        programs = programs.filter(is_community=community)
    return programs


def find_program(principal: Principal, ref: str | UUID) -> Program:
    """The visible program named by id or code, with brand and unit. One query. Refusals: NotFound."""
    uuid = as_uuid(ref)
    named = Q(id=uuid) if uuid else Q(code=str(ref).replace("\0", ""))
    program = visible_programs(principal).filter(named).first()
    if program is None:
        raise NotFound("There is no such program, or it is not yours to see.")
    return program


def visible_tiers(principal: Principal) -> QuerySet[Tier]:
    """The tiers of the visible programs, each with its program."""
    return Tier.objects.filter(program__in=visible_programs(principal)).select_related("program")


def tiers_in(program: Program) -> QuerySet[Tier]:
    """The program's tiers, each with its program."""
    return Tier.objects.filter(program=program).select_related("program")


def takes_part(program: Program, member_id: UUID) -> bool:
    """Whether the member has a part in the program that has not ended."""
    parts = Membership.objects.filter(program=program, member_id=member_id)
    return parts.exclude(status=Membership.Status.CLOSED).exists()


def having_tier(**tier) -> Q:
    """Memberships that have such a tier (say code="gold"), reached or given, as it was last assessed; by the names of
    `Tier` with their lookups."""
    reached, given = ({f"{side}__{name}": value for name, value in tier.items()} for side in ("tier", "given_tier"))
    is_reached = Q(given_tier=None) | Q(given_tier__points_min__lte=F("tier__points_min"))
    is_given = Q(tier=None) | Q(tier__points_min__lt=F("given_tier__points_min"))
    return Q(**reached) & is_reached | Q(**given) & is_given


def memberships_in(
    program: Program, *, search: str = "", status: str | None = None, tier: str | None = None
) -> QuerySet[Membership]:
    """The memberships in the program, each with its member and `external_id`, the brand's number for them. `search`
    finds beginnings of words of a name, or a whole e-mail, phone, external id or card number."""
    known = BrandMember.objects.filter(brand_id=program.brand_id, member_id=OuterRef("member_id"))
    memberships = (
        Membership.objects.filter(program=program)
        .select_related("member", "program")
        .annotate(external_id=Subquery(known.values("external_id")[:1]))
    )
    if status:
        memberships = memberships.filter(status=status)
    if tier:
        memberships = memberships.filter(having_tier(code=tier))
    if search.strip():
        memberships = memberships.filter(matching(search, [program.brand_id]))
    return memberships


def matching(text: str, brand_ids: Collection[UUID] | None) -> Q:
    """The memberships that a search for `text` finds: by their card number, or by the member as people of these brands
    (None: an operator) know them. Whose memberships they are is for the caller to see to."""
    members = look_ups.any_of("member_id", look_ups.matches(text, brand_ids))
    by_card = Membership.objects.filter(card_number="".join(text.split()))
    return look_ups.any_of("pk", [by_card.values("pk"), Membership.objects.filter(members).values("pk")])


def find_membership(program: Program, member_id: UUID) -> Membership:
    """The member's part in the program, as `memberships_in` gives it. Refusals: NotFound."""
    membership = memberships_in(program).filter(member_id=member_id).first()
    if membership is None:
        raise NotFound("The member does not take part in this program.")
    return membership


def memberships_of(principal: Principal, member_id: UUID) -> QuerySet[Membership]:
    """The member's parts in programs that the principal may see, with program, unit and tiers, by program code."""
    memberships = Membership.objects.filter(member_id=member_id)
    if not principal.is_operator and member_id != principal.member_id:
        memberships = memberships.filter(program__brand_id__in=principal.brand_ids)
    return (
        memberships.select_related("program", "program__unit")
        .prefetch_related("program__tiers")
        .order_by(F("program__code"))
    )


def counted_for_tiers(
    account_ids: Iterable[int], *, at: datetime | None = None, known_at: datetime | None = None
) -> dict[int, int]:
    """What counts for the tier, by ledger account, as the thresholds count it: points granted, whole units of money
    spent, or purchases, in the program's window, less what of them was returned or reversed; that points were spent or
    lapsed does not matter. Without `at` as it stands now, with it as it was just before that instant, as far as the
    books knew it at `known_at` (now). One query for any number of accounts."""
    is_now = at is None and known_at is None
    params = {"account_ids": list(account_ids), "at": at or clock.now(), "known_at": known_at or EVER}
    with connection.cursor() as cursor:
        cursor.execute(COUNTED_NOW if is_now else COUNTED_THEN, params)
        return dict(cursor.fetchall())


def tiers_of(
    memberships: Iterable[Membership], *, at: datetime | None = None, known_at: datetime | None = None
) -> dict[UUID, Tier | None]:
    """The tier of each membership (None below the lowest), by membership id: the highest of what counts, what the
    program keeps and what was given by hand, whether or not members have been assessed since; `at` and `known_at` as
    for `counted_for_tiers`. Two queries for any number of them."""
    ids = [membership.id for membership in memberships]
    if not ids:
        return {}
    is_now = at is None and known_at is None
    params = {"ids": ids, "at": at or clock.now(), "known_at": known_at or EVER}
    with connection.cursor() as cursor:
        cursor.execute(TIERS_NOW if is_now else TIERS_THEN, params)
        found = dict(cursor.fetchall())
    tiers = Tier.objects.in_bulk({tier_id for tier_id in found.values() if tier_id is not None})
    return {membership_id: tiers.get(tier_id) for membership_id, tier_id in found.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands now: what counts, as thresholds count it, the tier they have, whether it was given, and until
    when it is kept though it is not deserved any more (None also for good)."""

    counted: int
    tier_id: int | None
    is_given: bool
    kept_until: datetime | None


def standings_of(memberships: Iterable[Membership]) -> dict[UUID, Standing]:
    """How each membership stands, by its id, in one query for any number of them."""
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, {"ids": [membership.id for membership in memberships], "at": clock.now()})
        return {
            membership_id: Standing(counted, tier_id, bool(is_given), kept_until)
            for membership_id, counted, tier_id, is_given, kept_until in cursor.fetchall()
        }


def _joined_by(member_id: UUID) -> Q:
    """Programs in which the member has a part that has not ended."""
    part = Membership.objects.filter(program_id=OuterRef("pk"), member_id=member_id)
    return Q(Exists(part.exclude(status=Membership.Status.CLOSED)))
