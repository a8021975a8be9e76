"""The catalogue's screens: the list, the form by kind, stock, pictures, codes of somebody else."""

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from programs.rewards.backoffice.tests.pages import ACTOR, at
from programs.rewards.catalogue import operations
from programs.rewards.models import PoolCode, Reward

pytestmark = pytest.mark.django_db

LIST, ADD = at("programs_reward_changelist"), at("programs_reward_add")
DRAFT = {"name": "Tea time", "kind": "discount", "discount_kind": "percent", "percent": "12.5", "points_cost": "80"}


def picture() -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(made, "PNG")
    return SimpleUploadedFile("tea.png", made.getvalue(), "image/png")


def press(client, name, reward, **form):
    return client.post(at(f"programs_reward_{name}", reward.pk), {"request_key": uuid4(), **form}, follow=True)


def test_the_list_marks_what_runs_low(desk, coffee):
    page = desk.staff.get(LIST).content.decode()

    assert "3 left · low" in page
    assert "2.50 EUR off" in page
    assert list(desk.staff.get(LIST, {"stock": "low"}).context["cl"].result_list) == [coffee]
    assert list(desk.staff.get(LIST, {"stock": "gone"}).context["cl"].result_list) == []


def test_a_reward_is_entered_with_its_worth_picture_and_translations(desk, beans, client):
    form = DRAFT | {
        "stock_left": "10", "value_minor": "3", "order_minor_min": "9.50", "skus": "tea, cake, tea",
        "translation_language": ["nl", ""], "translation_name": ["Theetijd", ""], "translation_description": ["", ""],
        "picture": picture(),
    }  # fmt: skip
    answer = desk.admin.post(ADD, form)

    made = Reward.objects.get()
    assert answer.headers["Location"] == at("programs_reward_change", made.pk)
    assert (made.code, made.status, made.percent, made.points_cost) == ("tea-time", "draft", Decimal("12.5"), 80)
    assert (made.order_minor_min, made.skus, made.stock_left) == (950, ["tea", "cake"], 10)
    assert made.value_minor is None, "what its kind does not need is not kept"
    assert made.translations == {"nl": {"name": "Theetijd"}}
    assert made.picture.content_type == "image/webp"
    page = desk.staff.get(answer.headers["Location"]).content.decode()
    assert "12.5 % off" in page
    assert f"/{made.picture.digest}" in page


def test_mistakes_stand_at_their_fields_and_nothing_is_kept(desk, beans):
    page = desk.admin.post(ADD, {"name": "Gift", "kind": "gift_card", "value_minor": "1.234", "points_cost": "-1"})
    missing = desk.admin.post(ADD, {"name": "Gift", "kind": "gift_card"})

    assert set(page.context["form"].errors) == {"value_minor", "points_cost"}
    assert "value_minor" in missing.context["form"].errors
    assert not Reward.objects.exists()


def test_a_change_shows_what_is_there_first(desk, coffee):
    address = at("programs_reward_edit", coffee.pk)
    shown = desk.admin.get(address).context["form"].initial
    assert (shown["value_minor"], shown["stock_left"]) == ("2.50", 3)

    sent = {name: value for name, value in shown.items() if value not in (None, "", [], False)}
    desk.admin.post(address, sent | {"value_minor": "3"})

    coffee.refresh_from_db()
    assert (coffee.value_minor, coffee.name, coffee.kind, coffee.stock_left) == (300, "Coffee", "discount", 3)


def test_staff_look_and_admins_start_pause_and_archive(desk, coffee):
    assert press(desk.staff, "pause", coffee).status_code == 403
    for name, status in (("pause", "paused"), ("activate", "active"), ("archive", "archived")):
        press(desk.admin, name, coffee)
        coffee.refresh_from_db()
        assert coffee.status == status


def test_stock_is_added_once_however_often_the_form_is_sent(desk, coffee):
    first = press(desk.admin, "add_stock", coffee, count=5, version=1)
    again = press(desk.admin, "add_stock", coffee, count=5, version=1)

    coffee.refresh_from_db()
    assert coffee.stock_left == 8
    assert "8 in stock now" in first.content.decode()
    assert "was changed since you looked" in again.content.decode()


class TestPool:
    @pytest.fixture
    def cinema(self, beans) -> Reward:
        return operations.create_reward(beans, code="cinema", name="Cinema", kind="external_code", actor=ACTOR)

    def test_pasted_and_uploaded_codes_are_added_and_counted(self, desk, cinema):
        file = SimpleUploadedFile("codes.txt", b'\xef\xbb\xbfC-3\r\n"C-4"\r\nC-1\r\n', "text/plain")
        page = desk.admin.post(
            at("programs_reward_pool", cinema.pk), {"codes": "C-1\n C-2 \n\n", "file": file}, follow=True
        ).content.decode()

        assert sorted(PoolCode.objects.values_list("code", flat=True)) == ["C-1", "C-2", "C-3", "C-4"]
        assert "4 codes are added. 1 were there already" in page
        assert "<b>4</b> waiting" in page
        assert "C-3" not in page

    def test_none_at_all_is_told(self, desk, cinema):
        page = desk.admin.post(at("programs_reward_pool", cinema.pk), {"codes": " "}, follow=True).content.decode()

        assert "codes at once" in page

    def test_partners_and_staff_add_none(self, desk, cinema):
        for client in (desk.staff, desk.partner):
            assert client.post(at("programs_reward_pool", cinema.pk), {"codes": "X"}).status_code == 403


def test_the_list_takes_as_many_queries_for_many_rewards_as_for_few(desk, beans, coffee):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.staff.get(LIST)
        return len(asked)

    queries()
    few = queries()
    for n in range(5):
        operations.create_reward(beans, code=f"r{n}", name=f"R{n}", kind="product", actor=ACTOR)

    assert queries() == few
