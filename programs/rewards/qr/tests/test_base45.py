"""Base45 as RFC 9285 has it, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.rewards.qr import base45
from programs.rewards.qr.errors import MalformedToken


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")],
)
def test_the_examples_of_the_rfc_are_written_and_read(data, text):
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.binary(max_size=400))
def test_what_was_written_is_read_again(data):
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize("text", ["GGW", ":::", "::", "A", "BB8A", "bb8", "BB8\n", "ÄB8", "B_8", "٣٣٣"])
def test_what_nobody_writes_is_not_read(text):
    with pytest.raises(MalformedToken):
        base45.decode(text)


@given(st.text(max_size=60))
def test_any_text_is_read_to_what_writes_it_or_refused(text):
    try:
        data = base45.decode(text)
    except MalformedToken:
        return

    assert base45.encode(data) == text
