"""What the addresses of the catalogue promise in the OpenAPI document: refusals and examples."""

from loyalty.errors import NotFound
from loyalty.http.schema import page_of
from loyalty.identity.errors import ScopeMissing
from loyalty.pictures import BadPicture
from programs.membership.errors import ProgramArchived
from programs.rewards.catalogue import serializers
from programs.rewards.catalogue.errors import AmbiguousReward, PoolNotWanted, RewardArchived, RewardCodeTaken

TAG = "Rewards"
ID, PROGRAM = "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e", "f846eef0-e6df-43bf-87fe-59a3552c4e95"
AT, LATER = "2026-10-01T12:00:00Z", "2027-01-01T00:00:00Z"
PATH = {"reward": "The reward's id, or its code where only one program has it."}
OF_ONE = (ScopeMissing, AmbiguousReward)
NEW = {
    "program_id": "STAY",
    "code": "spa-10",
    "name": "10 percent off at the spa",
    "description": "Off everything, once.",
    "translations": {"nl": {"name": "10 procent korting in de spa"}},
    "kind": "discount",
    "status": "active",
    "points_cost": 500,
    "stock_left": 200,
    "stock_low_at": 20,
    "member_max": 2,
    "discount_kind": "percent",
    "percent": "10",
    "discount_max": "25.00",
    "currency": "EUR",
    "voucher_days": 90,
}
REWARD = {
    "id": ID,
    "program_id": PROGRAM,
    "program_code": "STAY",
    "code": "spa-10",
    "name": "10 percent off at the spa",
    "description": "Off everything, once.",
    "kind": "discount",
    "status": "active",
    "points_cost": 500,
    "member_max": 2,
    "starts_at": None,
    "ends_at": None,
    "tiers": [],
    "discount_kind": "percent",
    "value": None,
    "currency": "EUR",
    "percent": "10",
    "buy_quantity": None,
    "free_quantity": None,
    "skus": [],
    "categories": [],
    "order_min": None,
    "discount_max": "25.00",
    "locations": [],
    "voucher_days": 90,
    "uses_max": 1,
    "is_in_stock": True,
    "picture_url": f"/rewards/{ID}/picture/9f86d081884c7d65",
    "picture_width": 1024,
    "picture_height": 768,
    "version": 1,
}
BRANDS = REWARD | {
    "translations": NEW["translations"],
    "stock_left": 200,
    "stock_low_at": 20,
    "segments": [],
    "is_birthday_gift": False,
    "position": 0,
    "created_at": AT,
    "updated_at": AT,
}

LIST = {
    "tags": TAG,
    "allow": "rewards.view",
    "query": serializers.RewardFilters,
    "answers": {200: page_of(serializers.RewardAnswer)},
    "problems": [ScopeMissing, NotFound],
    "etag": True,
    "examples": {200: {"next": None, "previous": None, "results": [BRANDS]}},
}
CREATE = {
    "tags": TAG,
    "allow": "rewards.add",
    "request": serializers.NewReward,
    "answers": {201: serializers.RewardAnswer},
    "problems": [ScopeMissing, NotFound, ProgramArchived, RewardCodeTaken],
    "idempotent": True,
    "examples": {"request": NEW, 201: BRANDS | {"picture_url": None, "picture_width": None, "picture_height": None}},
}
SHOW = {
    "tags": TAG,
    "allow": "rewards.view",
    "answers": {200: serializers.RewardAnswer},
    "problems": OF_ONE,
    "etag": True,
    "path": PATH,
    "examples": {200: BRANDS},
}
CHANGE = {
    "tags": TAG,
    "allow": "rewards.change",
    "request": serializers.RewardPatch,
    "answers": {200: serializers.RewardAnswer},
    "problems": [*OF_ONE, ProgramArchived, RewardArchived],
    "path": PATH,
    "examples": {"request": {"points_cost": 450, "ends_at": LATER}, 200: BRANDS | {"points_cost": 450, "version": 2}},
}
ARCHIVE = {
    "tags": TAG,
    "allow": "rewards.archive",
    "answers": {204: None},
    "problems": OF_ONE,
    "path": PATH,
}
PICTURE = {
    "tags": TAG,
    "allow": "rewards.change",
    "answers": {200: serializers.RewardAnswer},
    "problems": [*OF_ONE, ProgramArchived, RewardArchived, BadPicture],
    "path": PATH,
    "upload": ("image/png", "image/jpeg", "image/webp"),
    "examples": {200: BRANDS},
}
NO_PICTURE = {
    "tags": TAG,
    "allow": "rewards.change",
    "answers": {204: None},
    "problems": [*OF_ONE, ProgramArchived, RewardArchived],
    "path": PATH,
}
COUNT_CODES = {
    "tags": TAG,
    "allow": "rewards.view",
    "answers": {200: serializers.CodesCounted},
    "problems": [*OF_ONE, PoolNotWanted],
    "path": PATH,
    "examples": {200: {"added": 1000, "left": 812}},
}
ADD_CODES = {
    "tags": TAG,
    "allow": "rewards.change",
    "request": serializers.NewCodes,
    "answers": {200: serializers.CodesAdded},
    "problems": [*OF_ONE, ProgramArchived, RewardArchived, PoolNotWanted],
    "path": PATH,
    "idempotent": True,
    "examples": {
        "request": {"codes": ["CINEMA-7K2Q", "CINEMA-9F4D", "CINEMA-9F4D"]},
        200: {"added": 2, "duplicates": ["CINEMA-9F4D"]},
    },
}
