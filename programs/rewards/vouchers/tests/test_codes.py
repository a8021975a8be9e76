"""Codes: by chance, checked, read case-blind and shown in groups."""

import time

from programs.rewards.vouchers.codes import ALPHABET, has_right_check, new_code, new_codes, read_code, shown


def test_a_code_has_sixteen_characters_that_can_be_read_aloud():
    code = new_code()

    assert len(code) == 16
    assert set(code) <= set(ALPHABET)
    assert not set("ILOU") & set(ALPHABET)
    assert has_right_check(code)


def test_every_single_wrong_character_is_caught():
    for code in new_codes(40):
        for place in range(16):
            for other in set(ALPHABET) - {code[place]}:
                assert not has_right_check(code[:place] + other + code[place + 1 :])


def test_every_swap_of_neighbours_is_caught_whatever_stands_in_the_code():
    """Of every two characters at every place, the rest filled by chance."""
    for place in range(15):
        for first in ALPHABET:
            for second in ALPHABET:
                if first != second:
                    code = _with(place, first, second)
                    swapped = code[:place] + second + first + code[place + 2 :]
                    assert has_right_check(code)
                    assert not has_right_check(swapped)


def test_every_swap_of_two_characters_is_caught():
    for code in new_codes(200):
        for one in range(16):
            for other in range(one + 1, 16):
                if code[one] != code[other]:
                    changed = list(code)
                    changed[one], changed[other] = code[other], code[one]
                    assert not has_right_check("".join(changed))


def test_a_hundred_thousand_codes_are_different_and_made_in_well_under_two_seconds():
    began = time.perf_counter()
    codes = new_codes(100_000)

    assert time.perf_counter() - began < 2
    assert len(set(codes)) == 100_000
    assert all(has_right_check(code) for code in codes[:1_000])


def test_what_people_type_is_read_as_it_is_stored():
    code = next(code for code in iter(new_code, None) if {"0", "1"} <= set(code))
    typed = " ".join(shown(code).lower().split("-")).replace("0", "o").replace("1", "l", 1).replace("1", "I")

    assert read_code(typed) == code
    assert read_code(shown(code)) == code


def test_a_code_is_shown_in_four_groups_of_four():
    code = new_code()

    assert shown(code) == f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}"


def test_a_brands_own_code_is_taken_by_its_letters():
    assert read_code("Loyal-10 off") == "LOYAL10OFF"
    assert shown("LOYAL10OFF") == "LOYAL10OFF"


def test_what_is_no_code_has_no_right_check():
    assert [has_right_check(text) for text in ("", "0", "0" * 15, "0" * 17, "ß" * 16, "u" * 16)] == [False] * 6


def _with(place: int, first: str, second: str) -> str:
    """A right code with these two neighbours: another character is chosen so that it checks."""
    start = new_code()
    code = start[:place] + first + second + start[place + 2 :]
    free = 0 if place > 2 else 15
    return next(right for c in ALPHABET if has_right_check(right := code[:free] + c + code[free + 1 :]))
