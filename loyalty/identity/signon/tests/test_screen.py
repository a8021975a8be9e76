"""The brand's screen of its single sign-on: setting it up, trying it, taking it away, and what nobody may do there."""

from uuid import uuid4

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from loyalty.events.models import Event
from loyalty.identity.models import Person, Staff
from loyalty.identity.signin.tests.pages import sign_in
from loyalty.identity.signon.models import SignOn
from loyalty.identity.signon.tests.visits import come, is_in, make_sign_on
from loyalty.identity.signon.tests.visits import provider as provider
from loyalty.identity.signon.tests.visits import sign_on as sign_on
from loyalty.tests.backoffice_world import form_of

ADD = "/admin/loyalty/signon/add/"
SECRET = "a secret between the two"


def page_of(one: SignOn, button: str = "change") -> str:
    return reverse(f"admin:loyalty_signon_{button}", args=[one.pk])


@pytest.fixture
def browser(manager) -> Client:
    """The manager's, signed in by password."""
    return sign_in("manager@example.com")[0]


@pytest.fixture
def operators(operator) -> Client:
    return sign_in("operator@example.com")[0]


@pytest.fixture
def change(browser, sign_on):
    """Sends the page of the cafe's provider with these changes; the mistakes it then tells, by field."""

    def send(**changes):
        answer = browser.post(page_of(sign_on), form_of(browser.get(page_of(sign_on))) | changes)
        sign_on.refresh_from_db()
        return answer.context["adminform"].form.errors if answer.status_code == 200 else {}

    return send


