"""The authentication of the plain variant."""

import hashlib

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from loyalty.identity.models import ServerKey


class PlainKey(BaseAuthentication):
    """A server key, looked up by the ORM with every request."""

    def authenticate(self, request):
        plain = request.headers.get("Authorization", "").removeprefix("Api-Key ")
        key = (
            ServerKey.objects.select_related("brand")
            .filter(key_hash=hashlib.sha256(plain.encode()).hexdigest())
            .first()
        )
        if key is None:
            raise AuthenticationFailed()
        return AnonymousUser(), key
