"""Tests of the log's lines, for people and for machines."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from server.log_lines import JsonLines, TextLines


def record(text: str, *values: Any, failed: bool = False) -> logging.LogRecord:
    """Return what a call of a logger makes, perhaps while an error is handled."""
    info = None
    if failed:
        try:
            raise ValueError("no \x1b[31mnumber")
        except ValueError:
            info = sys.exc_info()
    made = logging.LogRecord("server.rooms", logging.ERROR, __file__, 1, text, values, info)
    made.created = 1_700_000_000.25
    return made


def parse(line: str) -> Any:
    """Return what is in a line for machines."""
    assert "\n" not in line
    return json.loads(line)


def test_a_line_for_machines_has_its_values_by_name() -> None:
    line = JsonLines().format(record("%(key)s left %(room)s", {"key": "ab", "room": "standup"}))
    assert parse(line) == {
        "at": "2023-11-14T22:13:20.250+00:00",
        "level": "error",
        "logger": "server.rooms",
        "text": "ab left standup",
        "key": "ab",
        "room": "standup",
    }


def test_no_value_hides_what_every_line_has() -> None:
    said = parse(JsonLines().format(record("%(text)s", {"text": "x", "level": "debug"})))
    assert (said["text"], said["level"]) == ("x", "error")


def test_a_line_without_names_has_its_text_alone() -> None:
    assert parse(JsonLines().format(record("%d of %s", 3, "five")))["text"] == "3 of five"


def test_an_error_stays_in_its_line_for_machines() -> None:
    said = parse(JsonLines().format(record("it failed", failed=True)))
    assert said["text"] == "it failed"
    assert said["error"].startswith("Traceback")
    assert "ValueError" in said["error"]


def test_what_strangers_wrote_breaks_no_line_and_moves_no_cursor() -> None:
    strange = "one\ntwo\r\x1b[2J\x9b1A\u2028three\ud800"
    line = TextLines().format(record("%s said", strange))
    assert line.isprintable()
    assert line.endswith(r"one\ntwo\r\x1b[2J\x9b1A\u2028three\ud800 said")
    assert " ERROR " in line
    assert parse(JsonLines().format(record("%s said", strange)))["text"] == f"{strange} said"


def test_a_traceback_for_people_has_lines_of_its_own_and_no_escapes() -> None:
    first, *rest = TextLines().format(record("it failed", failed=True)).split("\n")
    assert first.endswith("it failed")
    assert rest[0].startswith("Traceback")
    assert rest[-1] == r"ValueError: no \x1b[31mnumber"
