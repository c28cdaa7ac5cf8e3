"""Tests of what is printed where letters are lacking."""

from __future__ import annotations

import pytest

from roomcli.frontends.plain.output import spelled
from roomcli.frontends.words.applause import TIMES


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (
            f"3 {TIMES} 👏, 1 {TIMES} ❤️",
            "ascii",
            "3 x (clapping hands sign), 1 x (heavy black heart)",
        ),
        ("café… “so” \N{EN DASH} Straße", "ascii", 'cafe... "so" - Strasse'),
        ("5 €, 5 £", "ascii", "5 (euro sign), 5 (pound sign)"),
        ("5 £, café", "latin-1", "5 £, café"),
        ("Привет", "ascii", r"\u041f\u0440\u0438\u0432\u0435\u0442"),
        ("Привет 👏", "utf-8", "Привет 👏"),
        ("\ud800", "utf-8", r"\ud800"),
    ],
)
def test_what_an_encoding_lacks_is_said_in_other_words(text: str, encoding: str, said: str) -> None:
    assert spelled(text, encoding) == said
