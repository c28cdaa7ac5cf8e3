"""Tests of the words of a text."""

from __future__ import annotations

import pytest

from server.finding.words import words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José ÁLVAREZ", "jose alvarez"),
        ("Søren Ærø", "soren aero"),
        ("Łukasz", "lukasz"),
        ("STRASSE", "straße"),
        ("\uff21\uff22\uff23 \uff11\uff12", "abc 12"),
        ("friday-talks_2027", "friday talks 2027"),
        ("I\u0307stanbul", "istanbul"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645",
        ),
    ],
)
def test_words_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


def test_marks_that_change_a_word_stay() -> None:
    assert words_of("हिन्दी") == ("हिन्दी",)
    assert words_of("が") != words_of("か")


def test_a_text_without_words_has_none() -> None:
    assert words_of(" ·… 👏 !") == ()
    assert words_of("one, two, one") == ("one", "two")
