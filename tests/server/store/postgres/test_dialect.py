"""Tests that PostgreSQL gets the tables' SQL without what is SQLite's alone."""

from __future__ import annotations

import pytest

from server.store.postgres.dialect import translated


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "SELECT id FROM keyrings NOT INDEXED WHERE id = ?",
            "SELECT id FROM keyrings WHERE id = %s",
        ),
        ("SELECT room FROM seats INDEXED BY seats_by_room", "SELECT room FROM seats"),
        ("sum(length(CAST(message AS BLOB)))", "sum(length(convert_to(message, 'UTF8')))"),
        ("a LIKE 'x%' AND b = ?", "a LIKE 'x%%' AND b = %s"),
    ],
)
def test_a_statement_is_translated(statement: str, expected: str) -> None:
    assert translated(statement) == expected.encode()
