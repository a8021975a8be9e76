"""Push messages by Firebase Cloud Messaging (HTTP v1). A service account's key signs for an access token, which is kept
for as long as it is good for."""

import hashlib
import json
import re
import time
from threading import Lock

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings as configured

from loyalty.delivery.notifications.models import Channel, NotificationSettings
from loyalty.delivery.notifications.providers import (
    AddressGone,
    Message,
    NotCarried,
    TryLater,
    ask,
    carries,
    http_client,
    wait_of,
)

PROJECT = re.compile(r"[a-z][a-z0-9-]{4,58}[a-z0-9]\Z")
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
AUDIENCE = "https://oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = 3600
# A token is not used up to its last second.
MARGIN = 60
GONE = {"UNREGISTERED", "SENDER_ID_MISMATCH"}
LATER = {"QUOTA_EXCEEDED", "UNAVAILABLE", "INTERNAL"}

_tokens: dict[bytes, tuple[str, float]] = {}
"""By account and key: who only names the account of another, or the key's number, is given none of its tokens."""
_lock = Lock()


class Fcm:
    """One project. Where tokens are had and where messages go is configured here: the account's own file, which a brand
    pastes in, is asked for nothing but the key."""

    def __init__(self, project: str, account: str):
        try:
            self.email, self.key_id, pem = _account(account)
            self.key = load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
            raise NotCarried("provider-not-set-up") from fault
        if not isinstance(self.key, RSAPrivateKey) or not PROJECT.match(project):
            raise NotCarried("provider-not-set-up")
        self.account = hashlib.sha256(repr((self.email, self.key_id, pem)).encode()).digest()
        self.path = f"/v1/projects/{project}/messages:send"
        self.client = http_client(configured.FCM_URL)

    def send(self, to: str, message: Message) -> str:
        body = {
            "token": to,
            "notification": {"title": message.subject, "body": message.body},
            "data": {"notification_id": str(message.id)},
        }
        headers = {"Authorization": f"Bearer {self._token()}"}
        status, answer, heads = ask(self.client, self.path, json={"message": body}, headers=headers)
        if status == 200:
            return str(answer.get("name", ""))[:200]
        code = _error_code(answer)
        if code in GONE or (status == 404 and code == "NOT_FOUND"):
            raise AddressGone("address-gone")
        if status == 401:
            with _lock:
                _tokens.pop(self.account, None)
            raise TryLater("provider-refuses-account")
        if status == 429 or status >= 500 or code in LATER:
            raise TryLater(f"fcm-{(code or str(status)).lower()}", seconds=wait_of(heads))
        raise NotCarried(f"fcm-{(code or str(status)).lower()}")

    def close(self) -> None:
        self.client.close()

    def _token(self) -> str:
        """The access token, asked for anew when the kept one runs out."""
        with _lock:
            token, until = _tokens.get(self.account, ("", 0.0))
        if until > time.time():
            return token
        token, seconds = self._fetch()
        with _lock:
            _tokens[self.account] = token, time.time() + seconds - MARGIN
        return token

    def _fetch(self) -> tuple[str, int]:
        now = int(time.time())
        claims = {"iss": self.email, "scope": SCOPE, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
        assertion = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.key_id})
        asked = {"grant_type": GRANT, "assertion": assertion}
        with http_client("") as client:
            status, answer, heads = ask(client, configured.GOOGLE_TOKEN_URL, data=asked)
        token, seconds = answer.get("access_token"), answer.get("expires_in", LIFETIME)
        if status != 200 or not isinstance(token, str) or not isinstance(seconds, int):
            raise TryLater("provider-refuses-account", seconds=wait_of(heads))
        return token, seconds


def _account(text: str) -> tuple[str, str, str]:
    """Who signs, with which key. ValueError where the file is none of a service account."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    said = tuple(found.get(name) for name in ("client_email", "private_key_id", "private_key"))
    if not all(isinstance(one, str) and one for one in said):
        raise ValueError("a part is missing")
    return said


def _error_code(answer: dict) -> str:
    """FCM's own code, which stands among the details; else Google's."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return ""
    details = error.get("details")
    for one in details if isinstance(details, list) else ():
        if isinstance(one, dict) and str(one.get("@type", "")).endswith("fcm.v1.FcmError"):
            return str(one.get("errorCode", ""))
    return str(error.get("status", ""))


@carries(Channel.PUSH, "fcm")
def fcm(settings: NotificationSettings) -> Fcm:
    """The brand's project."""
    return Fcm(settings.push_account.strip(), settings.push_secret)
