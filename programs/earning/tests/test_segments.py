"""Segments: lists and conditions, who may see and change them, and what asks for them."""

import pytest

from loyalty.events.models import Event
from loyalty.ids import uuid7
from programs.earning.editions import renew
from programs.earning.errors import RulesTooLarge
from programs.earning.models import Edition, Segment, SegmentMember
from programs.earning.segments import operations
from programs.earning.tests.rules import NOBODY, fixed, in_segment, published, running
from programs.membership.models import Program, Tier

pytestmark = pytest.mark.django_db
URL = "/api/segments"
OLD = {"fact": "member.days_since_joining", "operator": "greaterThan", "value": 30}
VIP = {"key": "vip", "name": "VIP"}


def made(api, **more):
    return api.post(URL, {**VIP, **more}).json()


def renewed(program):
    return renew(program, reason="A test", actor=NOBODY)


def test_a_list_is_made_filled_and_emptied(api, ana, ben):
    segment = made(api)
    members = f"{URL}/{segment['id']}/members"

    assert api.post(members, {"members": ["ana", str(ben.pk), "ana"]}).json() == {"changed": 2}
    assert api.post(members, {"members": ["ana"]}).json() == {"changed": 0}
    assert api.get(f"{URL}/{segment['id']}").json()["members"] == 2
    assert api.delete(members, {"members": ["ana"]}).json() == {"changed": 1}
    assert list(SegmentMember.objects.values_list("member_id", flat=True)) == [ben.pk]
    types = Event.objects.filter(type__startswith="segment.").order_by("pk").values_list("type", "data__members")
    assert list(types) == [
        ("segment.created", None), ("segment.members_added", 2), ("segment.members_removed", 1),
    ]  # fmt: skip


def test_the_list_is_told_by_pages_with_the_brands_numbers(api, ana, ben):
    segment = made(api)
    url = f"{URL}/{segment['id']}/members"
    api.post(url, {"members": ["ana", "ben"]})

    first = api.get(url, {"page_size": 1}).json()
    second = api.get(first["next"]).json()

    listed = {one["external_id"]: one["member_id"] for one in first["results"] + second["results"]}
    assert listed == {"ana": str(ana.pk), "ben": str(ben.pk)}
    assert api.get(f"{URL}/{made(api, key='d', kind='dynamic', conditions=OLD)['id']}/members").status_code == 409


def test_who_is_not_known_to_the_brand_is_entered_nowhere(api, ana, bistro):
    segment = made(api)

    answer = api.post(f"{URL}/{segment['id']}/members", {"members": ["ana", "nobody", str(uuid7())]})

    assert [one["pointer"] for one in answer.json()["errors"]] == ["/members/1", "/members/2"]
    assert not SegmentMember.objects.exists()


def test_a_segment_by_conditions_has_no_list(api, ana):
    segment = made(api, kind="dynamic", conditions=OLD)

    answer = api.post(f"{URL}/{segment['id']}/members", {"members": ["ana"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "segment-not-list")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"kind": "dynamic"}, "/conditions"),
        ({"conditions": OLD}, "/conditions"),
        ({"kind": "dynamic", "conditions": {**OLD, "fact": "order.net"}}, "/conditions/fact"),
        ({"kind": "dynamic", "conditions": {"all": [in_segment("ghost")]}}, "/conditions/all/0/value"),
        ({"kind": "dynamic", "conditions": {**OLD, "fact": "member.tier", "operator": "equal", "value": "tin"}},
         "/conditions/value"),
        ({"kind": "other"}, "/kind"),
        ({"key": "No!"}, "/key"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_places(api, beans, given, pointer):
    Tier.objects.create(program=beans, code="gold", name="Gold", points_min=1)

    answer = api.post(URL, {**VIP, **given})

    assert answer.status_code == 400
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]


def test_a_key_is_used_once_in_a_brand(api, bistro_api):
    made(api)

    assert api.post(URL, VIP).json()["code"] == "segment-key-taken"
    assert bistro_api.post(URL, VIP).status_code == 201


