"""Entering the portal by e-mail address and password: who gets in, where to, and what others learn."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from loyalty.identity.models import Person, Staff
from loyalty.identity.signin.tests.pages import HOME, PASSWORD, SIGN_IN, is_in, sign_in

REFUSED = "The e-mail address and the password do not belong together."


def refusal(answer) -> str:
    return " ".join(answer.context["form"].non_field_errors())


def test_staff_enter_and_go_where_they_were_going(manager):
    browser = Client()

    led = browser.get("/admin/loyalty/member/?q=ana")
    login = browser.get(led.headers["Location"]).headers["Location"]
    answer = browser.post(login, {"login": "MANAGER@example.com", "password": PASSWORD})

    assert led.headers["Location"].startswith("/admin/login/?next=")
    assert login.startswith(SIGN_IN)
    assert answer.headers["Location"] == "/admin/loyalty/member/?q=ana"
    assert is_in(browser)


def test_without_a_place_to_go_one_comes_home(manager, operator):
    assert sign_in("manager@example.com", going="")[1].headers["Location"] == HOME
    assert sign_in("operator@example.com", going="")[1].headers["Location"] == HOME


@pytest.mark.parametrize(
    "going",
    ["https://evil.example/", "//evil.example/", "http:///evil.example", "javascript:alert(1)", "https://a.localhost/"],
)
def test_nobody_is_led_to_another_site(manager, going):
    assert sign_in("manager@example.com", going=going)[1].headers["Location"] == HOME
    assert "evil" not in Client().get("/admin/login/", {"next": going}).headers["Location"].partition("next=")[2][:3]


def test_a_stranger_a_member_and_a_wrong_password_are_told_the_same(manager, ana, cafe):
    gone = Person.objects.create_user("gone@example.com", PASSWORD, is_active=False)
    Staff.objects.create(person=gone, brand=cafe)
    left = Person.objects.create_user("left@example.com", PASSWORD)
    Staff.objects.create(person=left, brand=cafe, is_active=False)

    tries = [("manager@example.com", "wrong"), ("ana@example.com", PASSWORD), ("nobody@example.com", PASSWORD)]
    tries += [("gone@example.com", PASSWORD), ("left@example.com", PASSWORD)]
    answers = [sign_in(email, password)[1] for email, password in tries]

    assert {(answer.status_code, refusal(answer)) for answer in answers} == {(200, REFUSED)}
    bodies = [answer.content.decode().replace(email, "") for answer, (email, _) in zip(answers, tries, strict=True)]
    tokens = [answer.context["csrf_token"] for answer in answers]
    assert len({body.replace(str(token), "") for body, token in zip(bodies, tokens, strict=True)}) == 1


def test_nobody_makes_a_login_for_themselves():
    assert Client().get("/accounts/signup/").status_code == 404
    assert Client().get("/accounts/3rdparty/signup/").status_code == 404


def test_signing_in_gives_the_browser_another_session(manager):
    browser = Client()
    browser.get("/admin/")
    session = browser.session
    session["kept"] = 1
    session.save()
    before = browser.cookies["sessionid"].value

    sign_in("manager@example.com", browser=browser)

    assert browser.cookies["sessionid"].value != before
    assert Client(headers={"cookie": f"sessionid={before}"}).get(HOME).status_code == 302


def test_allauth_keeps_no_address_of_its_own(manager):
    sign_in("manager@example.com")
    Client().post("/accounts/password/reset/", {"email": "manager@example.com"})

    assert EmailAddress.objects.count() == 0


def test_who_is_in_already_goes_on(manager):
    browser, _ = sign_in("manager@example.com")

    assert browser.get(SIGN_IN).headers["Location"] == HOME
    assert browser.get("/admin/login/").headers["Location"] == HOME


def test_signing_out_leads_back_to_the_sign_in_page(manager):
    browser, _ = sign_in("manager@example.com")

    assert browser.post("/admin/logout/").status_code in (200, 302)
    assert not is_in(browser)
    browser, _ = sign_in("manager@example.com", browser=browser)
    assert browser.post("/accounts/logout/").headers["Location"] == SIGN_IN
    assert not is_in(browser)
