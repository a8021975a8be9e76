"""The two ways of saying who one is: `Authorization: Api-Key <key>` for servers, `Authorization: Bearer <JWT>` for
people. `request.user` becomes a Principal."""

from uuid import UUID

from rest_framework.authentication import BaseAuthentication

from loyalty.identity import keys, selectors, tokens
from loyalty.identity.errors import InvalidKey, InvalidToken
from loyalty.identity.principals import Principal

API_KEY = "Api-Key"
BEARER = "Bearer"


def _credential(request, scheme: str) -> str | None:
    """What stands after the scheme in the Authorization header, or None when it is of another scheme."""
    name, _, credential = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return credential.strip() if name.lower() == scheme.lower() else None


class ApiKeyAuthentication(BaseAuthentication):
    """Server keys. Refusals: InvalidKey."""

    problems = (InvalidKey,)

    def authenticate(self, request) -> tuple[Principal, None] | None:
        plain = _credential(request, API_KEY)
        if plain is None:
            return None
        principal = keys.principal_of(plain)
        if principal is None:
            raise InvalidKey()
        return principal, None

    def authenticate_header(self, request) -> str:
        return API_KEY


class JWTAuthentication(BaseAuthentication):
    """People's access tokens. Refusals: InvalidToken."""

    problems = (InvalidToken,)

    def authenticate(self, request) -> tuple[Principal, None] | None:
        raw = _credential(request, BEARER)
        if raw is None:
            return None
        token = tokens.read_access(raw)
        principal = selectors.person_principal(
            UUID(token["sub"]),
            token_version=token["v"],
            device_id=UUID(token["device"]) if token.get("device") else None,
            confirmed_until=token.get("confirmed", 0),
        )
        if principal is None:
            raise InvalidToken()
        return principal, None

    def authenticate_header(self, request) -> str:
        return BEARER
