"""Tests of what a reply shows of the message that it answers."""

from __future__ import annotations

import pytest

from roomcli.frontends.words.quotes import QUOTED, first_words, quote

from ....support.seats import chat_message, someone

ANN = someone("ann1", "Ann Lindqvist")


def test_a_quote_is_who_and_the_first_words() -> None:
    messages = {number: chat_message(ANN, number, f"soup {number}", 2e9) for number in (7, 9)}
    assert quote(9, messages) == "Ann Lindqvist: soup 9"
    assert quote(8, messages) == "a message that was taken out"
    assert quote(6, messages) == "an earlier message"


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("short", "short"),
        ("x" * QUOTED, "x" * QUOTED),
        ("word " * 30, "word " * 11 + "word…"),
        ("x" * 100, "x" * (QUOTED - 1) + "…"),
    ],
)
def test_first_words_end_with_a_word(text: str, begun: str) -> None:
    assert first_words(text) == begun
