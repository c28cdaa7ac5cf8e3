"""Tests of a participant's copy of the moderation log, which shows that a log was rewritten."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.model.room_model import RoomModel
from roomcli.frontends.words.happenings import Happening
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.moderation_log import LogEntry, root, sealed
from roomcli.protocol.people import Person
from roomcli.protocol.view import RoomView

from ....support.fake_room import OPENED_AT, WALL, YOU, entered, make_view

ANN = Person("ann1", "Ann Lindqvist")


def back(view: RoomView, *, resumed: bool = True) -> e.Joined:
    """Make the answer after a lost connection, resumed or anew."""
    return e.Joined(room="standup", you=YOU, view=view, server_time=WALL, resumed=resumed)


def entry(number: int, previous: str, action: str = "lock") -> LogEntry:
    """Make a sealed entry."""
    return sealed(LogEntry(number=number, at=WALL, action=action, actor=ANN, previous=previous))


ROOT = root("standup", OPENED_AT)
FIRST = entry(1, ROOT)
SECOND = entry(2, FIRST.hash, "unlock")
THIRD = entry(3, SECOND.hash)
FORGED = entry(2, FIRST.hash, "ban")


def logged(entry: LogEntry) -> e.ModerationLogged:
    """Make the event with which the server tells an entry."""
    return e.ModerationLogged(entry=entry, log=entry.hash)


def page(*entries: LogEntry, more: bool = False) -> e.LogPage:
    """Make a page of the log."""
    return e.LogPage(entries=entries, opened_at=OPENED_AT, more=more)


def locked(head: str) -> e.RoomLocked:
    """Make any event that carries this head of the log."""
    return e.RoomLocked(by="ANN1", log=head)


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ((logged(FIRST), locked(FIRST.hash), logged(SECOND)), None),
        ((locked(ROOT), logged(FIRST), page(FIRST)), None),
        ((logged(FIRST), page(FIRST, more=True), logged(SECOND), page(SECOND)), None),
        ((locked(""),), None),
        ((logged(SECOND),), "entry 2 does not follow from the one before"),
        ((logged(replace(FIRST, reason="no")),), "entry 1 is not what was written"),
        ((locked(SECOND.hash),), "its newest entry was never told"),
        ((logged(FIRST), logged(SECOND), page(FIRST, FORGED)), "entry 2 is not what was told"),
        ((logged(FIRST), page(FORGED)), "it does not end with the entry that was told last"),
        ((logged(FIRST), logged(SECOND), page(FIRST)), "it does not end with the entry"),
        ((logged(FIRST), page(entry(1, "0" * 32))), "entry 1 is not what was told before"),
        ((page(entry(1, "0" * 32), more=True),), "entry 1 does not follow"),
        (
            (page(FIRST, replace(SECOND, reason="no"), more=True),),
            "entry 2 is not what was written",
        ),
        ((page(FIRST, entry(2, ROOT), more=True),), "entry 2 does not follow"),
    ],
)
def test_a_rewritten_log_is_found_out(
    events: tuple[local.ChannelEvent, ...], fault: str | None
) -> None:
    model = entered("listener")
    lines = [model.receive(event, 1.0, WALL) for event in events]
    if fault is None:
        assert model.log_fault is None
        return
    assert model.log_fault is not None
    assert model.log_fault.startswith(f"The moderation log was rewritten: {fault}")
    assert lines[-1] == Happening(model.log_fault, "loud")
    assert model.receive(logged(THIRD), 1.0, WALL) != lines[-1], "it is said once"


def test_an_absence_hides_no_rewriting() -> None:
    model = entered("listener", logged(FIRST), logged(SECOND))
    assert model.view is not None
    forged = entry(3, FORGED.hash)
    model.receive(back(replace(model.view, log=forged.hash)), 1.0, WALL)
    assert model.log_fault is None, "what happened meanwhile is not known yet"
    model.receive(page(FIRST, FORGED, forged), 1.0, WALL)
    assert model.log_fault is not None


def test_after_an_absence_the_log_goes_on() -> None:
    model = entered("listener", logged(FIRST))
    assert model.view is not None
    model.receive(back(replace(model.view, log=SECOND.hash)), 1.0, WALL)
    model.receive(page(FIRST, more=True), 1.0, WALL)
    assert model.log_fault is None, "nothing can be said of what is not here yet"
    model.receive(logged(THIRD), 1.0, WALL)
    assert [each.number for each in model.log] == [1, 3]
    model.receive(page(FIRST, SECOND, THIRD), 1.0, WALL)
    assert [each.number for each in model.log] == [1, 2, 3]
    assert model.log_fault is None
    assert model.opened_at == OPENED_AT


def test_a_head_that_was_told_once_must_stay_in_the_log() -> None:
    model = RoomModel()
    view = replace(make_view("listener", 4, WALL), log=FORGED.hash)
    model.receive(back(view, resumed=False), 1.0, WALL)
    model.receive(back(replace(view, log=SECOND.hash)), 1.0, WALL)
    model.receive(page(FIRST, SECOND), 1.0, WALL)
    assert model.log_fault is not None
    assert model.log_fault.endswith("an entry that was told before is gone")


def test_a_room_that_was_opened_anew_has_another_log() -> None:
    model = entered("listener", logged(FIRST))
    view = replace(make_view("listener", 4, WALL), log=root("standup", OPENED_AT + 1))
    first = entry(1, view.log)
    model.receive(back(view, resumed=False), 1.0, WALL)
    model.receive(logged(first), 1.0, WALL)
    model.receive(e.LogPage(entries=(first,), opened_at=OPENED_AT + 1), 1.0, WALL)
    assert model.log_fault is None
    assert model.log == [first]
