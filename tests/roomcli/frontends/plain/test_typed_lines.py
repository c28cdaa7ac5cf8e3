"""Tests of typed bytes as text; that lines are read, in terminals and pipes, test_program tests."""

from __future__ import annotations

import pytest

from roomcli.frontends.plain.typed_lines import text_of


@pytest.mark.parametrize(
    ("typed", "encoding", "text"),
    [
        ("é".encode(), "utf-8", "é"),
        ("é".encode(), "ascii", "é"),
        ("\ufeffé".encode(), "utf-8", "é"),
        ("é".encode(), "latin-1", "é"),
        ("é".encode("latin-1"), "latin-1", "é"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("é".encode("latin-1"), "utf-8", None),
        ("é".encode("latin-1"), "ascii", None),
        (b"\xff\xfe\x00", "utf-8", None),
        (b"\xed\xa0\x80", "utf-8", None),
        (b"\xe9", "no such encoding", None),
    ],
)
def test_what_is_typed_is_text_or_nothing(typed: bytes, encoding: str, text: str | None) -> None:
    assert text_of(typed, encoding) == text
