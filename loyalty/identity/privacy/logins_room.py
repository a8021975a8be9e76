"""What identity keeps of people with a login: how they sign in, with what, and where they work. Only the erasure of a
whole person touches it."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db.models import F
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from loyalty import clock
from loyalty.history.tracking import KINDS
from loyalty.identity.devices.models import Device, OneTimeCode
from loyalty.identity.models import Person, Staff
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, Traces
from loyalty.identity.signin.sessions import opened
from loyalty.identity.signon.models import SignOn
from loyalty.sealed.fields import Ciphertext, SealBroken

SECRETS = ["password", "token_version"]


def find(subject: Subject, traces: Traces) -> None:
    """Address and name, also those of before."""
    person = subject.person
    if person is None or subject.brand:
        return
    traces.add([person.name, person.email])
    traces.ids |= {str(pk) for pk in Staff.objects.filter(person=person).values_list("pk", flat=True)}
    for record in KINDS["loyalty.person"].history._default_manager.filter(id=person.id):
        earlier = Person(pk=person.pk, data_key=person.data_key)
        earlier.__dict__["email"] = Ciphertext(record.email) if record.email else ""
        try:
            traces.add([record.name or "", earlier.email])
        except SealBroken:
            # The row's key is gone, and with it what the record held.
            continue


def export(subject: Subject) -> Told:
    person = subject.person if not subject.brand else None
    of_person = {"person": person} if person else {"pk__in": []}
    of_user = {"user": person} if person else {"pk__in": []}
    return {
        "login": rows_of([person] if person else [], without=SECRETS),
        "posts": rows_of(Staff.objects.filter(**of_person)),
        "devices": rows_of(Device.objects.filter(**of_person), without=["fingerprint"]),
        "codes_sent": rows_of(OneTimeCode.objects.filter(**of_person), without=["code_hash"]),
        "second_factors": rows_of(Authenticator.objects.filter(**of_user), without=["data"]),
        "signed_on_with": rows_of(SocialAccount.objects.filter(**of_user)),
        "sessions": rows_of(OutstandingToken.objects.filter(**of_user), without=["token", "jti"]),
        "addresses": rows_of(EmailAddress.objects.filter(**of_user)),
    }


def erase(erasing: Erasing) -> Counts:
    """Whatever signs in goes; of the person an empty row is left, so that who decided what can still be told apart."""
    person = erasing.subject.person
    if person is None or erasing.subject.brand:
        return {}
    counts = {
        "devices": Device.objects.filter(person=person).delete()[0],
        "codes_sent": OneTimeCode.objects.filter(person=person).delete()[0],
        "second_factors": Authenticator.objects.filter(user=person).delete()[0],
        "signed_on_with": SocialAccount.objects.filter(user=person).delete()[0],
        "sessions": OutstandingToken.objects.filter(user=person).delete()[0] + _end_pages(person),
        "addresses": EmailAddress.objects.filter(user=person).delete()[0],
        "posts": Staff.objects.filter(person=person).delete()[0],
    }
    for sign_on in SignOn.objects.filter(break_glass__contains=[person.id]):
        sign_on.break_glass = [each for each in sign_on.break_glass if each != person.id]
        sign_on.save(update_fields=["break_glass"])
    counts["login"] = Person.objects.filter(id=person.id, erased_at=None).update(
        name="",
        email=None,
        email_index=None,
        data_key=None,
        password=make_password(None),
        is_active=False,
        is_operator=False,
        last_login=None,
        cool_down_from=None,
        token_version=F("token_version") + 1,
        erased_at=clock.now(),
    )
    return counts


def _end_pages(person: Person) -> int:
    """Deletes the person's sessions of the portal. They are sealed, so each has to be opened to see whose it is."""
    theirs = []
    for session in Session.objects.iterator():
        try:
            kept = opened(session)
        except (SealBroken, ValueError):
            continue
        if kept.get("_auth_user_id") == str(person.pk):
            theirs.append(session.pk)
    return Session.objects.filter(pk__in=theirs).delete()[0]


register(
    Room(
        name="logins",
        position=70,
        find=find,
        export=export,
        erase=erase,
        told={
            "loyalty.Person": "login",
            "loyalty.Staff": "posts",
            "loyalty.Device": "devices",
            "loyalty.OneTimeCode": "codes_sent",
            "mfa.Authenticator": "second_factors",
            "socialaccount.SocialAccount": "signed_on_with",
            "token_blacklist.OutstandingToken": "sessions",
            "account.EmailAddress": "addresses",
        },
        untold={
            "account.EmailConfirmation": "a secret in a mail, and empty: addresses are proven by our own codes",
            "socialaccount.SocialToken": "empty: providers' tokens are not kept",
            "token_blacklist.BlacklistedToken": "that a session's token was used",
            "sessions.Session": "sealed, and gone within hours",
            "loyalty.SignOn": "who may enter by password is an id; it goes with the person",
        },
    )
)
