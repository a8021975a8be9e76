"""The proof: a person of whom something lies everywhere is erased, and a dump of the database holds none of it."""

import pytest
from django.core.management import call_command

from loyalty.testing.dumps import dump, found_in
from loyalty.tests import somebody as planted
from loyalty.tests.somebody import LITERALS

pytestmark = pytest.mark.django_db(transaction=True)

SEALED = {
    "zqappqz",
    "zqletterqz",
    "+31687654321",
    "687654321",
    "1984-02-29",
    "9731 QX",
    "Quillmonde",
    "Lavender Lane 77b",
}
"""What no table shows: it lies encrypted."""


@pytest.fixture
def somebody(cafe, beans, ana_beans, ben_beans, manager, barista, api):
    return planted.build(cafe, beans, ben_beans, manager, barista, api)


def erase(somebody, **more) -> None:
    call_command("erase_member", str(somebody.member.pk), reason="asked in writing", **more)


def test_nothing_of_an_erased_person_is_left_in_the_database(somebody, capsys):
    words = [*LITERALS, *somebody.marks]
    before = dump()
    keys = [bytes(somebody.member.data_key).hex(), bytes(somebody.person.data_key).hex()]
    assert all(key in before for key in keys)
    # None of the words is missing for having never been there.
    assert set(words) - found_in(before, words) <= SEALED

    erase(somebody)

    after = dump()
    assert found_in(after, words) == set()
    assert not any(key in after for key in keys)
    call_command("seal_ledger")
    call_command("reconcile_ledger")
    call_command("verify_ledger")
    assert "all hold" in capsys.readouterr().out