def test_new_conditions_hold_at_once_in_the_rules_that_ask(api, beans):
    segment = made(api, kind="dynamic", conditions=OLD)
    published(beans, fixed(conditions=in_segment("vip")))
    renewed(beans)

    answer = api.patch(f"{URL}/{segment['id']}", {"conditions": {**OLD, "value": 60}})

    assert answer.status_code == 200
    assert Program.objects.get(pk=beans.pk).edition == 2
    assert Edition.objects.get(number=2).document["rules"][0]["conditions"]["value"] == 60


def test_rules_that_do_not_ask_stay_as_they_are(api, beans):
    segment = made(api, kind="dynamic", conditions=OLD)
    published(beans, fixed())
    renewed(beans)

    api.patch(f"{URL}/{segment['id']}", {"conditions": {**OLD, "value": 60}})

    assert Edition.objects.count() == 1


def test_conditions_with_which_rules_could_not_go_on_are_refused(api, beans):
    segment = made(api, kind="dynamic", conditions=OLD)
    deep = {"all": [{"all": [{"all": [{"all": [in_segment("vip")]}]}]}]}
    published(beans, fixed(conditions=deep))
    renewed(beans)

    answer = api.patch(f"{URL}/{segment['id']}", {"conditions": {"all": [{"all": [OLD]}]}})

    assert (answer.status_code, answer.json()["code"]) == (409, "segment-in-use")
    assert answer.json()["errors"][0]["pointer"] == "/ruleset/rules/0/conditions/all/0/all/0/all/0/all/0"
    assert Segment.objects.get().conditions == OLD


@pytest.mark.parametrize("where", ["rules", "audience"])
def test_what_rules_in_force_ask_for_is_not_taken_away(api, beans, where):
    segment = made(api)
    asked = in_segment("vip")
    if where == "rules":
        published(beans, fixed(conditions={"any": [{"not": asked}]}))
    else:
        running(beans, audience=asked)
    renewed(beans)

    answer = api.delete(f"{URL}/{segment['id']}")

    assert (answer.status_code, answer.json()["code"]) == (409, "segment-in-use")


def test_a_list_that_another_segment_asks_for_is_not_taken_away(api):
    segment = made(api)
    made(api, key="more", kind="dynamic", conditions=in_segment("vip"))

    assert api.delete(f"{URL}/{segment['id']}").status_code == 409


def test_a_segment_that_nothing_asks_for_goes_with_its_list(api, ana):
    segment = made(api)
    api.post(f"{URL}/{segment['id']}/members", {"members": ["ana"]})

    assert api.delete(f"{URL}/{segment['id']}").status_code == 204
    assert not SegmentMember.objects.exists()


def test_a_long_list_takes_few_questions(cafe, django_assert_max_num_queries):
    from loyalty.identity.models import BrandMember, Member

    members = Member.objects.bulk_create(Member(name=f"M{n}", created_by=cafe) for n in range(2_000))
    BrandMember.objects.bulk_create(
        BrandMember(brand=cafe, member=member, external_id=f"N{n}") for n, member in enumerate(members)
    )
    segment = operations.create_segment(cafe, **VIP, actor=NOBODY)

    with django_assert_max_num_queries(12):
        assert operations.add_members(segment, [f"N{n}" for n in range(2_000)], actor=NOBODY) == 2_000


def test_others_neither_see_nor_change_it(api, bistro_api, barista_client, ana_client):
    segment = made(api)
    url = f"{URL}/{segment['id']}"

    assert bistro_api.get(url).status_code == bistro_api.delete(url).status_code == 404
    assert bistro_api.get(URL).json()["results"] == []
    assert barista_client.get(url).status_code == 200
    assert barista_client.patch(url, {"name": "x"}).status_code == 403
    assert ana_client.get(URL).status_code == 403
    assert [one["key"] for one in api.get(URL).json()["results"]] == ["vip"]


def test_conditions_that_are_too_large_are_refused_however_they_come(cafe):
    many = {"all": [{"fact": "member.orders_before", "operator": "equal", "value": n} for n in range(5_000)]}

    with pytest.raises(RulesTooLarge) as refused:
        operations.create_segment(cafe, key="many", name="Many", kind="dynamic", conditions=many, actor=NOBODY)

    assert refused.value.pointer == "/conditions"
    assert not Segment.objects.exists()
