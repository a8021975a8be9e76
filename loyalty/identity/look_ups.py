"""Finding members by what lies encrypted, and by the words of their names. E-mail and phone are looked up by the keyed
hash that each brand has of them: one brand's hash says nothing about another's."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from loyalty.identity import phones
from loyalty.identity.models import Brand, BrandMember, Member, Person
from loyalty.sealed.fields import normalized

INDEXES = ("email_index", "phone_index")


def index_of(brand_id: UUID, *, email: str = "", phone: str = "") -> str:
    """The brand's hash of an e-mail or of a phone."""
    name, value = ("email_index", email) if email else ("phone_index", phone)
    return BrandMember._meta.get_field(name).index_of(value, brand_id)


def known_by(brand_ids: Collection[UUID] | None, *, email: str = "", phone: str = "") -> QuerySet[BrandMember]:
    """The links of the brands (None: of all) to members with this e-mail or phone, compared without case."""
    if brand_ids is None:
        brand_ids = Brand.objects.values_list("id", flat=True)
    name = "email_index" if email else "phone_index"
    found = [index_of(brand_id, email=email, phone=phone) for brand_id in brand_ids] if email or phone else []
    return BrandMember.objects.filter(**{f"{name}__in": found})


def reached_by(brand_ids: Collection[UUID] | None, *, email: str = "", phone: str = "") -> list[QuerySet]:
    """Queries for the ids of members whom the brands know by this e-mail or phone; for an operator (None) also of those
    whom no brand knows, by the e-mail of their login."""
    found = [known_by(brand_ids, email=email, phone=phone).values("member_id")]
    if email and brand_ids is None:
        people = Person.objects.filter(email=email)
        found.append(Member.objects.filter(person__in=people).order_by().values("pk"))
    return found


def reached_at(member: Member, *, email: str = "", phone: str = "") -> bool:
    """Whether this is the member's e-mail or phone."""
    return normalized(member.email if email else member.phone) == normalized(email or phone)


def refresh_indexes(member: Member) -> None:
    """Tells all who know the member of a new e-mail or phone. The member's row is locked by the caller."""
    links = list(BrandMember.objects.filter(member_id=member.id))
    for link in links:
        link.member = member
        for name in INDEXES:
            BrandMember._meta.get_field(name).pre_save(link, add=False)
    BrandMember.objects.bulk_update(links, INDEXES)


def matches(text: str, brand_ids: Collection[UUID] | None) -> list[QuerySet]:
    """Queries for the ids of members that `text` may mean to people of these brands (None: to an operator): the
    beginnings of words of the name, a whole e-mail, phone or external id. Each is answered by an index of its own, so
    they are to be joined by `union`. Whose members they are is for the caller to see to."""
    text = text.replace("\0", "").strip()
    links = BrandMember.objects.filter(external_id=text)
    links = links if brand_ids is None else links.filter(brand_id__in=brand_ids)
    found = [links.values("member_id")]
    if words := words_query(text):
        named = Member.objects.annotate(words=SearchVector("name", config="simple")).filter(words=words)
        found.append(named.order_by().values("pk"))
    if "@" in text:
        found += reached_by(brand_ids, email=text)
    for phone in phones_meant(text, brand_ids):
        found += reached_by(brand_ids, phone=phone)
    return found


def words_query(text: str) -> SearchQuery | None:
    """What finds names with words that begin like each word of the text."""
    quoted = ("'" + word.replace("\\", "\\\\").replace("'", "''") + "':*" for word in text.split())
    raw = " & ".join(quoted)
    return SearchQuery(raw, config="simple", search_type="raw") if raw else None


def any_of(field: str, found: Iterable[QuerySet]) -> Q:
    """The rows whose `field` is in one of these queries."""
    first, *others = found
    return Q(**{f"{field}__in": first.union(*others) if others else first})


def phones_meant(text: str, brand_ids: Collection[UUID] | None) -> set[str]:
    """The text as a phone, as it is understood in the countries of the brands."""
    if sum(character.isdigit() for character in text) < phones.DIGITS_MIN:
        return set()
    brands = Brand.objects.all() if brand_ids is None else Brand.objects.filter(id__in=brand_ids)
    countries = {"", *brands.order_by().values_list("country", flat=True).distinct()}
    return {found for country in countries if (found := phones.international(text, country=country))}
