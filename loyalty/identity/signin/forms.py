"""The forms of the sign-in pages, where they differ from allauth's: no e-mail address is kept in the session, codes are
good once, and who forgot a password learns nothing about who has a login."""

from functools import wraps

from allauth.account import forms
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty.identity.signin import factors, passwords


class SignInForm(forms.LoginForm):
    """E-mail address and password."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autofocus": True}
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def _clean_with_password(self, credentials):
        try:
            return super()._clean_with_password(credentials)
        except ValidationError:
            if getattr(self.request, "is_password_right", False):
                raise ValidationError(
                    _("Your organisation asks you to sign in with its own account: choose single sign-on below."),
                    code="sign_on_required",
                ) from None
            raise

    def _login_with_password(self, request, redirect_url, credentials):
        record_authentication(request, self.user, method="password")
        response = perform_login(request, Login(user=self.user, redirect_url=redirect_url))
        # Ends with the browser; on the server it ends by age in any case.
        request.session.set_expiry(0)
        return response


class ForgottenPasswordForm(forms.ResetPasswordForm):
    """Asks for the address that the link is sent to."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].widget.attrs = {"autocomplete": "username", "autofocus": True}

    def clean_email(self) -> str:
        return self.cleaned_data["email"]

    def save(self, request, **kwargs) -> str:
        passwords.ask_for_link(self.cleaned_data["email"])
        return self.cleaned_data["email"]


def _said_once(fields) -> None:
    """Labels in our words; a placeholder that repeats them goes."""
    labels = {"oldpassword": _("Password so far"), "password1": _("New password"), "password2": _("The same again")}
    for name, label in labels.items():
        if name in fields:
            fields[name].label = label
            fields[name].widget.attrs.pop("placeholder", None)


class NewPasswordForm(forms.ResetPasswordKeyForm):
    """A new password by the mailed link."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _said_once(self.fields)


class ChangePasswordForm(forms.ChangePasswordForm):
    """A new password in place of the one so far."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _said_once(self.fields)


class _OneTime:
    """A code of the app or a recovery code, good once, a few tries at a time."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}

    def clean_code(self) -> str:
        forgive = check_rate_limit(self.user)
        self.authenticator = factors.accepted(self.user, self.cleaned_data["code"])
        if self.authenticator is None:
            raise get_factor_adapter().validation_error("incorrect_code")
        forgive()
        return self.cleaned_data["code"]


class CodeForm(_OneTime, AuthenticateForm):
    """The second step of signing in."""


class RepeatedCodeForm(_OneTime, ReauthenticateForm):
    """The code once more, before the factors are changed."""


def _refuse_nonsense(read):
    """A browser's answer that is not shaped like one is a wrong code, and not a fault of ours."""

    @wraps(read)
    def guarded(self):
        try:
            return read(self)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as nonsense:
            raise get_factor_adapter().validation_error("incorrect_code") from nonsense

    return guarded


class AddKeyForm(AddWebAuthnForm):
    """A new security key or passkey."""

    clean = _refuse_nonsense(AddWebAuthnForm.clean)


class KeyForm(AuthenticateWebAuthnForm):
    """The second step of signing in, by a key."""

    clean_credential = _refuse_nonsense(AuthenticateWebAuthnForm.clean_credential)


class RepeatedKeyForm(ReauthenticateWebAuthnForm):
    """The key once more, before the factors are changed."""

    clean_credential = _refuse_nonsense(ReauthenticateWebAuthnForm.clean_credential)
