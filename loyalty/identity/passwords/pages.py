"""The pages, for a browser, of a password that was forgotten. They work without scripts and without a session."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from loyalty.errors import Invalid
from loyalty.http.problems import exception_handler
from loyalty.http.refusals import TooMany
from loyalty.http.throttling import limit_address
from loyalty.identity.errors import InvalidLink
from loyalty.identity.passwords import resetting
from loyalty.identity.passwords.views import ASKED_PER_ADDRESS, RESETS_PER_ADDRESS


class ForgottenForm(forms.Form):
    """The address."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "username"})
    )


class NewPasswordForm(forms.Form):
    """The new password; `token` is what stands in the link."""

    token = forms.CharField(max_length=200, widget=forms.HiddenInput)
    password = forms.CharField(
        label=_("New password"),
        max_length=256,
        strip=False,
        help_text=_("At least 10 characters; three words that do not belong together are easy to keep in mind."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """Asks for the address and says the same whatever it is."""
    form = ForgottenForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "forgot", form=form)
    try:
        limit_address(request, "forgot", ASKED_PER_ADDRESS)
    except TooMany as refusal:
        return exception_handler(refusal, {"request": request})
    resetting.ask_for_reset(form.cleaned_data["email"])
    return _page(request, "sent")


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Asks for the new password of whoever has the link."""
    try:
        limit_address(request, "reset", RESETS_PER_ADDRESS)
        if request.method != "POST":
            token = request.GET.get("token", "")[:200]
            resetting.check_link(token)
            return _page(request, "reset", form=NewPasswordForm(initial={"token": token}))
        form = NewPasswordForm(request.POST)
        if form.is_valid() and _is_set(form):
            return _page(request, "done")
        return _page(request, "reset", form=form, status=400)
    except InvalidLink:
        return _page(request, "over", status=410)
    except TooMany as refusal:
        return exception_handler(refusal, {"request": request})


def _is_set(form: NewPasswordForm) -> bool:
    try:
        resetting.reset_password(form.cleaned_data["token"], form.cleaned_data["password"])
    except Invalid as weak:
        form.add_error("password", [mistake["detail"] for mistake in weak.errors])
        return False
    return True


def _page(request: HttpRequest, step: str, *, status: int = 200, **more) -> HttpResponse:
    response = render(request, "password.html", {"step": step, **more}, status=status)
    # The link must not travel on to anywhere else. A page that names itself to nobody at all could not send its form:
    # browsers then say that it comes from "null", which the check of forms refuses.
    response["Referrer-Policy"] = "same-origin"
    return response
