"""Questions about who is known: principals from the database, the members and people that a principal may see."""

from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.fields import CharField

from loyalty import clock, sql
from loyalty.errors import Invalid, NotFound
from loyalty.identity import look_ups
from loyalty.identity.errors import AmbiguousMember
from loyalty.identity.models import Brand, BrandMember, Member, Person, Staff
from loyalty.identity.principals import Principal

# Tokens are given for a password. They open neither a brand that lets its people in by its own provider only, nor, to
# who has no second factor, one that asks for it.
PERSON = """
select p.id, p.is_operator and (f.is_there or not %(operators_need_factor)s) as is_operator,
       p.cool_down_from, m.id as member_id,
       array_agg(s.brand_id) filter (where s.id is not null) as brand_ids,
       array_agg(s.role) filter (where s.id is not null) as roles
from loyalty_person p
cross join lateral (select exists (
  select from mfa_authenticator a where a.user_id = p.id and a.type in ('totp', 'webauthn')) as is_there) f
left join loyalty_member m on m.person_id = p.id and m.is_active
left join loyalty_staff s on s.person_id = p.id and s.is_active
  and not exists (select from loyalty_signon o where o.brand_id = s.brand_id
                  and o.is_active and o.is_required and p.id <> all (o.break_glass))
  and (f.is_there or not exists (
    select from loyalty_brand b where b.id = s.brand_id and b.requires_second_factor))
where p.id = %(id)s and p.is_active and p.token_version = %(version)s
  and (%(device)s::uuid is null
       or exists (select 1 from loyalty_device d where d.id = %(device)s::uuid and d.person_id = p.id))
group by p.id, m.id, f.is_there
"""


def person_principal(
    person_id: UUID, *, token_version: int, device_id: UUID | None = None, confirmed_until: int = 0
) -> Principal | None:
    """The person as a principal with today's posts, in one query; None if they are gone, switched off, have ended all
    sessions since that token version, or have forgotten the device that the token was given to. `confirmed_until` is in
    epoch seconds."""
    asked = {"id": person_id, "version": token_version, "device": device_id}
    found = sql.rows(PERSON, asked | {"operators_need_factor": settings.OPERATORS_NEED_SECOND_FACTOR})
    if not found:
        return None
    row = found[0]
    return Principal(
        kind="person",
        id=row["id"],
        actor=f"person:{row['id']}",
        brands=dict(zip(row["brand_ids"] or [], row["roles"] or [], strict=True)),
        member_id=row["member_id"],
        is_operator=row["is_operator"],
        device_id=device_id,
        cool_down_from=row["cool_down_from"],
        is_stepped_up=confirmed_until > clock.now().timestamp(),
    )


def as_uuid(ref: str | UUID) -> UUID | None:
    """`ref` as a UUID, if it is written as one."""
    if isinstance(ref, UUID):
        return ref
    try:
        return UUID(ref) if len(ref) == 36 else None
    except ValueError:
        return None


def find_brand(principal: Principal, ref: str | UUID | None, *, pointer: str = "/brand_id") -> Brand:
    """The brand named by id or code; without a name the principal's only one. Refusals: Invalid (not named, and
    there is more than one), NotFound (none of the principal's)."""
    brands = Brand.objects.all() if principal.is_operator else Brand.objects.filter(id__in=principal.brand_ids)
    if ref is None:
        if principal.is_operator or len(principal.brands) > 1:
            raise Invalid([{"pointer": pointer, "code": "required", "detail": "Say for which brand."}])
        brand = brands.first()
    else:
        uuid = as_uuid(ref)
        brand = brands.filter(id=uuid).first() if uuid else brands.filter(code=str(ref).replace("\0", "")).first()
    if brand is None:
        raise NotFound("There is no such brand, or it is not yours to see.", pointer=pointer)
    return brand


def visible_members(principal: Principal) -> QuerySet[Member]:
    """The active members of the brands where the principal may list them, each with `external_id`, the number in such a
    brand (None for operators and for members themselves, who see themselves)."""
    members, brands = Member.objects.filter(is_active=True), principal.brands_where("members.view")
    if brands is None:
        return members.annotate(external_id=Value(None, CharField(null=True)))
    known = BrandMember.objects.filter(member=OuterRef("pk"), brand_id__in=brands)
    theirs = Q(Exists(known)) if brands else Q(id=principal.member_id)
    if brands and principal.member_id:
        theirs |= Q(id=principal.member_id)
    return members.filter(theirs).annotate(external_id=Subquery(known.order_by("brand_id").values("external_id")[:1]))


