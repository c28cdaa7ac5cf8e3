"""Tests that docs/architecture.md shows the microphone as the engine has it."""

from __future__ import annotations

from roomcli.engine.microphone import MicrophoneCause

from .make_microphone import PAGE, page_with, table


def test_the_table_is_the_engines_own() -> None:
    page = PAGE.read_text()
    assert page == page_with(table(), page), "run python -m tests.docs.make_microphone"
    assert all(f"| {cause.value} |" in page for cause in MicrophoneCause)
