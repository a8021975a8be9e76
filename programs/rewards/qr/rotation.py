"""Signing keys that follow each other: the new one is published before it signs, and the old ones verify for as long as
a code that they signed may live. A key that leaked is let go at once, with all codes that it signed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from loyalty.errors import NotFound
from programs.rewards.qr import keys
from programs.rewards.qr.models import SigningKey
from programs.rewards.qr.tokens import LEEWAY


@dataclass
class Rotation:
    """What was done, or would be: the key that signs next and from when; those that sign until then; those that verify
    no more from now on."""

    kid: str
    signs_from: datetime
    is_new: bool
    is_moved: bool = False
    retired: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)


@transaction.atomic
def rotate_keys(*, at: datetime, delay: timedelta = keys.DELAY) -> Rotation:
    """Publishes a new key, which signs when `delay` is over; the others sign until then and verify for 400 days and the
    leeway longer, as printed codes live so long. Where one waits for its time already it is that one, which a shorter
    delay brings forward: repeating it makes no second one."""
    keys.lock_keys()
    begins = at + delay
    rows = list(SigningKey.objects.all())
    waiting = max((row for row in rows if row.signs_from > at), key=lambda row: row.signs_from, default=None)
    if waiting and waiting.signs_from <= begins:
        return Rotation(waiting.kid, waiting.signs_from, is_new=False)
    done = Rotation(waiting.kid if waiting else "", begins, is_new=waiting is None, is_moved=waiting is not None)
    others = [row for row in rows if row is not waiting]
    following = waiting or keys.new_row(signs_from=begins)
    following.signs_from = begins
    following.save()
    done.kid = following.kid
    for row in others:
        if row.retired_at is None or row.retired_at > begins:
            row.retired_at = begins
            row.verifies_until = begins + keys.PRINTED_LIFE_MAX + LEEWAY
            done.retired.append(row.kid)
        _save(row, at)
    keys.forget()
    return done


@transaction.atomic
def revoke_keys(*, at: datetime, kid: str = "") -> Rotation:
    """Lets a key that leaked go, or without `kid` all that there are: what it signed is refused from now on, printed
    codes too, and another one signs at once. Repeating it does the same to the key that signs by then. NotFound where
    there is no such key."""
    keys.lock_keys()
    rows = list(SigningKey.objects.all())
    if kid and kid not in {row.kid for row in rows}:
        raise NotFound(f"There is no key {kid!r}.")
    done = Rotation("", at, is_new=True)
    for row in rows:
        if kid in ("", row.kid) and keys.is_published(row, at):
            row.retired_at = min(row.retired_at or at, at)
            row.verifies_until = at
            done.revoked.append(row.kid)
        _save(row, at)
    signing = keys.signing_among(map(keys.Key, rows), at)
    if signing:
        done.kid, done.signs_from, done.is_new = signing.kid, signing.row.signs_from, False
    else:
        done.kid = _sign_at_once(at).kid
    keys.forget()
    return done


def _sign_at_once(at: datetime) -> SigningKey:
    fresh = keys.new_row(signs_from=at)
    fresh.save(force_insert=True)
    return fresh


def _save(row: SigningKey, at: datetime) -> None:
    """Writes it, without its private part once that is of no use any more."""
    if row.retired_at is not None and row.retired_at <= at - keys.HANDOVER:
        row.private_key = ""
    row.save()
