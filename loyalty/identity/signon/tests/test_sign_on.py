"""Signing in by the brand's provider: the whole way there and back, and the roles that groups give."""

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.test import Client

from loyalty.events.models import Event
from loyalty.identity.models import Person, Staff
from loyalty.identity.signin.tests.pages import CODE, add_app, sign_in
from loyalty.identity.signon.tests.visits import HOME, back_from, come, go, is_in, query_of
from loyalty.identity.signon.tests.visits import provider as provider
from loyalty.identity.signon.tests.visits import sign_on as sign_on


def nina():
    return Person.objects.get(email="nina@cafe.example")


def test_somebody_new_is_made_a_login_with_the_role_of_their_group(sign_on, cafe):
    browser, answer = come(going="/admin/loyalty/member/")

    assert answer.headers["Location"] == "/admin/loyalty/member/"
    assert is_in(browser)
    assert list(nina().posts.values_list("brand_id", "role", "is_active")) == [(cafe.pk, "staff", True)]
    assert nina().name == "Nina"
    assert not nina().has_usable_password()


def test_the_question_is_bound_by_state_nonce_and_pkce(sign_on, provider):
    _, first = go()
    _, second = go()
    asked, again = query_of(first), query_of(second)

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert asked["redirect_uri"] == "http://testserver/accounts/oidc/cafe/login/callback/"
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_nothing_that_the_caller_adds_reaches_the_provider(sign_on):
    _, plain = go()
    _, added = go("cafe", more="?scope=admin&auth_params=prompt%3Dnone&process=connect")

    assert query_of(added).keys() == query_of(plain).keys()
    assert set(query_of(added)["scope"].split()) == {"openid", "email", "profile"}


def test_one_finds_the_provider_by_address(sign_on, provider):
    page = Client().post("/accounts/sso/", {"email": "Anybody@Cafe.example", "next": "/admin/"})
    unknown = Client().post("/accounts/sso/", {"email": "anybody@elsewhere.example"})

    assert f"{provider.issuer}/authorize" in page.content.decode()
    assert "No organisation" in unknown.content.decode()


def test_a_link_asks_before_it_leads_away(sign_on):
    page = Client().get("/accounts/oidc/cafe/login/")

    assert page.status_code == 200
    assert "Cafe accounts" in page.content.decode()
    assert Client().get("/accounts/oidc/nobody/login/").status_code == 404


def test_coming_again_is_the_same_person_whatever_their_address_is_now(sign_on, provider):
    come()
    first = nina()
    provider.person["email"] = "nina.new@elsewhere.example"

    browser, _ = come()

    assert is_in(browser)
    assert Person.objects.count() == 1
    assert SocialAccount.objects.get().user == first


@pytest.mark.parametrize(
    "groups, role",
    [
        (["chiefs"], "admin"),
        (["baristas", "chiefs", "other"], "admin"),
        (["suppliers"], "partner"),
        ("chiefs", "admin"),
        (["baristas", 7, None, {"a": 1}], "staff"),
    ],
)
def test_the_highest_role_of_the_groups_counts(sign_on, provider, groups, role):
    provider.person["groups"] = groups

    come()

    assert nina().posts.get().role == role


def test_a_role_follows_the_groups_at_each_sign_in(sign_on, provider, cafe):
    come()
    provider.person["groups"] = ["chiefs"]
    come()
    assert nina().posts.get().role == "admin"

    provider.person["groups"] = []
    browser, answer = come()

    assert answer.status_code == 403
    assert "None of your groups has a role here." in answer.content.decode()
    assert not is_in(browser)
    assert not nina().posts.get().is_active
    types = list(Event.objects.filter(aggregate_id=nina().pk).order_by("sequence").values_list("type", flat=True))
    changes = Event.objects.filter(type="user.role_changed").order_by("id").values_list("data", "brand_id")
    assert types == [
        "user.sign_on_linked", "user.role_changed", "user.signed_on", "user.role_changed", "user.signed_on",
        "user.role_changed",
    ]  # fmt: skip
    assert [data["role"] for data, _ in changes] == ["staff", "admin", None]
    assert {(data["actor"], brand) for data, brand in changes} == {("sign-on:cafe", cafe.pk)}


def test_whose_group_is_gone_is_out_of_earlier_sessions_too(sign_on, provider):
    browser, _ = come()
    provider.person["groups"] = []
    come()

    assert not is_in(browser)


def test_groups_may_lie_deep_and_in_the_user_info(sign_on, provider):
    sign_on.groups_claim = "realm_access.roles"
    sign_on.save()
    provider.person |= {"realm_access": {"roles": ["chiefs"]}}
    provider.only_in_user_info = ("realm_access", "email", "email_verified")

    browser, _ = come()

    assert is_in(browser)
    assert nina().posts.get().role == "admin"


def test_no_role_of_a_group_makes_an_operator(sign_on, provider):
    sign_on.role_by_group = {"baristas": "operator"}
    sign_on.save()

    _, answer = come()

    assert answer.status_code == 403
    assert not Person.objects.exists()


