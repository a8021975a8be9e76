"""Letting in whom a brand's provider sends, and setting the provider up. What a provider says counts at its own brand:
it never opens another brand, an operator's or a member's login."""

from collections.abc import Collection
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from loyalty.errors import Forbidden, Invalid, LoyaltyError
from loyalty.events import log
from loyalty.identity import tokens
from loyalty.identity.models import Person, Staff
from loyalty.identity.principals import Principal
from loyalty.identity.signon import client, second_person
from loyalty.identity.signon.models import SignOn
from loyalty.sealed.ring import ring

BY_RANK = (Staff.Role.ADMIN, Staff.Role.STAFF, Staff.Role.PARTNER)


class NotLetIn(Forbidden):
    """The brand's provider knows you, and there is no place for you here."""

    code = "not-let-in"


def let_in(sign_on: SignOn, claims: dict) -> Person:
    """The person that the provider's claims are about, with the role that their groups give them now, changed or ended
    where it differs. Somebody new is made a login; a login that is there already is taken only if it works for the
    brand, and only by an e-mail address that the provider has verified in a domain confirmed to be the brand's.
    Refusals: NotLetIn (no group has a role here; the address cannot be vouched for or is somebody else's; switched
    off; an operator)."""
    role = role_of(sign_on, claims)
    with transaction.atomic():
        person = _known(sign_on, claims) or (_newcomer(sign_on, claims) if role else None)
        if person is not None:
            if not person.is_active or person.is_operator:
                raise NotLetIn("This login is not one that your organisation's account opens.")
            _give(person, sign_on, role)
            if role:
                _record(sign_on, "user.signed_on", person)
    if person is None or role is None:
        raise NotLetIn("None of your groups has a role here.")
    return person


def role_of(sign_on: SignOn, claims: dict) -> str | None:
    """The highest role that one of the person's groups has; None when none has any."""
    told = claims
    for name in sign_on.groups_claim.split("."):
        told = told.get(name) if isinstance(told, dict) else None
    groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    roles = {role for group, role in sign_on.role_by_group.items() if group in groups}
    return next((role for role in BY_RANK if role in roles), None)


def subject_index(sign_on: SignOn, subject: str) -> str:
    """Under what we keep whom the provider means: of use for this provider at this brand only, and not to be read."""
    return ring().blind_index("sign-on.subject", f"{sign_on.issuer}\0{subject}", scope=sign_on.pk)


def _known(sign_on: SignOn, claims: dict) -> Person | None:
    index = subject_index(sign_on, claims["sub"])
    account = SocialAccount.objects.filter(provider=sign_on.slug, uid=index).first()
    return _locked(pk=account.user_id) if account else None


def _newcomer(sign_on: SignOn, claims: dict) -> Person:
    """The person of this address who works for the brand, or a new one, tied to the provider's subject from now on."""
    email = _vouched(sign_on, claims)
    person = _locked(email=email)
    if person is None:
        person = _made(email, claims)
    elif not person.posts.filter(brand_id=sign_on.brand_id, is_active=True).exists():
        raise NotLetIn("Your address has a login here that does not work for this brand.")
    SocialAccount.objects.create(
        user=person, provider=sign_on.slug, uid=subject_index(sign_on, claims["sub"]), extra_data={}
    )
    _record(sign_on, "user.sign_on_linked", person)
    return person


