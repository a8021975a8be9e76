"""Fills the demo: four brands with a program each, Alice and Bob, staff, server keys, and a few hundred synthetic
members with a year behind them. Everything goes through the operations that the API uses, under keys and references of
its own, so that repeating it, or taking it up where it was broken off, changes nothing that is there."""

import secrets
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.demo import credentials
from loyalty.demo.credentials import Login, MemberLogin, SeedResult
from loyalty.demo.exchange import open_pairs
from loyalty.demo.history import STRETCH, STRETCHES, Stretch, history
from loyalty.demo.rewards import lay_out_rewards
from loyalty.demo.rules import CODE as RULED
from loyalty.demo.rules import lay_down_rules
from loyalty.demo.world import (
    FIRST_NAMES,
    LAST_NAMES,
    MEMBERS,
    PROGRAMS,
    SYNTHETIC_PER_PROGRAM,
    DemoMember,
    DemoProgram,
)
from loyalty.identity.keys import create_server_key, principal_of, revoke_server_key
from loyalty.identity.look_ups import refresh_indexes
from loyalty.identity.models import Brand, BrandMember, Member, Person, ServerKey, Staff
from loyalty.identity.operations import ensure_members
from loyalty.identity.principals import Principal
from loyalty.roles import SCOPES
from programs.activity.corrections import deposit
from programs.activity.models import Purchase
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchases
from programs.activity.returns import ReturnRequest, return_purchases
from programs.activity.spending import RedeemRequest, redeem_many
from programs.earning.facts import ItemFacts
from programs.membership.enrolment import enrol_many
from programs.membership.models import Program
from programs.membership.operations import create_program
from programs.membership.validity import TierTerms

SEEDER = Principal(kind="system", id=UUID(int=1), actor="system:demo", is_operator=True)
KEY_NAME = "Demo"


def seed(say: Callable[[str], None]) -> SeedResult:
    """Makes what is missing of the demo and returns how to get in. Passwords and keys are kept from an earlier run
    where its file is still there, else they are set anew."""
    kept = credentials.read(credentials.default_path())
    with transaction.atomic():
        programs = [_program(spec) for spec in PROGRAMS]
        admin = _login("admin@example.com", kept and kept.admin.password, name="Platform operator", is_operator=True)
        staff = {
            f"{spec.code} {role.label.lower()}": _staff(spec, role, kept) for spec in PROGRAMS for role in _roles(spec)
        }
        members = {member.name: _member(member, programs, kept) for member in MEMBERS}
        keys = {spec.code: _server_key(spec, kept) for spec in PROGRAMS}
    for spec, program in zip(PROGRAMS, programs, strict=True):
        if spec.code == RULED:
            lay_down_rules(program, actor=SEEDER.actor)
        _fill(spec, program, say)
        lay_out_rewards(spec, program, by=SEEDER)
    open_pairs(by=SEEDER)
    return SeedResult(admin=admin, members=members, server_keys=keys, staff=staff)


def _program(spec: DemoProgram) -> Program:
    program = Program.objects.filter(id=spec.id).select_related("brand", "unit").first()
    if program:
        return program
    brand, _ = Brand.objects.get_or_create(code=spec.brand_code, defaults={"name": spec.brand_name})
    return create_program(
        brand,
        code=spec.code,
        name=spec.name,
        unit_name=spec.unit,
        tiers=[TierTerms(code=code, name=code.title(), points_min=points) for code, points in spec.tiers],
        program_id=spec.id,
        actor=SEEDER.actor,
        timezone=spec.timezone,
        is_community=True,
        money_currency="EUR",
        earn_points=spec.earn_points,
        earn_per=Decimal(spec.earn_per),
        expiry_months=spec.expiry_months,
        return_policy=Program.ReturnPolicy.DEBT,
    )


def _roles(spec: DemoProgram) -> list[Staff.Role]:
    """Every brand has a manager; the first one also shows the two lesser roles."""
    return list(Staff.Role) if spec is PROGRAMS[0] else [Staff.Role.ADMIN]


def _post_name(spec: DemoProgram, role: Staff.Role) -> str:
    return f"{spec.code} {role.label.lower()}"


def _staff(spec: DemoProgram, role: Staff.Role, kept: SeedResult | None) -> Login:
    name = _post_name(spec, role)
    password = kept and kept.staff.get(name) and kept.staff[name].password
    login = _login(f"{role.value}@{spec.brand_code}.example.com", password, name=name)
    person = Person.objects.get(email=login.email)
    Staff.objects.get_or_create(person=person, brand=Brand.objects.get(code=spec.brand_code), defaults={"role": role})
    return login


def _login(email: str, password: str | None, *, name: str, **fields) -> Login:
    """The person with this address; a password that does not fit any more is replaced."""
    password = password or secrets.token_urlsafe(9)
    person = Person.objects.filter(email=email).first()
    if person is None:
        Person.objects.create_user(email, password, name=name, **fields)
    elif not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    return Login(email, password)