def test_whoever_works_for_the_brand_keeps_their_login(sign_on, provider, barista):
    Person.objects.get(pk=barista.pk)
    barista.email = "nina@cafe.example"
    barista.save()

    browser, _ = come()

    assert is_in(browser)
    assert SocialAccount.objects.get().user == barista
    assert barista.check_password("correct horse battery")


def test_the_libraries_keep_nothing_that_names_anybody(sign_on):
    come()
    account = SocialAccount.objects.get()

    assert account.extra_data == {}
    assert "nina" not in account.uid
    assert [model.objects.count() for model in (EmailAddress, SocialApp, SocialToken)] == [0, 0, 0]


def test_a_second_factor_of_ones_own_is_asked_for_after_the_provider(sign_on):
    browser, _ = come()
    add_app(browser)

    other, answer = come()

    assert answer.headers["Location"] == CODE
    assert not is_in(other)


class TestASecondFactorThatTheBrandAsksFor:
    @pytest.fixture(autouse=True)
    def strict(self, cafe):
        cafe.requires_second_factor = True
        cafe.save()

    def test_is_set_up_here(self, sign_on):
        browser, _ = come()

        assert browser.get(HOME).headers["Location"] == "/accounts/2fa/"
        add_app(browser)
        assert is_in(browser)

    def test_or_at_the_provider_where_the_brand_says_so(self, sign_on):
        sign_on.asks_second_factor = True
        sign_on.save()

        assert is_in(come()[0])

    def test_but_not_for_who_enters_by_password(self, sign_on, manager):
        sign_on.asks_second_factor = True
        sign_on.save()

        assert not is_in(sign_in("manager@example.com")[0])


class TestWhereTheBrandClosesItselfToPasswords:
    @pytest.fixture(autouse=True)
    def closed(self, sign_on):
        sign_on.is_required = True
        sign_on.save()

    def test_the_right_password_is_told_the_way(self, manager):
        browser, right = sign_in("manager@example.com")
        _, wrong = sign_in("manager@example.com", "wrong")

        assert not is_in(browser)
        assert "single sign-on" in " ".join(right.context["form"].non_field_errors())
        assert "do not belong together" in " ".join(wrong.context["form"].non_field_errors())

    def test_those_named_may_enter_all_the_same(self, manager, sign_on):
        sign_on.break_glass = [manager.pk]
        sign_on.save()

        assert is_in(sign_in("manager@example.com")[0])

    def test_operators_are_not_the_brands_to_shut_out(self, operator, cafe):
        Staff.objects.create(person=operator, brand=cafe, role="staff")

        assert is_in(sign_in("operator@example.com")[0])

    def test_another_brand_that_one_works_for_stays_open(self, manager, bistro, cafe):
        Staff.objects.create(person=manager, brand=bistro, role="admin")
        browser, _ = sign_in("manager@example.com")

        page = browser.get("/admin/loyalty/brand/").content.decode()

        assert "Bistro" in page
        assert f"/admin/loyalty/brand/{cafe.pk}/" not in page

    def test_running_sessions_of_the_brand_end(self, manager, sign_on):
        sign_on.is_required = False
        sign_on.save()
        browser, _ = sign_in("manager@example.com")
        sign_on.is_required = True
        sign_on.save()

        assert not is_in(browser)

    def test_the_api_is_closed_to_passwords_too(self, manager, as_person):
        assert as_person(manager).get("/api/programs").status_code == 403


def test_a_provider_that_is_switched_off_opens_nothing(sign_on):
    browser, _ = come()
    sign_on.is_active = False
    sign_on.save()

    assert not is_in(browser)
    assert Client().post("/accounts/oidc/cafe/login/").status_code == 404


def test_turning_back_at_the_provider_is_no_error(sign_on):
    browser, address = go()

    answer = browser.get(
        "/accounts/oidc/cafe/login/callback/", {"error": "access_denied", "state": query_of(address)["state"]}
    )

    assert answer.headers["Location"] == "/accounts/sso/cancelled/"
    assert browser.get(answer.headers["Location"]).status_code == 200


def test_a_code_is_good_once(sign_on):
    browser, address = go()
    back = back_from(address)
    browser.get(back)
    other = Client()

    assert browser.get(back).status_code in (302, 401)
    assert other.get(back).status_code == 401
    assert not is_in(other)


def test_a_provider_that_cannot_be_reached_is_told_politely(sign_on):
    sign_on.issuer = "http://127.0.0.1:9"
    sign_on.save()

    page = Client().post("/accounts/oidc/cafe/login/")

    assert page.status_code == 401
    assert "did not understand each other" in page.content.decode()


def test_the_provider_is_not_told_where_the_browser_came_from(sign_on, provider):
    assert requests.get(f"{provider.issuer}/keys", timeout=5).json()["keys"][0]["alg"] == "RS256"
    assert 'name="referrer" content="no-referrer"' in Client().post("/accounts/oidc/cafe/login/").content.decode()
