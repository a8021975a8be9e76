"""What allauth asks of us: who may sign in, where to go, how secrets are kept, what is told to the person."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from loyalty.identity.errors import InvalidCredentials
from loyalty.identity.models import Person
from loyalty.identity.signin import factors, limits, passwords
from loyalty.identity.signin.visits import begin

WAYS = ("password", "socialaccount")
"""What allauth writes down of the first step; the last one taken is the one that let the person in."""


class AccountAdapter(DefaultAccountAdapter):
    """Signing in and out, passwords."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address and the password do not belong together."),
        "too_many_login_attempts": _("There were too many wrong tries. Wait a few minutes, then try again."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your present password."),
    }

    def is_open_for_signup(self, request) -> bool:
        """Nobody makes a login for themselves here; a brand's admins let their people in."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Only our own pages, under the name by which they were asked for."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("mfa_index")

    def respond_user_inactive(self, request, user):
        return HttpResponseRedirect(reverse("account_login"))

    def login(self, request, user: Person) -> None:
        super().login(request, user)
        ways = [way for way in get_authentication_records(request, user) if way["method"] in WAYS]
        begin(request.session, brand_id=ways[-1].get("brand") if ways else None)

    def authenticate(self, request, **credentials) -> Person | None:
        """The person, if the password is theirs. Of a right one that opens nothing no try is counted."""
        person = None
        with limits.one_guess(request, credentials.get("email", "")):
            person = authenticate(request, **credentials)
            if person is None and not getattr(request, "is_password_right", False):
                raise InvalidCredentials()
        return person

    def reauthenticate(self, user: Person, password: str) -> bool:
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """Not of somebody who signed in a moment ago."""
        request = context.request
        times = [record["at"] for record in get_authentication_records(request, request.user)]
        is_fresh = bool(times) and time.time() - min(times) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not is_fresh and super().is_reauthentication_required(app=app, **kwargs)

    def set_password(self, user: Person, password: str) -> None:
        """Every other session of theirs ends."""
        passwords.set_password(user, password)


class FactorAdapter(DefaultMFAAdapter):
    """Second factors."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("You need a second factor. Add another one before you remove this one."),
        "incorrect_code": _("This code is not right, or was used before."),
    }

    def encrypt(self, text: str) -> str:
        return factors.seal(text, self._asking())

    def decrypt(self, encrypted_text: str) -> str:
        return factors.unseal(encrypted_text, self._asking())

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return factors.may_remove(authenticator)

    def build_totp_svg(self, url: str) -> str:
        """A picture that can stand in the page itself."""
        return super().build_totp_svg(url).partition("?>")[2]

    def _get_site_name(self) -> str:
        return settings.MFA_TOTP_ISSUER

    @staticmethod
    def _asking():
        """Whose secrets are meant where nothing else says so: those of the person who is signed in."""
        person = getattr(context.request, "user", None)
        return person.pk if person and person.is_authenticated else None