def filter_members(
    principal: Principal, members: QuerySet[Member], *, email: str | None = None, phone: str | None = None
) -> QuerySet[Member]:
    """Those of `visible_members` with this e-mail and this phone (E.164), where given. A brand finds whom it knows,
    members themselves, operators anybody."""
    own = Member.objects.filter(id=principal.member_id).first() if principal.member_id else None
    brands = principal.brands_where("members.view")
    if phone is not None:
        # In the query of an address a plus that is not quoted means a space.
        phone = "+" + phone.strip(" +")
    for name, value in (("email", email), ("phone", phone)):
        if value is None:
            continue
        address = {name: value}
        theirs = look_ups.any_of("id", look_ups.reached_by(brands, **address))
        if own and value and look_ups.reached_at(own, **address):
            theirs |= Q(id=own.id)
        members = members.filter(theirs)
    return members


def find_member(principal: Principal, ref: str | UUID, *, brand_id: UUID | None = None) -> Member:
    """The active member named by id, by external id in a brand of the principal (in `brand_id` only, where given),
    or "me"; with `external_id` set as that brand has it, and `found_at`, the brands where they were found. One query,
    two for operators and members. Refusals: NotFound, AmbiguousMember (an external id that two of the principal's
    brands use)."""
    uuid = principal.member_id if ref == "me" and principal.member_id else as_uuid(ref)
    named = Q(external_id=str(ref).replace("\0", ""))
    known = BrandMember.objects.filter(named | Q(member_id=uuid) if uuid else named, member__is_active=True)
    if principal.brands and not principal.is_operator:
        rows = known.filter(brand_id__in=[brand_id] if brand_id in principal.brands else principal.brand_ids)
    elif principal.is_operator:
        rows = known.filter(brand_id=brand_id) if brand_id else known
    else:
        rows = known.filter(member_id=principal.member_id)
    member = _chosen(list(rows.select_related("member").order_by("brand_id")[:20]), uuid)
    if member is None and uuid and (principal.is_operator or uuid == principal.member_id):
        member = Member.objects.filter(id=uuid, is_active=True).first()
        if member:
            member.external_id, member.found_at = None, []
    if member is None:
        raise NotFound("There is no such member, or they are not yours to see.")
    return member


def _chosen(rows: list[BrandMember], uuid: UUID | None) -> Member | None:
    """The member that the rows speak of; one named by id goes before another whose external id looks the same."""
    rows = [row for row in rows if row.member_id == uuid] or rows
    if len({row.member_id for row in rows}) > 1:
        raise AmbiguousMember()
    if not rows:
        return None
    member = rows[0].member
    member.external_id, member.found_at = rows[0].external_id, [row.brand_id for row in rows]
    return member


def sees_whole(principal: Principal, member: Member) -> bool:
    """Whether the principal sees all of the member that `find_member` found, not only that there is one of that name:
    at one of their brands that knows the member, or as the member."""
    brands = principal.brands_where("members.view")
    return brands is None or member.id == principal.member_id or not set(brands).isdisjoint(member.found_at)


def is_known_elsewhere(member: Member, *, brand_id: UUID) -> bool:
    """Whether another brand than this one knows the member."""
    return BrandMember.objects.filter(member=member).exclude(brand_id=brand_id).exists()


def visible_people(principal: Principal) -> QuerySet[Person]:
    """The people whose users the principal may see and administer: operators all, brand admins (and keys with the scope
    users:write) whoever works for their brands, anyone themselves. `visible_posts` holds the posts to show."""
    brands = principal.brands_where("people.view")
    posts = Staff.objects.filter(is_active=True).select_related("brand", "location").order_by("brand__code")
    people = Person.objects.filter(erased_at=None).select_related("member")
    if brands is None:
        return people.prefetch_related(Prefetch("posts", posts, to_attr="visible_posts"))
    theirs = Staff.objects.filter(person=OuterRef("pk"), brand_id__in=brands, is_active=True)
    shown = posts.filter(Q(brand_id__in=brands) | Q(person_id=principal.id))
    return people.filter(Exists(theirs) | Q(id=principal.id)).prefetch_related(
        Prefetch("posts", shown, to_attr="visible_posts")
    )


def find_person(principal: Principal, ref: str | UUID) -> Person:
    """The visible person named by id or "me". Refusals: NotFound."""
    uuid = principal.id if ref == "me" else as_uuid(ref)
    person = visible_people(principal).filter(id=uuid).first() if uuid else None
    if person is None:
        raise NotFound("There is no such user, or they are not yours to see.")
    return person
