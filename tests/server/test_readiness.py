"""Tests of whether a server says that newcomers are let in."""

from __future__ import annotations

from server.readiness import Readiness


def test_newcomers_are_let_in_from_start_to_stop_unless_too_much_waits() -> None:
    waits = [False]
    readiness = Readiness(lambda: waits[0])
    assert "starting" in readiness.why_not
    readiness.note_start()
    assert readiness.why_not == ""
    waits[0] = True
    assert "disk" in readiness.why_not
    waits[0] = False
    assert readiness.why_not == ""
    readiness.note_stop()
    assert "stopping" in readiness.why_not