def _vouched(sign_on: SignOn, claims: dict) -> str:
    """The address, if the provider has verified it and may speak for its domain."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise NotLetIn("Your organisation has not verified your e-mail address.")
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise NotLetIn("Your e-mail address cannot be read.") from None
    if email.rpartition("@")[2] not in sign_on.domains:
        raise NotLetIn("Your e-mail address is not of a domain that the brand has confirmed.")
    return email


def _made(email: str, claims: dict) -> Person:
    name = claims.get("name")
    try:
        with transaction.atomic():
            return Person.objects.create_user(email, name=name.strip()[:120] if isinstance(name, str) else "")
    except IntegrityError:
        raise NotLetIn("Your address has just been taken; try again.") from None


def _locked(**named) -> Person | None:
    return Person.objects.select_for_update(no_key=True).filter(**named).first()


def _give(person: Person, sign_on: SignOn, role: str | None) -> None:
    """Makes the role at the brand what the groups say."""
    current = person.posts.filter(brand_id=sign_on.brand_id, is_active=True).values_list("role", flat=True).first()
    if current == role:
        return
    Staff.objects.update_or_create(
        person=person,
        brand_id=sign_on.brand_id,
        defaults={"role": role, "is_active": True} if role else {"is_active": False},
    )
    _record(sign_on, "user.role_changed", person, role=role)


def _record(sign_on: SignOn, type: str, person: Person, **data) -> None:
    data = {**data, "actor": f"sign-on:{sign_on.slug}"}
    log.record(type, brand_id=sign_on.brand_id, aggregate_id=person.pk, data=data)


class NotTested(LoyaltyError):
    """The provider does not answer as it should."""

    code = "sign-on-not-tested"


def save_sign_on(principal: Principal, sign_on: SignOn, *, secret: str = "") -> SignOn:
    """Keeps how the brand's people sign in. `secret` replaces the kept one; empty leaves it. Another issuer is another
    provider: it does not get the secret of the one before, whoever was tied to that is tied anew by e-mail address when
    they come, and the domains wait for an operator again, for a brand's admin must not become any colleague by naming
    a provider of their own. What gives more than the brand lets one person give waits for a second one (`waits_for` is
    the request then). Repeating it changes nothing. Refusals: Forbidden."""
    principal.require("sign_on.change", sign_on.brand_id)
    with transaction.atomic():
        before = SignOn.objects.select_for_update().filter(pk=sign_on.pk).first()
        waits = second_person.hold_back(before, sign_on)
        if before is None:
            sign_on.slug = sign_on.brand.code
            SocialAccount.objects.filter(provider=sign_on.slug).delete()
        elif before.issuer != sign_on.issuer:
            sign_on.confirmed_domains, sign_on.client_secret = [], ""
            SocialAccount.objects.filter(provider=sign_on.slug).delete()
        if secret:
            sign_on.client_secret = secret
        sign_on.save()
        data = {"actor": principal.actor, "issuer": sign_on.issuer, "is_active": sign_on.is_active}
        data |= {"is_required": sign_on.is_required, "role_by_group": sign_on.role_by_group}
        log.record("sign_on.changed", brand_id=sign_on.brand_id, aggregate_id=sign_on.pk, data=data)
        sign_on.waits_for = second_person.ask(principal, sign_on, waits)
    return sign_on


def confirm_domains(principal: Principal, sign_on: SignOn, domains: Collection[str]) -> None:
    """An operator vouches that these e-mail domains are the brand's; those confirmed before and not named are not any
    more. They are named one by one, for what the brand asks for may change while the operator looks. Repeating it
    changes nothing. Refusals, in order of precedence: Forbidden (not an operator), Invalid (a domain that the brand
    does not ask for)."""
    principal.require("sign_on.confirm_domains")
    with transaction.atomic():
        kept = SignOn.objects.select_for_update().get(pk=sign_on.pk)
        if strange := sorted(set(domains) - set(kept.email_domains)):
            detail = f"The brand does not ask for {', '.join(strange)}."
            raise Invalid([{"pointer": "/domains", "code": "not-asked-for", "detail": detail}])
        kept.confirmed_domains = sorted(domains)
        kept.save(update_fields=["confirmed_domains"])
        data = {"actor": principal.actor, "domains": kept.confirmed_domains}
        log.record("sign_on.domains_confirmed", brand_id=sign_on.brand_id, aggregate_id=sign_on.pk, data=data)


def test_connection(sign_on: SignOn) -> str:
    """Asks the provider for its description and its keys; says what was found, and what of our own is still missing.
    Changes nothing. Refusals: NotTested."""
    try:
        said = client.discover(sign_on.issuer)
        keys = client.signing_keys(said).keys
    except OAuth2Error as fault:
        raise NotTested(str(fault)) from fault
    door = said["authorization_endpoint"]
    found = f"{said['issuer']} answers: sign-in at {door}, {len(keys)} of its keys can be read."
    return " ".join([found, *missing(sign_on)])


def missing(sign_on: SignOn) -> list[str]:
    """Why nobody, or nobody new, gets in as things stand; nothing where all is set up."""
    lacks = {
        "No group has a role yet.": not sign_on.role_by_group,
        "None of the e-mail domains is confirmed yet.": not sign_on.domains,
        "There is no client secret.": not sign_on.client_secret,
        "It is switched off.": not sign_on.is_active,
    }
    return [told for told, is_lacking in lacks.items() if is_lacking]


def remove_sign_on(principal: Principal, sign_on: SignOn) -> None:
    """Takes the provider away; its sessions end at the next page. Who has no password sets one by "forgot your
    password". Refusals: Forbidden."""
    principal.require("sign_on.change", sign_on.brand_id)
    with transaction.atomic():
        for person_id in SocialAccount.objects.filter(provider=sign_on.slug).values_list("user_id", flat=True):
            _end(person_id)
        SocialAccount.objects.filter(provider=sign_on.slug).delete()
        data = {"actor": principal.actor}
        log.record("sign_on.removed", brand_id=sign_on.brand_id, aggregate_id=sign_on.pk, data=data)
        sign_on.delete()


def _end(person_id: UUID) -> None:
    tokens.end_all_sessions(Person.objects.select_for_update(no_key=True).get(pk=person_id))
