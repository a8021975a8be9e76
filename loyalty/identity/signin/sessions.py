"""Where the portal's sessions lie (Django's SESSION_ENGINE): in Django's table, but under a hash of their key and
encrypted, so that who reads the table can neither take a session over nor learn whose it is."""

import hashlib
import json
import logging
from base64 import b64decode, b64encode

from django.contrib.sessions.backends import db

from loyalty.sealed.ring import SealBroken, ring

log = logging.getLogger("django.security.SuspiciousSession")

KEY_CHARS = 40


def stored_key(session_key: str) -> str:
    """The name in the table of the session whose key the browser has."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:KEY_CHARS]


def opened(row) -> dict:
    """What is in a row of the table. Raises SealBroken or ValueError where it cannot be read."""
    return json.loads(ring().open(b64decode(row.session_data), _place(row.session_key)))


def _place(stored: str) -> str:
    return f"django_session.session_data:{stored}"


class SessionStore(db.SessionStore):
    """Sessions of people who use the pages."""

    def _place(self) -> str:
        return _place(stored_key(self.session_key))

    def encode(self, session_dict: dict) -> str:
        return b64encode(ring().seal(json.dumps(session_dict).encode(), self._place())).decode()

    def decode(self, session_data: str) -> dict:
        try:
            return json.loads(ring().open(b64decode(session_data), self._place()))
        except (SealBroken, ValueError):
            log.warning("A session does not belong where it lies; it is taken for an empty one.")
            return {}

    def load(self) -> dict:
        row = self.model.objects.filter(session_key=stored_key(self.session_key))
        kept = row.filter(expire_date__gt=db.timezone.now()).first()
        if kept is None:
            self._session_key = None
        return self.decode(kept.session_data) if kept else {}

    def exists(self, session_key: str) -> bool:
        return self.model.objects.filter(session_key=stored_key(session_key)).exists()

    def create_model_instance(self, data: dict):
        key = stored_key(self._get_or_create_session_key())
        return self.model(session_key=key, session_data=self.encode(data), expire_date=self.get_expiry_date())

    def delete(self, session_key: str | None = None) -> None:
        if session_key := session_key or self.session_key:
            self.model.objects.filter(session_key=stored_key(session_key)).delete()
