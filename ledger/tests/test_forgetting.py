"""Somebody is erased: their points are forfeited, their words forgotten, and the books hold as before."""

import pytest
from django.db import IntegrityError, connection, transaction

from ledger import forgetting
from ledger.errors import AccountClosed
from ledger.models import Account, Balance, Forgotten, Posting
from ledger.posting import post_one
from ledger.reconciliation import reconcile
from ledger.sealing import seal, verify
from ledger.selectors import balances
from ledger.tests.books import clean, day
from ledger.tests.test_sealing import settle, tamper
from loyalty import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def on_day_ten():
    with clock.at(day(10)):
        yield


def forfeit(book, **more):
    with transaction.atomic():
        return forgetting.forfeit([book.account_id], actor="test", **more)


def test_available_pending_and_lapsing_points_are_forfeited_at_once(book):
    book.earn(100, 0)
    book.burn(30, 0)
    book.earn(50, 1, pending=30)
    book.earn(20, 1, expires=40)
    book.earn(7, 1, expires=5)

    assert forfeit(book) == 140
    assert (book.balance, book.lots) == (0, [0, 0, 0, 0])
    assert book.history[-2:] == [("expire", -7), ("expire", -140)]
    assert clean(reconcile())


def test_points_on_hold_are_forfeited_too(book):
    book.earn(100, 0)
    book.do("hold", 60, 1, name="hold", expires_at=day(20))
    book.do("hold", 10, 1, name="ran out", expires_at=day(3))

    assert forfeit(book) == 100
    assert Balance.objects.values_list("posted", "held").get(account_id=book.account_id) == (0, 0)
    assert clean(reconcile())


def test_what_is_owed_is_written_off(book):
    book.earn(100, 0, name="earn")
    book.burn(80, 1)
    book.do("hold", 20, 1, expires_at=day(20))
    book.give_back("earn", 100, 2)
    assert book.debt == 100

    assert forfeit(book) == 0
    assert (book.balance, book.debt) == (0, 0)
    assert clean(reconcile())


def test_points_that_came_back_are_breakage_in_the_units_accounts(book, unit):
    book.earn(100, 0)
    forfeit(book)

    breakage = Account.objects.get(unit=unit, kind="breakage")
    assert (
        sum(breakage_entry.points for breakage_entry in Posting.objects.last().entries.filter(credit=breakage)) == 100
    )


def test_nothing_is_posted_to_the_account_any_more_and_repeating_changes_nothing(book):
    book.earn(100, 0)
    forfeit(book)

    with pytest.raises(AccountClosed):
        book.earn(1, 11)
    before = book.history
    assert forfeit(book) == 0
    assert book.history == before


def test_an_account_that_is_not_closed_begins_anew(book):
    book.earn(100, 0)
    assert forfeit(book, for_good=False) == 100
    book.earn(5, 11)
    assert forfeit(book, for_good=False) == 5

    assert book.balance == 0
    assert clean(reconcile())


def test_another_member_keeps_everything(book, other_book):
    book.earn(100, 0)
    other_book.earn(40, 0)
    forfeit(book)

    assert other_book.balance == 40
    assert balances([other_book.account_id])[other_book.account_id].available == 40


@pytest.fixture
def written(book):
    """Postings with words, sealed."""
    book.earn(10, 0, key="till:1", reference="R-1", data={"description": "For Ana Silva", "amount": "1.00"})
    book.burn(3, 1, key="app:ana@example.com", reference="ANA@example.com/7", data={"reward_id": "ANA@example.com"})
    book.earn(1, 2, expires=3, key="till:2", reference="R-2")
    book.sweep(5)
    settle()
    assert seal() == 4
    return book


def test_words_go_and_the_seals_hold(written):
    with transaction.atomic():
        assert forgetting.forget_words([written.account_id], ["Ana Silva", "ana@example.com"]) == 3

    words = list(Posting.objects.order_by("id").values_list("key", "reference", "data", "public_id"))
    assert [(reference, data) for _, reference, data, _ in words[:3]] == [
        ("R-1", {"amount": "1.00"}),
        (f"forgotten:{words[1][3]}", {}),
        ("R-2", {}),
    ]
    assert all(key == f"forgotten:{public_id}" for key, _, _, public_id in words[:3])
    assert words[3][0].startswith("expire:")
    assert (verify().entries, verify().broken) == (4, "")
    assert clean(reconcile())
    assert forgetting.forget_words([written.account_id], ["Ana Silva"]) == 0


def test_what_is_forgotten_before_it_is_sealed_is_sealed_all_the_same(book):
    book.earn(10, 0, key="till:1", data={"description": "For Ana"})
    forgetting.forget_words([book.account_id], ["Ana"])
    settle()

    assert seal() == 1
    assert verify().broken == ""


def test_a_percent_sign_is_no_pattern(book):
    book.earn(10, 0, reference="R-1")
    forgetting.forget_words([book.account_id], ["%", "_"])

    assert Posting.objects.get().reference == "R-1"


@pytest.mark.parametrize(
    "change",
    [
        "update ledger_posting set points = points + 1 where id = %s",
        "update ledger_posting set actor = 'person:ana' where id = %s",
        "update ledger_ledgerentry set points = points + 1 where posting_id = %s",
    ],
)
def test_a_figure_changed_under_the_cover_of_an_erasure_breaks_the_seal(written, change):
    forgetting.forget_words([written.account_id], ["Ana Silva"])
    tamper(change, Posting.objects.earliest("id").id)

    assert "an entry or its posting was changed" in verify().broken


def test_words_that_nobody_forgot_cannot_be_changed_unseen(written, other_book):
    tamper("update ledger_posting set data = '{}' where id = %s", Posting.objects.earliest("id").id)

    assert "an entry or its posting was changed" in verify().broken


@pytest.mark.parametrize("change", ["points = points + 1", "actor = 'x'", "occurred_at = now()", "kind = 'earn'"])
def test_of_a_forgotten_posting_only_the_words_can_be_changed(written, change):
    forgetting.forget_words([written.account_id], [])

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update ledger_posting set {change} where key like 'forgotten:%%'", [])


def test_nobody_says_what_the_words_were(written):
    earn = Posting.objects.earliest("id")
    Forgotten.objects.create(posting=earn, digest=b"something else")

    assert verify().broken == ""
    for change in (
        "update ledger_forgotten set digest = ''",
        "delete from ledger_forgotten",
        "truncate ledger_forgotten",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_a_key_that_was_forgotten_is_not_replayed(written):
    with transaction.atomic():
        forgetting.forfeit([written.account_id], actor="test")
        forgetting.forget_words([written.account_id], [])

    with pytest.raises(AccountClosed):
        post_one(written.move("earn", 10, 10, key="till:1"))


def test_who_is_mentioned_in_other_peoples_postings_is_forgotten_there_too(written, other_book, cafe):
    other_book.earn(5, 0, key="till:9", data={"description": "instead of ANA SILVA"})
    other_book.earn(6, 0, key="till:10", reference="Zoë", data={"description": "for nobody"})

    assert forgetting.forget_mentions(["Ana Silva", "Zoë"], brand_id=cafe.pk) == 3
    kept = Posting.objects.filter(account_id=other_book.account_id).order_by("id")
    assert [(each.points, each.reference.partition(":")[0], each.data) for each in kept] == [
        (5, "", {}),
        (6, "forgotten", {}),
    ]
    assert (verify().broken, forgetting.forget_mentions(["Ana Silva", "Zoë"])) == ("", 0)
