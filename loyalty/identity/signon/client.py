"""Speaking OpenID Connect with a brand's provider: where its doors are, whom it let in. The code flow with state, nonce
and PKCE; its word counts only when signed with its keys, for us, in answer to our question."""

import hmac
import secrets
from functools import cached_property

import jwt
import requests
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings

from loyalty.http.outbound import OutboundSession

SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SCOPES = ("openid", "email", "profile")
SUBJECT_CHARS_MAX = 255
LEEWAY_SECONDS = 30
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def session() -> OutboundSession:
    """What providers are called with."""
    return OutboundSession(private=settings.SIGN_ON_PRIVATE_ADDRESSES)


def discover(issuer: str) -> dict:
    """What the provider says of itself. Raises OAuth2Error, in words for the brand's admin."""
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        response = session().get(address)
        response.raise_for_status()
        said = response.json()
    except requests.RequestException as fault:
        raise OAuth2Error(f"{address} cannot be read: {fault}") from fault
    if not isinstance(said, dict) or said.get("issuer") != issuer:
        raise OAuth2Error(f"{address} describes another provider: its issuer is not {issuer}.")
    schemes = ("https://", "http://") if settings.SIGN_ON_PRIVATE_ADDRESSES else ("https://",)
    for name in ENDPOINTS:
        if not isinstance(said.get(name), str) or not said[name].startswith(schemes):
            raise OAuth2Error(f"{address} does not say its {name}, or not one that begins with https.")
    return said


def signing_keys(discovered: dict) -> jwt.PyJWKSet:
    """The provider's keys. Raises OAuth2Error."""
    try:
        response = session().get(discovered["jwks_uri"])
        response.raise_for_status()
        return jwt.PyJWKSet.from_dict(response.json())
    except (requests.RequestException, jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError) as fault:
        raise OAuth2Error(f"The provider's keys cannot be read: {fault}") from fault


def read_id_token(raw: str, *, discovered: dict, client_id: str) -> dict:
    """The claims of an ID token that the provider signed for us and that has not run out. Raises OAuth2Error."""
    try:
        header = jwt.get_unverified_header(raw)
        if header.get("alg") not in SIGNATURES:
            raise OAuth2Error("The ID token is signed in a way that we do not take.")
        keys = [key for key in signing_keys(discovered).keys if key.public_key_use in (None, "sig")]
        if header.get("kid") is not None:
            keys = [key for key in keys if key.key_id == header["kid"]]
        if len(keys) != 1:
            raise OAuth2Error("The provider does not say with which key the ID token is signed.")
        claims = jwt.decode(
            raw,
            keys[0].key,
            algorithms=[header["alg"]],
            audience=client_id,
            issuer=discovered["issuer"],
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as fault:
        raise OAuth2Error(f"The ID token is not in order: {fault}") from fault
    if claims.get("azp", client_id) != client_id or (isinstance(claims["aud"], list) and claims["aud"] != [client_id]):
        raise OAuth2Error("The ID token is meant for somebody else too.")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARS_MAX:
        raise OAuth2Error("The ID token does not say whom it is about.")
    return claims


class Conversation(OpenIDConnectOAuth2Adapter):
    """One sign-in with a provider."""

    @cached_property
    def openid_config(self) -> dict:
        return discover(self.get_provider().app.settings["issuer"])

    def get_provider(self):
        if not hasattr(self, "_provider"):
            self._provider = super().get_provider()
        return self._provider

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None) -> dict:
        if request.GET.get("iss", self.openid_config["issuer"]) != self.openid_config["issuer"]:
            raise OAuth2Error("Another provider answered.")
        try:
            return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)
        except (KeyError, ValueError, TypeError, AttributeError) as fault:
            raise OAuth2Error("The provider's answer to the code cannot be read.") from fault

    def parse_token(self, data):
        """What the provider's own doors open with; it is forgotten when the sign-in is over."""
        return None

    def complete_login(self, request, app, token, **kwargs) -> SocialLogin:
        answer = kwargs["response"]
        raw = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(raw, str):
            raise OAuth2Error("The provider gave no ID token.")
        claims = read_id_token(raw, discovered=self.openid_config, client_id=app.client_id)
        claims = self._with_user_info(claims, answer.get("access_token"), app)
        login = SocialLogin(provider=self.get_provider(), account=SocialAccount(uid=claims["sub"]))
        login.claims = claims
        return login

    def _with_user_info(self, claims: dict, access_token, app) -> dict:
        """The claims, with those that only the provider's user info endpoint tells; what is signed wins."""
        wanted = {"email", app.settings["groups_claim"].partition(".")[0]}
        address = self.openid_config.get("userinfo_endpoint")
        if wanted <= claims.keys() or not isinstance(address, str) or not isinstance(access_token, str):
            return claims
        try:
            response = session().get(address, headers={"Authorization": f"Bearer {access_token}"})
            response.raise_for_status()
            told = response.json()
        except requests.RequestException as fault:
            raise OAuth2Error("The provider does not tell about the person.") from fault
        if not isinstance(told, dict) or told.get("sub") != claims["sub"]:
            raise OAuth2Error("The provider tells about somebody else.")
        return told | claims


class BrandProvider(OpenIDConnectProvider):
    """A brand's provider, as allauth sees it: for signing in, and for nothing that a caller adds in the address."""

    oauth2_adapter_class = Conversation

    def get_oauth2_adapter(self, request):
        adapter = super().get_oauth2_adapter(request)
        adapter._provider = self
        return adapter

    def get_redirect_from_request_kwargs(self, request) -> dict:
        asked = super().get_redirect_from_request_kwargs(request)
        return {"process": AuthProcess.LOGIN, "next_url": asked.get("next_url")}

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        nonce = secrets.token_urlsafe(32)
        asked = {"auth_params": {"nonce": nonce}, "scope": list(SCOPES), "nonce": nonce}
        return super().redirect(request, AuthProcess.LOGIN, next_url, None, **asked)

    def get_pkce_params(self) -> dict:
        params = super().get_pkce_params()
        assert params["code_challenge_method"] == "S256"
        return params


def is_answer_to(login: SocialLogin) -> bool:
    """Whether the ID token answers the very question that this browser was sent away with."""
    asked, told = login.state.get("nonce"), login.claims.get("nonce")
    return isinstance(asked, str) and isinstance(told, str) and hmac.compare_digest(asked.encode(), told.encode())