def _member(spec: DemoMember, programs: list[Program], kept: SeedResult | None) -> MemberLogin:
    password = kept and kept.members.get(spec.name) and kept.members[spec.name].password
    login = _login(spec.email, password, name=spec.name)
    person = Person.objects.get(email=spec.email)
    member, _ = Member.objects.get_or_create(
        id=spec.id, defaults={"name": spec.name, "email": spec.email, "person": person, "is_synthetic": True}
    )
    for program in programs:
        BrandMember.objects.get_or_create(
            brand=program.brand, member=member, defaults={"external_id": spec.external_id}
        )
        enrol_many(program, [member.id], actor=SEEDER.actor)
    return MemberLogin(str(spec.id), spec.external_id, spec.email, login.password)


def _server_key(spec: DemoProgram, kept: SeedResult | None) -> str:
    """The brand's demo key; one whose plain text is lost is taken back and made anew."""
    plain = kept and kept.server_keys.get(spec.code)
    if plain and principal_of(plain):
        return plain
    brand = Brand.objects.get(code=spec.brand_code)
    for lost in ServerKey.objects.filter(brand=brand, name=KEY_NAME, revoked_at=None):
        revoke_server_key(lost, actor=SEEDER.actor)
    return create_server_key(brand, name=KEY_NAME, scopes=SCOPES, actor=SEEDER.actor)[1]


def _fill(spec: DemoProgram, program: Program, say: Callable[[str], None]) -> None:
    """Synthetic members with their year, and what Alice and Bob begin with."""
    numbers = [f"{spec.code}-{n:03}" for n in range(1, SYNTHETIC_PER_PROGRAM + 1)]
    buyers = [*numbers, *(member.external_id for member in MEMBERS)]
    stretches = history(spec, buyers, until=program.created_at)
    last = next((stretch.purchases[-1] for stretch in reversed(stretches) if stretch.purchases), None)
    if last and Purchase.objects.filter(program=program, reference=last.reference).exists():
        return
    say(f"  {spec.name}: {len(numbers)} synthetic members and their year")
    members = ensure_members(program.brand, numbers, is_synthetic=True, actor=SEEDER.actor)
    _name(members)
    joined_at = program.created_at - (STRETCHES + 1) * STRETCH
    enrol_many(program, members.values(), joined_at=joined_at, actor=SEEDER.actor)
    _open(spec, program, at=joined_at)
    for stretch in stretches:
        _play(program, stretch, {ware.sku: ware.category for ware in spec.wares})


def _name(members: dict[str, UUID]) -> None:
    """Gives the synthetic members names and addresses that nobody has."""
    found = Member.objects.in_bulk(members.values())
    with transaction.atomic():
        for n, (external_id, member_id) in enumerate(sorted(members.items())):
            first, last = FIRST_NAMES[n % len(FIRST_NAMES)], LAST_NAMES[(n * 7 + ord(external_id[1])) % len(LAST_NAMES)]
            member = found[member_id]
            member.name, member.email = f"{first} {last}", f"{first}.{last}.{external_id}@synthetic.example.com".lower()
            member.save(update_fields=["name", "email"])
            refresh_indexes(member)


def _open(spec: DemoProgram, program: Program, *, at: datetime) -> None:
    """The points that Alice and Bob bring along."""
    with clock.at(at):
        for share, member in enumerate(MEMBERS, start=1):
            names = Names(program=program.code, member=str(member.id))
            key = f"opening:{program.code}:{member.external_id}"
            deposit(SEEDER, names, points=spec.opening_points // share, key=key, reason="Opening balance of the demo")


def _play(program: Program, stretch: Stretch, categories: dict[str, str]) -> None:
    purchases = [
        PurchaseRequest(
            names=Names(program=program.code, member=purchase.external_id),
            amount_minor=purchase.cents,
            currency="EUR",
            reference=purchase.reference,
            occurred_at=purchase.at,
            items=[
                ItemFacts(sku=sku, name=name, amount_minor=cents, quantity=1, category=categories[sku])
                for sku, name, cents in purchase.items
            ],
            source=purchase.channel,
        )
        for purchase in stretch.purchases
    ]
    redemptions = [
        RedeemRequest(
            names=Names(program=program.code, member=redemption.external_id),
            points=redemption.points,
            key=redemption.key,
            description="Reward",
            at=redemption.at,
        )
        for redemption in stretch.redemptions
    ]
    returns = [
        ReturnRequest(
            reference=back.reference,
            program_code=program.code,
            purchase_reference=back.purchase_reference,
            occurred_at=back.at,
        )
        for back in stretch.returns
    ]
    refused = [answer for answer in record_purchases(SEEDER, purchases) if isinstance(answer, Exception)]
    assert not refused, refused[0]
    redeem_many(SEEDER, redemptions)
    if returns:
        return_purchases(SEEDER, returns)
