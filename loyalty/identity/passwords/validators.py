"""What a password must not be (Django's AUTH_PASSWORD_VALIDATORS, for the API, the pages and the portal alike)."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from loyalty.identity.passwords.known import is_known, stems

CHARACTERS_MIN = 5
"""So many different ones."""
WORD_CHARS_MIN = 4


class KnownPasswordValidator:
    """Not one of those that are tried first: seen in breaches, a variation of these, or of hardly any characters."""

    def validate(self, password: str, user=None) -> None:
        if len(set(password.casefold())) < CHARACTERS_MIN:
            raise ValidationError(_("This password repeats a few characters only."), code="password_of_few_characters")
        if is_known(password):
            raise ValidationError(
                _("This password, or one much like it, is known from breaches and among the first to be tried."),
                code="password_known",
            )

    def get_help_text(self) -> str:
        return _("Not a password that others use too, nor a word with some digits.")


class OwnWordsValidator:
    """Not made of one word that everybody connects with the person or with us: their name or address, ours, or that of
    a brand they work for."""

    def validate(self, password: str, user=None) -> None:
        words = {word for text in _texts(user) for word in re.split(r"[^a-z]+", text.casefold())}
        words |= {re.sub(r"[^a-z]", "", text.casefold()) for text in _texts(user)}
        words = {word for word in words if len(word) >= WORD_CHARS_MIN}
        # Short words may stand in a long password; as all of it, but for what is added at its ends, they may not.
        if words & stems(password) or {"".join(pair) for pair in _pairs(words)} & stems(password):
            raise ValidationError(
                _("This password is made of your name, your address or ours."), code="password_of_own_words"
            )

    def get_help_text(self) -> str:
        return _("Not your name, your address or the name of the service with some digits.")


def _pairs(words: set[str]):
    return ((one, other) for one in words for other in words)


def _texts(user) -> list[str]:
    texts = [settings.SITE_NAME]
    if user is None:
        return texts
    texts += [getattr(user, "name", ""), getattr(user, "email", "").replace("@", " ")]
    if getattr(user, "pk", None) and not user._state.adding:
        texts += user.posts.filter(is_active=True).values_list("brand__name", flat=True)
    return texts
