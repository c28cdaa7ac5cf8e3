"""Tests of reactions: one emoji of any year, and no way to put anything else on a screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.emoji import MAX_CODE_POINTS, is_emoji
from roomcli.protocol.people import REACTIONS
from roomcli.protocol.text import cleaned
from tests.roomcli.protocol.test_text import ANY_TEXT

BASES = st.sampled_from("😀👏❤☺⚽🦊🪿🫡©🏳")
TONES = st.sampled_from(["", "\ufe0f", "🏻", "🏿"])
FLAGS = st.sampled_from(["🇸🇪", "🇺🇳"])
ELEMENTS = st.builds(str.__add__, BASES, TONES) | FLAGS
EMOJI = st.lists(ELEMENTS, min_size=1, max_size=3).map("\u200d".join)


@pytest.mark.parametrize("reaction", REACTIONS)
def test_the_fixed_reactions_are_emoji(reaction: str) -> None:
    assert is_emoji(reaction)
    assert cleaned(reaction, 16) == reaction


@given(EMOJI)
def test_sequences_are_one_emoji_and_pass_the_rules_of_text(emoji: str) -> None:
    assert is_emoji(emoji)
    assert unicodedata.normalize("NFC", emoji) == emoji


@given(EMOJI, EMOJI)
def test_two_are_not_one(one: str, other: str) -> None:
    assert not is_emoji(one + other)
    assert not is_emoji(f"{one} {other}")


@given(
    EMOJI,
    st.sampled_from(["\u200d", "\ufe0f\ufe0f", "\u20e3", "\u0301", "\u202e", "\x1b", "a", "\n"]),
)
def test_nothing_may_hang_on_it(emoji: str, more: str) -> None:
    assert not is_emoji(emoji + more)
    assert not is_emoji(more + emoji)


@given(ANY_TEXT)
def test_what_is_no_emoji_to_the_eye_is_none(text: str) -> None:
    if is_emoji(text):
        assert 1 <= len(text) <= MAX_CODE_POINTS
        assert not any(unicodedata.category(each) in ("Cc", "Co", "Cs", "Zs") for each in text)
        assert not any(each.isalpha() and each.isascii() for each in text)


@pytest.mark.parametrize(
    "text", ["", " ", "1", "#", "1\u20e3", "🇸", "🇸🇪🇸", "🏽", "\u200d", "\ufe0f"]
)
def test_parts_alone_are_none(text: str) -> None:
    assert not is_emoji(text)


@pytest.mark.parametrize(
    "text", ["1\ufe0f\u20e3", "#\ufe0f\u20e3", "👨🏻\u200d👩🏼\u200d👧🏽\u200d👦🏾"]
)
def test_keycaps_and_families_are(text: str) -> None:
    assert is_emoji(text)
    assert cleaned(text, 16) == text


def test_there_is_an_end_to_it() -> None:
    chain = "\u200d".join("😀" * 6)
    assert len(chain) == 11
    assert is_emoji(chain)
    assert not is_emoji(f"{chain}\u200d😀")
