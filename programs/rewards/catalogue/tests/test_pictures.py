"""The picture of a reward, from what was uploaded to the browser; and codes of somebody else."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from loyalty.identity.logos.tests import hostile_pictures as hostile
from programs.activity.tests.tills import pointers, refusal
from programs.rewards.catalogue.tests.shelf import reward
from programs.rewards.models import PoolCode, RewardPicture

pytestmark = pytest.mark.django_db


def put(api, content: bytes, kind: str = "image/png"):
    return api.generic("PUT", "/api/rewards/mug/picture", content, kind)


def test_a_picture_is_made_anew_and_shown_to_everybody(api, client, beans):
    reward(beans, "mug")

    told = put(api, hostile.with_traces()).json()
    shown = client.get(told["picture_url"])

    assert (told["picture_width"], told["picture_height"], told["version"]) == (20, 40, 2)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert "max-age=31536000" in shown["Cache-Control"] and "immutable" in shown["Cache-Control"]
    assert b"Persephone" not in shown.content and not Image.open(BytesIO(shown.content)).getexif()
    assert put(api, hostile.with_traces()).json()["version"] == 2
    assert client.get(told["picture_url"][:-1] + "x").status_code == 404


def test_a_form_brings_it_too(api, beans):
    reward(beans, "mug")
    file = SimpleUploadedFile("mug.exe", hostile.picture("JPEG"), content_type="text/html")

    answer = api.post("/api/rewards/mug/picture", {"file": file}, format="multipart")

    assert (answer.status_code, answer.json()["picture_width"]) == (200, 40)


def test_the_largest_photograph_becomes_small_enough(api, beans):
    reward(beans, "mug")

    put(api, hostile.noise((1200, 900)))

    kept = RewardPicture.objects.get()
    assert max(kept.width, kept.height) <= 1024 and len(kept.content) <= 200 * 1024


@pytest.mark.parametrize(
    "content", [b"", hostile.SVG, hostile.PAGE, hostile.bomb(20_000, 20_000), hostile.picture()[:40]]
)
def test_what_is_no_picture_is_refused(api, beans, content):
    reward(beans, "mug")

    assert refusal(put(api, content)) == (422, "bad-picture")
    assert not RewardPicture.objects.exists()


def test_too_many_bytes_and_forms_that_break_off_are_refused(api, beans):
    reward(beans, "mug")

    assert refusal(put(api, b"0" * (6 * 1024 * 1024))) == (413, "body-too-large")
    assert put(api, b"--x\r\nContent", "multipart/form-data; boundary=x").status_code in (400, 422)
    assert put(api, b"", "multipart/form-data").status_code in (400, 422)


def test_a_picture_is_taken_away(api, client, beans):
    reward(beans, "mug")
    address = put(api, hostile.picture()).json()["picture_url"]

    assert [api.delete("/api/rewards/mug/picture").status_code for _ in range(2)] == [204, 204]

    assert client.get(address).status_code == 404
    assert api.get("/api/rewards/mug").json()["picture_url"] is None


def test_who_may_not_change_a_reward_sets_no_picture(barista_client, bistro_api, beans):
    reward(beans, "mug")

    assert refusal(put(barista_client, hostile.picture())) == (403, "forbidden")
    assert refusal(put(bistro_api, hostile.picture())) == (404, "not-found")


def test_codes_are_added_once_and_counted(api, beans):
    reward(beans, "cinema", kind="external_code")

    first = api.post("/api/rewards/cinema/codes", {"codes": ["A-1", "A-2", "A-2"]})
    again = api.post("/api/rewards/cinema/codes", {"codes": ["A-1", "A-3"]})

    assert first.json() == {"added": 2, "duplicates": ["A-2"]}
    assert again.json() == {"added": 1, "duplicates": ["A-1"]}
    counted = api.get("/api/rewards/cinema/codes")
    assert counted.json() == {"added": 3, "left": 3} and b"A-1" not in counted.content


def test_codes_that_cannot_be_are_told_each_and_none_is_added(api, beans):
    reward(beans, "cinema", kind="external_code")

    answer = api.post("/api/rewards/cinema/codes", {"codes": ["A-1", "", " A-2", "A\n3"]})

    assert pointers(answer) == ["/codes/1", "/codes/2", "/codes/3"]
    assert not PoolCode.objects.exists()


def test_only_external_rewards_have_a_pool_and_members_do_not_see_it(api, ana_client, ana_beans):
    reward(ana_beans.program, "mug")
    reward(ana_beans.program, "cinema", kind="external_code")

    assert refusal(api.post("/api/rewards/mug/codes", {"codes": ["A"]})) == (409, "reward-has-no-pool")
    assert refusal(api.get("/api/rewards/mug/codes")) == (409, "reward-has-no-pool")
    assert refusal(ana_client.get("/api/rewards/cinema/codes")) == (404, "not-found")


def test_ten_thousand_codes_are_one_request(api, beans, django_assert_max_num_queries):
    reward(beans, "cinema", kind="external_code")

    with django_assert_max_num_queries(15):
        answer = api.post("/api/rewards/cinema/codes", {"codes": [f"CODE-{n:08}" for n in range(10_000)]})

    assert answer.json()["added"] == 10_000
    too_many = api.post("/api/rewards/cinema/codes", {"codes": [f"X-{n}" for n in range(10_001)]})
    assert pointers(too_many) == ["/codes"]
