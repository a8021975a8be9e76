"""Shapes of people, sessions and members, in and out. No queries: what an answer needs has been fetched before."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UNSET, UUID, Answer, Date, Filters, Moment, Shape, UnsetType
from loyalty.identity.models import Member, Person
from loyalty.identity.principals import Principal
from loyalty.identity.tokens import Pair

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+\Z",
        description="An e-mail address.",
        examples=["ana@example.com"],
    ),
]
Name = Annotated[str, Meta(max_length=120, examples=["Ana Silva"])]
Phone = Annotated[
    str,
    Meta(pattern=r"^\+[1-9][0-9]{6,14}\Z", description="In international form (E.164).", examples=["+31612345678"]),
]
ExternalId = Annotated[
    str,
    Meta(min_length=1, max_length=120, description="The brand's own number for the member.", examples=["USR-001"]),
]
Ref = Annotated[str, Meta(min_length=1, max_length=120)]
Word = Annotated[str, Meta(min_length=1, max_length=60)]
Preferences = Annotated[
    dict[
        Word,
        bool | Annotated[int, Meta(ge=-(2**53), le=2**53)] | Annotated[str, Meta(max_length=200)] | None,
    ],
    Meta(max_length=50, description="Whatever the brand wants to remember.", examples=[{"language": "pt"}]),
]
Consents = Annotated[
    dict[Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.:-]{0,59}\Z")], bool | None],
    Meta(max_length=50, description="Purpose and whether it is consented to.", examples=[{"newsletter": True}]),
]
Line = Annotated[str, Meta(max_length=200)]
Password = Annotated[str, Meta(min_length=1, max_length=256)]
Token = Annotated[str, Meta(min_length=1, max_length=4096)]
DeviceId = Annotated[str, Meta(min_length=16, max_length=200, examples=["d1f5b2f0-2c2b-4d7e-9d0c-6a1a7f1c3b55"])]
Role = Literal["admin", "staff", "partner"]


class LogIn(Shape):
    """Address and password; with them a code of the authenticator app or a recovery code (`otp`) from whoever has set
    up a second factor, and the app's own lasting id of the device it runs on. Without that id devices are told apart by
    their User-Agent and network: one that comes from another network then counts as new."""

    email: Annotated[str, Meta(max_length=254, examples=["ana@example.com"])]
    password: Password
    otp: Annotated[str, Meta(max_length=20, examples=["042137"])] | None = None
    device: DeviceId | None = None


class Refresh(Shape):
    """A refresh token."""

    refresh: Token


class TokenAnswer(Answer):
    """A pair of tokens: `access` for each request, `refresh` to be traded once for the next pair."""

    access: str
    refresh: str
    expires_in: Annotated[int, Meta(description="Seconds until `access` runs out.", examples=[600])]
    token_type: str = "Bearer"  # noqa: S105 the kind, not a secret


class RoleAnswer(Answer):
    """A post at a brand."""

    brand_id: UUID
    brand_code: str
    role: Role
    location_id: Annotated[UUID | None, Meta(description="The only location they work at; null: everywhere.")]
    location_code: str | None


class UserAnswer(Answer):
    """Somebody with a login. `roles` are the posts that the one who asks may know of."""

    id: UUID
    email: str
    name: str
    is_active: bool
    is_operator: bool
    roles: list[RoleAnswer]
    member_id: UUID | None
    created_at: Moment
    last_login: Moment | None


class RoleChange(Shape):
    """A post to give, or with the role null to end, at the brand named by id or code. `location_id`, the id or code of
    a location of the brand, binds it to that one; null to none; left out, it stays as it is."""

    brand_id: Ref
    role: Role | None
    location_id: Annotated[str, Meta(min_length=1, max_length=80)] | UnsetType | None = UNSET


class UserPatch(Shape):
    """Brands that `roles` does not name stay as they are."""

    name: Name | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    roles: Annotated[list[RoleChange], Meta(max_length=50)] | UnsetType = UNSET


class UserFilters(Filters):
    """Users, newest first."""

    email: Annotated[str, Meta(max_length=254)] | None = None
    is_active: bool | None = None


class Address(Shape):
    """Where somebody lives. Null takes a part out."""

    street: Line | UnsetType | None = UNSET
    postal_code: Line | UnsetType | None = UNSET
    city: Line | UnsetType | None = UNSET
    region: Line | UnsetType | None = UNSET
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description="ISO 3166")] | UnsetType | None = UNSET


class AddressAnswer(Answer):
    """Where somebody lives."""

    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None


class Registration(Shape):
    """A new member who comes by themselves."""

    email: Email
    password: Password
    name: Name = ""
    phone: Phone | None = None
    birth_date: Date | None = None
    address: Address | None = None
    consents: Consents = {}


class RegistrationAnswer(Answer):
    """The new person and the member they are."""

    person_id: UUID
    member_id: UUID


class NewMember(Shape):
    """A member whom a brand enters. `brand_id` (or code) is for people who work for more than one."""

    brand_id: Ref | None = None
    external_id: ExternalId | None = None
    name: Name = ""
    email: Email | None = None
    phone: Phone | None = None
    birth_date: Date | None = None
    address: Address | None = None
    preferences: Preferences = {}
    consents: Consents = {}


class MemberPatch(Shape):
    """What is left out stays; null clears. In `address`, `preferences` and `consents` only the entries named
    change."""

    external_id: ExternalId | UnsetType | None = UNSET
    name: Name | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    birth_date: Date | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    preferences: Preferences | UnsetType = UNSET
    consents: Consents | UnsetType = UNSET


class MemberFilters(Filters):
    """Members, newest first."""

    external_id: Ref | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=20, description="In international form (E.164).")] | None = None


class MemberAnswer(Answer):
    """A member. `external_id` is the number in the brand of whoever asks."""

    id: UUID
    external_id: str | None
    name: str
    email: str | None
    phone: str | None
    birth_date: Date | None
    address: AddressAnswer | None
    preferences: Preferences
    consents: Consents
    version: int
    created_at: Moment
    updated_at: Moment


def member_answer(
    member: Member, external_id: str | None, *, kind: type = MemberAnswer, is_whole: bool = True, **more
) -> MemberAnswer:
    """The member as an answer, or as a `kind` of it with `more` fields. Not `is_whole`: by name only."""
    return kind(
        id=member.id,
        external_id=external_id,
        name=member.name,
        email=(is_whole and member.email) or None,
        phone=(is_whole and member.phone) or None,
        birth_date=member.birth_date if is_whole else None,
        address=AddressAnswer(**member.address) if is_whole and member.address else None,
        preferences=member.preferences if is_whole else {},
        consents=member.consents if is_whole else {},
        version=member.version,
        created_at=member.created_at,
        updated_at=member.updated_at,
        **more,
    )


def user_answer(person: Person, principal: Principal) -> UserAnswer:
    """The person, as `selectors.visible_people` gave them to the principal. That somebody who works for a brand is
    a member too, and which one, is for themselves and operators to know."""
    member = getattr(person, "member", None) if principal.is_operator or principal.id == person.id else None
    return UserAnswer(
        id=person.id,
        email=person.email,
        name=person.name,
        is_active=person.is_active,
        is_operator=person.is_operator,
        roles=[
            RoleAnswer(
                brand_id=post.brand_id,
                brand_code=post.brand.code,
                role=post.role,
                location_id=post.location_id,
                location_code=post.location.code if post.location else None,
            )
            for post in person.visible_posts
        ],
        member_id=member.id if member and member.is_active else None,
        created_at=person.created_at,
        last_login=person.last_login,
    )


def token_answer(pair: Pair) -> TokenAnswer:
    """Both tokens."""
    return TokenAnswer(access=pair.access, refresh=pair.refresh, expires_in=pair.expires_in_seconds)


def given(shape: Shape) -> dict:
    """The fields of a patch that were sent."""
    values = {name: getattr(shape, name) for name in shape.__struct_fields__}
    values |= {name: given(value) for name, value in values.items() if isinstance(value, Address)}
    return {name: value for name, value in values.items() if value is not UNSET}
