"""The picture of a reward: made anew from what was uploaded, and served to everybody under an address that changes with
it."""

from hashlib import sha256
from typing import BinaryIO
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from loyalty.pictures import Bounds, remade
from programs.rewards.catalogue.operations import lock_reward, record, save_next_version
from programs.rewards.models import Reward, RewardPicture

UPLOAD_BYTES_MAX = 5 * 1024 * 1024
BOUNDS = Bounds(
    bytes_max=UPLOAD_BYTES_MAX, pixels_max=25_000_000, sides=(1024, 768, 512, 384, 256, 128, 64),
    kept_bytes_max=200 * 1024, is_photo=True,
)  # fmt: skip
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    # It is shown by pages, ours and the brand's; opened by itself it is a file to save and may do nothing.
    "Content-Disposition": 'attachment; filename="reward.webp"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def set_picture(reward: Reward, file: BinaryIO, *, actor: str) -> Reward:
    """Makes what was uploaded the reward's picture, as WebP of at most 1,024 pixels a side and 200 KB, with nothing in
    it but its pixels. Repeating it changes nothing. Refusals: BadPicture (see `remade`), ProgramArchived,
    RewardArchived."""
    made = remade(file, BOUNDS)
    digest = sha256(made.content).hexdigest()
    with transaction.atomic():
        locked = lock_reward(reward)
        if RewardPicture.objects.filter(reward=locked, digest=digest).exists():
            return locked
        values = {
            "content": made.content, "content_type": made.content_type, "digest": digest,
            "width": made.width, "height": made.height,
        }  # fmt: skip
        RewardPicture.objects.update_or_create(reward=locked, defaults=values)
        save_next_version(locked)
        record("reward.changed", locked, actor, fields=["picture"])
    return locked


@transaction.atomic
def remove_picture(reward: Reward, *, actor: str) -> Reward:
    """Leaves the reward without a picture. Repeating it changes nothing. Refusals: ProgramArchived, RewardArchived."""
    locked = lock_reward(reward)
    if RewardPicture.objects.filter(reward=locked).delete()[0]:
        save_next_version(locked)
        record("reward.changed", locked, actor, fields=["picture"])
    return locked


def picture_address(reward_id: UUID, digest: str | None) -> str | None:
    """Where the picture of that digest is."""
    return reverse("reward-picture", args=[reward_id, digest]) if digest else None


@require_safe
def picture(request: HttpRequest, reward_id: UUID, digest: str) -> HttpResponse:
    """The picture. For everybody, like the catalogue of a program that is open to all."""
    found = RewardPicture.objects.filter(reward=reward_id, digest=digest).first()
    if found is None:
        raise Http404("There is no such picture.")
    return HttpResponse(bytes(found.content), content_type=found.content_type, headers=HEADERS)
