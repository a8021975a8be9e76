"""What allauth asks of us about providers: they are those of our brands, and whom they let in is decided here, without
its own rows for apps, e-mail addresses and tokens."""

import logging

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.http import HttpResponse
from django.shortcuts import render

from loyalty.identity.signon import operations
from loyalty.identity.signon.client import BrandProvider, is_answer_to, session
from loyalty.identity.signon.models import SignOn

log = logging.getLogger(__name__)


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Providers of the brands."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        return False

    def list_apps(self, request, provider=None, client_id=None) -> list[SocialApp]:
        """The brands' providers, or the one of that slug."""
        found = SignOn.objects.filter(is_active=True)
        return [app_of(sign_on) for sign_on in (found.filter(slug=provider) if provider else found)]

    def get_provider(self, request, provider, client_id=None) -> BrandProvider:
        return BrandProvider(request, app=self.get_app(request, provider=provider))

    def get_requests_session(self):
        return session()

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None) -> None:
        log.warning("single sign-on by %s failed: %s", provider.app.provider_id, exception or error)

    def pre_social_login(self, request, sociallogin: SocialLogin) -> None:
        """Ends every sign-in by a provider itself: nothing of what allauth would do from here on is wanted."""
        raise ImmediateHttpResponse(_let_in(request, sociallogin))


def app_of(sign_on: SignOn) -> SocialApp:
    """A brand's provider as allauth wants it, never saved."""
    kept = {"issuer": sign_on.issuer, "server_url": sign_on.issuer, "groups_claim": sign_on.groups_claim}
    app = SocialApp(
        provider=BrandProvider.id,
        provider_id=sign_on.slug,
        name=sign_on.name,
        client_id=sign_on.client_id,
        secret=sign_on.client_secret,
        settings=kept | {"oauth_pkce_enabled": True},
    )
    app.sign_on = sign_on
    return app


def _let_in(request, login: SocialLogin) -> HttpResponse:
    if not is_answer_to(login):
        return render_authentication_error(request, login.provider, exception=OAuth2Error("not our question"))
    sign_on = login.provider.app.sign_on
    if request.user.is_authenticated:
        get_account_adapter().logout(request)
    try:
        person = operations.let_in(sign_on, login.claims)
    except operations.NotLetIn as refusal:
        return render(request, "signon/refused.html", {"sign_on": sign_on, "reason": refusal.detail}, status=403)
    record_authentication(request, person, method="socialaccount", brand=str(sign_on.brand_id))
    return perform_login(request, Login(user=person, redirect_url=login.state.get("next")))
