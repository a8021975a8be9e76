"""Card numbers that nobody guesses and that notice slips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.membership.cards import check_digit, is_card_number, new_card_number


@pytest.mark.parametrize("number", ["4111111111111111", "1000000000000008", "5500005555555559"])
def test_numbers_known_to_be_good_are_taken(number):
    assert is_card_number(number)


ARABIC = "4111111111111111".translate({ord(str(n)): 0x660 + n for n in range(10)})


@pytest.mark.parametrize("number", ["", "4111111111111112", "411111111111111", "41111111111111111", ARABIC])
def test_anything_else_is_not_a_card_number(number):
    assert not is_card_number(number)


def test_new_numbers_are_good_and_differ():
    numbers = {new_card_number() for _ in range(1000)}

    assert len(numbers) == 1000
    assert all(is_card_number(number) for number in numbers)


@given(st.from_regex(r"[0-9]{15}", fullmatch=True), st.integers(0, 15), st.integers(1, 9))
def test_a_slip_of_one_digit_is_noticed(payload, place, slip):
    number = payload + check_digit(payload)

    slipped = number[:place] + str((int(number[place]) + slip) % 10) + number[place + 1 :]

    assert is_card_number(number) and not is_card_number(slipped)
