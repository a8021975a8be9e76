"""Which passwords are refused, and how those that are taken lie in the table."""

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password

from loyalty import settings as shipped
from loyalty.errors import Invalid
from loyalty.identity import tokens
from loyalty.identity.models import Person
from loyalty.identity.passwords.known import HASH_BYTES, is_known, packed, stems
from loyalty.identity.passwords.resetting import check_password_is_fit

PASSWORD = "correct horse battery"


def codes_against(password, person=None):
    try:
        check_password_is_fit(password, person or Person(email="dora.maar@example.com", name="Dora Maar"))
    except Invalid as weak:
        assert {mistake["pointer"] for mistake in weak.errors} == {"/password"}
        return {mistake["code"] for mistake in weak.errors}
    return set()


@pytest.mark.parametrize(
    "password", ["correct horse battery", "purple-kettle-92", "xK9#mQ2vLp7w", "gardenspoon1987", "söndagsmorgon i maj"]
)
def test_a_password_of_ones_own_is_taken(password):
    assert codes_against(password) == set()


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiop",
        "1q2w3e4r5t",
        "MANCHESTER",
        "Manchester2024!",
        "m4nch3ster99",
        "P@ssw0rd2024!",
        "passwordpassword",
        "!!iloveyou!!",
    ],
)
def test_a_password_from_a_breach_is_refused_in_every_dress(password):
    assert "password-known" in codes_against(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password-too-short"),
        ("aaaaaaaabbbb", "password-of-few-characters"),
        ("848362957103", "password-entirely-numeric"),
        ("doramaar2026!", "password-of-own-words"),
        ("Maar12345678", "password-of-own-words"),
        ("Loyalty-2026", "password-of-own-words"),
        ("dora.maar@example.com", "password-too-similar"),
    ],
)
def test_a_password_that_others_would_try_for_this_person_is_refused(password, code):
    assert code in codes_against(password)


def test_the_name_of_the_brand_one_works_for_is_no_password(barista):
    assert "password-of-own-words" in codes_against("C4fe-2026-!!", barista)


def test_the_list_is_sorted_and_holds_no_password_in_words():
    content = packed(["abc", "xyz", "abc"])

    assert len(content) == 2 * HASH_BYTES
    assert content[:HASH_BYTES] < content[HASH_BYTES:]
    assert is_known("basketball") and not is_known("basketball over kettle")
    assert "troubador" in stems("Tr0ub4dor&3")


def test_passwords_are_hashed_with_argon2id_in_memory_that_hurts_a_guesser(settings):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS

    encoded = make_password(PASSWORD)

    told = identify_hasher(encoded).decode(encoded)
    assert told["algorithm"] == "argon2"
    assert encoded.startswith("argon2$argon2id$")
    # No less than OWASP's least: 19 MiB, two passes.
    assert told["memory_cost"] >= 19 * 1024
    assert told["time_cost"] >= 2


def test_an_older_hash_is_replaced_when_its_owner_logs_in(settings, ana):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    Person.objects.filter(id=ana.person_id).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))

    tokens.log_in("ana@example.com", PASSWORD)

    assert Person.objects.get(id=ana.person_id).password.startswith("argon2$argon2id$")