def told(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def press(client, one, button, **form):
    return client.post(page_of(one, button), {"request_key": uuid4(), **form})


def test_an_admin_sets_it_up_and_people_come_in_once_an_operator_has_confirmed(browser, operators, cafe, provider):
    form = {"brand": str(cafe.pk), "name": "Cafe accounts", "issuer": provider.issuer, "client_id": "loyalty-portal"}
    form |= {"secret": SECRET, "groups_claim": "groups", "staff": "baristas\n cooks \n"}
    form |= {"email_domains": "cafe.example"}
    browser.post(ADD, form)
    made = SignOn.objects.get()
    assert (made.brand, made.slug, made.is_active, made.client_secret) == (cafe, "cafe", False, SECRET)
    assert made.role_by_group == {"baristas": "staff", "cooks": "staff"}

    browser.post(page_of(made), form_of(browser.get(page_of(made))) | {"is_active": "on"})
    _, early = come()
    press(operators, made, "confirm_domains", domains="cafe.example")

    assert early.status_code == 403
    assert is_in(come()[0])
    assert Event.objects.filter(type="sign_on.domains_confirmed", brand_id=cafe.pk).count() == 1


def test_the_page_says_where_people_come_back_to_and_never_the_secret(browser, sign_on, change):
    page = browser.get(page_of(sign_on)).content.decode()

    assert "/accounts/oidc/cafe/login/callback/" in page
    assert SECRET not in page
    assert change(name="Our accounts") == {}
    assert (sign_on.name, sign_on.client_secret) == ("Our accounts", SECRET)
    change(secret="another one")
    assert sign_on.client_secret == "another one"


def test_only_admins_of_the_brand_and_operators_find_it(sign_on, barista, bistro, operators):
    chef = Person.objects.create_user("chef@bistro.example", "correct horse battery")
    Staff.objects.create(person=chef, brand=bistro, role="admin")

    assert sign_in("barista@example.com")[0].get(page_of(sign_on)).status_code == 403
    assert sign_in("chef@bistro.example")[0].get(page_of(sign_on)).status_code == 404
    assert operators.get(page_of(sign_on)).status_code == 200


class TestConfirmingDomains:
    def test_is_for_operators(self, browser, sign_on):
        answer = press(browser, sign_on, "confirm_domains", domains="cafe.example")

        assert answer.status_code == 403
        assert "Confirm the domains" not in browser.get(page_of(sign_on)).content.decode()

    def test_confirms_what_the_operator_named_and_nothing_that_was_added_meanwhile(self, operators, sign_on, change):
        operators.get(page_of(sign_on, "confirm_domains"))
        change(email_domains="cafe.example\nevil.example")

        press(operators, sign_on, "confirm_domains", domains="cafe.example")

        sign_on.refresh_from_db()
        assert sign_on.domains == {"cafe.example"}

    def test_takes_no_domain_that_the_brand_does_not_ask_for(self, operators, sign_on):
        answer = press(operators, sign_on, "confirm_domains", domains="cafe.example\nbistro.example")

        assert "does not ask for bistro.example" in " ".join(told(answer))

    def test_can_be_taken_back(self, operators, sign_on):
        press(operators, sign_on, "confirm_domains", domains="")

        assert come()[1].status_code == 403

    def test_shows_what_the_brand_asks_for(self, operators, sign_on):
        assert "(cafe.example)" in operators.get(page_of(sign_on, "confirm_domains")).content.decode()


def test_another_provider_gets_neither_the_secret_nor_the_people_of_the_one_before(sign_on, change):
    come()
    assert SocialAccount.objects.count() == 1

    assert change(issuer="https://login.elsewhere.example") == {}

    assert (sign_on.client_secret, sign_on.confirmed_domains) == ("", [])
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": "ftp://login.cafe.example"}, "issuer"),
        ({"issuer": "https://user@login.cafe.example"}, "issuer"),
        ({"issuer": "https://login.cafe.example/?a=b"}, "issuer"),
        ({"email_domains": "@cafe.example"}, "email_domains"),
        ({"email_domains": "localhost"}, "email_domains"),
        ({"email_domains": "*.example"}, "email_domains"),
        ({"staff": "baristas", "admins": "baristas"}, "staff"),
        ({"is_required": "on"}, "break_glass"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(change, changes, field):
    assert list(change(**changes)) == [field]


def test_plain_http_is_for_development_only(change, settings):
    settings.SIGN_ON_PRIVATE_ADDRESSES = False

    assert list(change(issuer="http://login.cafe.example")) == ["issuer"]


def test_a_provider_that_is_off_cannot_be_required(browser, sign_on, manager):
    form = form_of(browser.get(page_of(sign_on))) | {"is_required": "on", "break_glass": [str(manager.pk)]}
    del form["is_active"]

    assert list(browser.post(page_of(sign_on), form).context["adminform"].form.errors) == ["is_required"]


def test_passwords_are_closed_but_for_admins_who_are_named(change, manager, barista, sign_on):
    assert change(is_required="on", break_glass=[str(barista.pk)]).keys() == {"break_glass"}
    assert change(is_required="on", break_glass=[str(manager.pk)]) == {}

    assert is_in(sign_in("manager@example.com")[0])
    assert not is_in(sign_in("barista@example.com")[0])


class TestTryingIt:
    def test_says_what_answers(self, browser, sign_on, provider):
        (said,) = told(press(browser, sign_on, "test"))

        assert said == f"{provider.issuer} answers: sign-in at {provider.issuer}/authorize, 1 of its keys can be read."

    def test_says_what_is_missing(self, browser, bistro, provider, operators):
        bare = make_sign_on(bistro, provider, role_by_group={}, confirmed_domains=[], client_secret="", is_active=False)

        (said,) = told(press(operators, bare, "test"))

        assert said.endswith(
            "No group has a role yet. None of the e-mail domains is confirmed yet. There is no client secret. "
            "It is switched off."
        )

    def test_says_what_does_not_answer_and_why(self, browser, sign_on, provider):
        provider.says = {"issuer": "https://evil.example"}
        (another,) = told(press(browser, sign_on, "test"))
        SignOn.objects.update(issuer="http://127.0.0.1:9")
        (nobody,) = told(press(browser, sign_on, "test"))

        assert "describes another provider" in another
        assert "http://127.0.0.1:9/.well-known/openid-configuration cannot be read" in nobody

    def test_calls_no_address_of_our_own_network(self, browser, sign_on, settings):
        settings.SIGN_ON_PRIVATE_ADDRESSES = False
        SignOn.objects.update(issuer="https://127.0.0.1:8443")

        (said,) = told(press(browser, sign_on, "test"))

        assert "not an address on the open internet" in said


def test_taking_it_away_ends_its_sessions(browser, sign_on):
    visitor, _ = come()

    browser.post(page_of(sign_on, "delete"), {"post": "yes"})

    assert not SignOn.objects.exists() and not SocialAccount.objects.exists()
    assert not is_in(visitor)
    assert Event.objects.filter(type="sign_on.removed").exists()
