"""The pages of single sign-on: finding one's provider by e-mail address, going there, coming back."""

from allauth.account.utils import get_next_redirect_url
from allauth.core.internal import ratelimit
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.identity.signon.client import Conversation
from loyalty.identity.signon.models import SignOn

LIMITS = {"find": "30/m/ip", "start": "30/m/ip", "callback": "60/m/ip"}


class FindForm(forms.Form):
    """The address by whose domain the provider is found."""

    email = forms.EmailField(
        label=_("Your e-mail address at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )

    def clean_email(self) -> str:
        domain = self.cleaned_data["email"].rpartition("@")[2].lower()
        asked = SignOn.objects.filter(is_active=True, email_domains__contains=[domain])
        self.sign_on = next((one for one in asked if domain in one.domains), None)
        if self.sign_on is None:
            raise forms.ValidationError(_("No organisation has set up single sign-on for this address."))
        return self.cleaned_data["email"]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Asks for the address, and leads to the provider of its domain."""
    if _is_too_often(request, "find"):
        return ratelimit.respond_429(request)
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _start(request, form.sign_on.slug)
    going = get_next_redirect_url(request) or ""
    return render(request, "signon/find.html", {"form": form, "going": going})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leads to the provider of that slug; asks first when it was reached by a link."""
    if _is_too_often(request, "start"):
        return ratelimit.respond_429(request)
    return _start(request, provider_id)


@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends people back to, with a code."""
    if _is_too_often(request, "callback"):
        return ratelimit.respond_429(request)
    return _talk(request, provider_id, OAuth2CallbackView)


def _start(request: HttpRequest, slug: str) -> HttpResponse:
    response = _talk(request, slug, OAuth2LoginView)
    if not isinstance(response, HttpResponseRedirect):
        return response
    # A form may not lead to another site by way of an answer that redirects; a page that goes on by itself may.
    return render(request, "signon/leaving.html", {"address": response.url})


def _talk(request: HttpRequest, slug: str, view) -> HttpResponse:
    conversation = Conversation(request, slug)
    try:
        return view.adapter_view(conversation)(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except OAuth2Error as fault:
        return render_authentication_error(request, conversation.get_provider(), exception=fault)


def _is_too_often(request: HttpRequest, action: str) -> bool:
    return not ratelimit.consume(
        request, app="loyalty.sign_on", action=action, config=LIMITS, limit_get=action == "callback"
    )
