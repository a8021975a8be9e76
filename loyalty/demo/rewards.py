"""What members of the demo can have for their points: a catalogue for each program, a stamp card, a code for everybody,
a batch of codes, locations, and what Alice and a few others have claimed already."""

from decimal import Decimal
from io import BytesIO

from django.db import transaction
from PIL import Image, ImageDraw

from loyalty.demo.world import MEMBERS, DemoProgram
from loyalty.identity.locations.operations import create_location
from loyalty.identity.models import Location, Member, Staff
from loyalty.identity.principals import Principal
from programs.membership.models import Program
from programs.rewards.catalogue.claiming import claim_reward
from programs.rewards.catalogue.operations import create_reward
from programs.rewards.catalogue.pictures import set_picture
from programs.rewards.issuing.batches import BatchRequest, fill_batch, make_batch
from programs.rewards.models import Reward
from programs.rewards.stamps.cards import create_card
from programs.rewards.stamps.operations import add_stamps
from programs.rewards.vouchers.operations import NewVoucher, create_voucher

PICTURE_SIDES = (640, 480)
CODES = 50
STAMPS = 7


@transaction.atomic
def lay_out_rewards(spec: DemoProgram, program: Program, *, by: Principal) -> None:
    """Gives the program its catalogue, and Alice something of it. Repeating it changes nothing."""
    if Reward.objects.filter(program=program).exists():
        return
    places = [
        create_location(program.brand, code=f"{spec.brand_code}-{n}", name=f"{spec.brand_name} {name}", actor=by.actor)
        for n, name in enumerate(("Central", "Station"), start=1)
    ]
    _bind_partners(program, places[0])
    made = {
        one["code"]: create_reward(program, status="active", position=position, actor=by.actor, **one)
        for position, one in enumerate((*_catalogue(spec), *MORE.get(spec.code, ())))
    }
    for number, reward in enumerate(made.values()):
        set_picture(reward, _picture(reward.name, hue=number * 47 % 360), actor=by.actor)
    card = create_card(
        program,
        code="tenth-free",
        name="Every tenth is free",
        reward=made["thank-you"],
        stamps_needed=10,
        actor=by.actor,
    )
    alice = Member.objects.get(pk=MEMBERS[0].id)
    add_stamps(card, alice, count=STAMPS, reference="demo", source="staff", actor=by.actor, location=places[0])
    create_voucher(by, NewVoucher(
        program=program.code, kind="generic", code=f"WELCOME-{spec.code}", reward="ten-percent", is_endless=True,
        member_uses_max=1,
    ))  # fmt: skip
    asked = BatchRequest(count=CODES, name="Spring mailing", reward=made["ten-percent"], key="demo")
    fill_batch(make_batch(program, asked, actor=by.actor))
    claim_reward(by, made["off"].pk, key=f"demo:{program.code}", member=str(alice.pk))


def _bind_partners(program: Program, place: Location) -> None:
    """Partners work at one location."""
    Staff.objects.filter(brand=program.brand, role=Staff.Role.PARTNER, location=None).update(location=place)


def _catalogue(spec: DemoProgram) -> list[dict]:
    """What every program has, for what its members usually redeem."""
    usual = spec.reward_points
    return [
        {"code": "off", "name": "5.00 off", "kind": "discount", "discount_kind": "amount", "value_minor": 500,
         "points_cost": usual, "voucher_days": 90, "translations": {"nl": {"name": "5,00 korting"}}},
        {"code": "ten-percent", "name": "10 % off", "kind": "discount", "discount_kind": "percent",
         "percent": Decimal("10.00"), "points_cost": usual * 2, "discount_minor_max": 5000, "voucher_days": 30},
        {"code": "gift-card", "name": "Gift card of 25.00", "kind": "gift_card", "value_minor": 2500,
         "points_cost": usual * 5, "member_max": 4},
        {"code": "tree", "name": "A tree planted", "kind": "donation", "points_cost": usual,
         "description": "We plant a tree in your name, and say where."},
        {"code": "birthday", "name": "20 % off for your birthday", "kind": "discount", "discount_kind": "percent",
         "percent": Decimal("20.00"), "is_birthday_gift": True, "voucher_days": 30, "tiers": ["gold", "platinum"]},
        {"code": "thank-you", "name": f"{spec.wares[-1].name}, free", "kind": "free_item", "skus": [spec.wares[-1].sku],
         "points_cost": usual * 3, "tiers": ["silver", "gold", "platinum"], "voucher_days": 60},
    ]  # fmt: skip


def _picture(name: str, *, hue: int) -> BytesIO:
    """A plain picture with the reward's first letter, as a brand would upload a better one."""
    picture = Image.new("RGB", PICTURE_SIDES, f"hsl({hue}, 45%, 60%)")
    draw = ImageDraw.Draw(picture)
    width, height = PICTURE_SIDES
    draw.ellipse(
        [width // 2 - 150, height // 2 - 150, width // 2 + 150, height // 2 + 150], fill=f"hsl({hue}, 45%, 45%)"
    )
    draw.text((width // 2, height // 2), name[0], anchor="mm", font_size=180, fill="white")
    file = BytesIO()
    picture.save(file, "PNG")
    file.seek(0)
    return file


MORE = {
    "SHOP": (
        {"code": "train", "name": "Wooden train", "kind": "product", "points_cost": 400, "stock_left": 12,
         "stock_low_at": 15, "member_max": 1, "description": "The small one, of beech."},
        {"code": "three-for-two", "name": "3 for 2 on books", "kind": "discount", "discount_kind": "buy_x_get_y",
         "buy_quantity": 2, "free_quantity": 1, "categories": ["books"], "points_cost": 150, "voucher_days": 30},
        {"code": "cheapest", "name": "15 % off the cheapest", "kind": "discount", "discount_kind": "cheapest",
         "percent": Decimal("15.00"), "points_cost": 50, "voucher_days": 30, "segments": ["vip"]},
    ),
}  # fmt: skip
"""What one program has besides."""
