"""The sign-in pages where they differ from allauth's: changes of factors are written down with their event, the last
factor of somebody who needs one stays, and a brand's provider cannot touch what is not the brand's alone."""

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib.auth import logout, update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from loyalty.identity import tokens
from loyalty.identity.models import Person
from loyalty.identity.signin import browsers, changes, factors, limits
from loyalty.identity.signin.visits import may_manage


@never_cache
def lead_to_sign_in(request: HttpRequest, extra_context=None) -> HttpResponse:
    """Stands in place of the admin's own log-in page: leads to ours, and from there to where one was going. Who is
    signed in and may not enter the portal (any more) is signed out."""
    if request.user.is_authenticated:
        if request.user.is_staff:
            return HttpResponseRedirect(reverse("admin:index"))
        logout(request)
    going = request.GET.get("next", "") or request.get_full_path()
    is_ours = get_adapter().is_safe_url(going) and not going.startswith(reverse("admin:login"))
    query = f"?{urlencode({'next': going})}" if is_ours else ""
    return HttpResponseRedirect(reverse("account_login") + query)


@never_cache
def lead_to_password(request: HttpRequest, extra_context=None) -> HttpResponse:
    """Stands in place of the admin's own page for a new password, which would leave other sessions open."""
    return HttpResponseRedirect(reverse("account_change_password"))


class SignIn(account.LoginView):
    """E-mail address and password."""

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        browsers.remember(self.request, response, form.cleaned_data["login"])
        return response

    def form_invalid(self, form) -> HttpResponse:
        response = super().form_invalid(form)
        for mistake in form.errors.as_data().get("__all__", []):
            if mistake.code == limits.TOO_MANY:
                response.status_code = 429
                response["Retry-After"] = str(mistake.params["seconds"])
        return response


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends every session of the person, those of the API too."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    tokens.log_out_everywhere(request.user.pk, actor=f"person:{request.user.pk}")
    logout(request)
    return HttpResponseRedirect(reverse("account_login"))


class _Own:
    """For those whose login is theirs to change: not for a session that a brand's provider opened for somebody who is
    more than that brand's."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not may_manage(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class _Back:
    """A page about something that the person does not have (any more) leads back to the overview."""

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            return HttpResponseRedirect(reverse("mfa_index"))


class ShowRecoveryCodes(_Back, ViewRecoveryCodesView):
    """The codes that are left."""


class DownloadRecoveryCodes(_Back, DownloadRecoveryCodesView):
    """The same as a file."""


class _Recorded(_Own):
    """A change of how somebody signs in: the event is written with it, and they are told."""

    change = ""
    is_new_factor = False

    def form_valid(self, form) -> HttpResponse:
        person = self.request.user
        with transaction.atomic():
            Person.objects.select_for_update(no_key=True).get(pk=person.pk)
            response = super().form_valid(form)
            changes.record(person, self.change)
            if self.is_new_factor:
                # Sessions that were opened without it end; this one goes on.
                tokens.end_all_sessions(person)
                person.refresh_from_db(fields=["token_version"])
                update_session_auth_hash(self.request, person)
        return response


class AddApp(_Recorded, ActivateTOTPView):
    change, is_new_factor = "factor_added", True

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        factors.use_up(self.request.user, form.cleaned_data["code"])
        return response


class AddKey(_Recorded, AddWebAuthnView):
    change, is_new_factor = "factor_added", True


class RemoveApp(_Back, _Recorded, DeactivateTOTPView):
    change = "factor_removed"


class RemoveKey(_Recorded, RemoveWebAuthnView):
    change = "factor_removed"

    def form_valid(self, form) -> HttpResponse:
        if not factors.may_remove(self.get_object()):
            raise PermissionDenied
        return super().form_valid(form)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"may_remove": factors.may_remove(self.object)}


class MakeRecoveryCodes(_Recorded, GenerateRecoveryCodesView):
    change = "recovery_codes_made"


class ChangePassword(_Own, account.PasswordChangeView):
    """For who has a password; who signs in by a provider has none and gets none here."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not request.user.has_usable_password():
            return HttpResponseRedirect(reverse("mfa_index"))
        return super().dispatch(request, *args, **kwargs)
