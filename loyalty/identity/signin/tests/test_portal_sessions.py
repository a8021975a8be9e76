"""How sessions of the portal end, and what the table of them tells."""

import json
from base64 import b64decode
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from loyalty import clock
from loyalty.identity import tokens, users
from loyalty.identity.models import Person
from loyalty.identity.signin.tests.pages import HOME, is_in, sign_in


@pytest.fixture
def browser(manager):
    return sign_in("manager@example.com")[0]


def test_a_session_left_alone_ends(browser):
    start = clock.now()

    with clock.at(start + timedelta(minutes=119)):
        assert is_in(browser)
    with clock.at(start + timedelta(minutes=119 + 121)):
        assert not is_in(browser)


def test_a_session_in_use_ends_after_half_a_day(browser):
    start = clock.now()

    for hours in range(1, 12):
        with clock.at(start + timedelta(hours=hours)):
            assert is_in(browser)
    with clock.at(start + timedelta(hours=12, minutes=1)):
        assert not is_in(browser)


def test_log_out_everywhere_ends_the_portal_too(browser, manager):
    tokens.log_out_everywhere(manager.pk, actor="person:x")

    assert not is_in(browser)


def test_leaving_everywhere_from_the_portal_ends_other_browsers_and_tokens(browser, manager, as_person):
    other, api = sign_in("manager@example.com")[0], as_person(manager)

    browser.post("/accounts/logout/everywhere/")

    assert [is_in(browser), is_in(other)] == [False, False]
    assert api.get("/api/users/me").status_code == 401


def test_leaving_everywhere_takes_more_than_a_link(browser):
    assert browser.get("/accounts/logout/everywhere/").status_code == 405
    assert is_in(browser)


def test_who_is_switched_off_is_out_at_once(browser, manager, operator):
    users.change_user(operator.worker, manager, {"is_active": False})

    assert not is_in(browser)


def test_whose_last_post_ends_is_out_at_once(browser, manager):
    manager.posts.update(is_active=False)

    page = browser.get(HOME)

    assert page.headers["Location"].startswith("/admin/login/")
    assert "_auth_user_id" not in browser.session


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(browser, manager, as_person):
    other, api = sign_in("manager@example.com")[0], as_person(manager)
    new = "another horse battery"

    form = {"oldpassword": "correct horse battery", "password1": new, "password2": new}
    answer = browser.post("/accounts/password/change/", form)

    assert answer.headers["Location"] == "/accounts/2fa/"
    assert [is_in(browser), is_in(other)] == [True, False]
    assert api.get("/api/users/me").status_code == 401
    assert is_in(sign_in("manager@example.com", new)[0])


def test_the_admins_own_password_page_leads_to_ours(browser):
    assert browser.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"


def test_who_reads_the_table_learns_nothing_and_takes_nothing_over(browser, manager):
    row = Session.objects.get()
    key = browser.cookies["sessionid"].value

    assert row.session_key != key
    assert not is_in(Client(headers={"cookie": f"sessionid={row.session_key}"}))
    kept = b64decode(row.session_data)
    assert str(manager.pk).encode() not in kept
    with pytest.raises(ValueError):
        json.loads(kept)


def test_a_session_put_in_the_place_of_another_is_empty(browser, operator):
    operators, _ = sign_in("operator@example.com")
    rows = {row.session_key: row.session_data for row in Session.objects.all()}
    first, second = rows

    Session.objects.filter(pk=first).update(session_data=rows[second])

    assert [is_in(browser), is_in(operators)].count(True) == 1


def test_a_page_asks_for_the_session_the_person_and_their_posts_and_writes_nothing(browser, django_assert_num_queries):
    with django_assert_num_queries(3) as asked:
        browser.get("/accounts/login/")

    assert {query["sql"][:6] for query in asked} == {"SELECT"}


def test_the_hash_of_a_session_turns_with_password_and_version(manager):
    first = manager.get_session_auth_hash()
    manager.token_version += 1
    second = manager.get_session_auth_hash()
    manager.set_password("another horse battery")

    assert len({first, second, manager.get_session_auth_hash()}) == 3
    assert Person.objects.get(pk=manager.pk).get_session_auth_hash() == first
