"""Tests of the moderation log as a room writes it: whole, chained, and seen by everybody there."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.moderation_log import LogEntry, first_fault, root, sealed
from server.rooms.rules import evolve, project, project_classes, view
from server.rooms.rules import journal as j

from .play import Play, standup
from .script import CURTAIN

EVENING = [
    "ann: make_cohost bob",
    "eve: raise_hand",
    "bob: accept_hand eve",
    "bob: silence eve too loud",
    "ann: change_settings floor_seconds=60",
    "ann: ask_to_unmute eve",
    "eve: chat well",
    "ann: remove_message 1 rude",
    "ann: make_room_invite uses=3",
    "ann: set_password a-hash",
    "75 seconds pass",
    "ann: ban eve enough",
    "ann: lock",
    "ann: leave_room",
    "60 seconds pass",
    "bob: unban eve",
    "bob drops",
    "90 seconds pass",
    "60 seconds pass",
]


def evening() -> Play:
    """Play a room from its beginning to its end."""
    play = standup()
    for line in EVENING:
        play.speak(line)
    return play


def test_what_moderators_do_is_written_down_and_what_the_server_does_for_them() -> None:
    play = evening()
    assert [(each.action, each.actor and each.actor.id, each.reason) for each in play.log] == [
        ("make_cohost", "ANN", ""),
        ("silence", "BOB", "too loud"),
        ("change_settings", "ANN", ""),
        ("lift_silence", "ANN", ""),
        ("remove_message", "ANN", "rude"),
        ("make_room_invite", "ANN", ""),
        ("set_password", "ANN", ""),
        ("turn_over", None, ""),
        ("ban", "ANN", "enough"),
        ("lock", "ANN", ""),
        ("succession", None, ""),
        ("unban", "BOB", ""),
        ("room_closed", None, ""),
    ]
    assert [each.number for each in play.log] == list(range(1, 14))
    assert first_fault(play.log, "standup", CURTAIN) is None


def test_a_log_that_was_rewritten_convicts_itself() -> None:
    log = evening().log
    changed = [replace(log[0], reason="no reason"), *log[1:]]
    assert first_fault(changed, "standup", CURTAIN) == "entry 1 is not what was written"
    assert first_fault(log[1:], "standup", CURTAIN) is not None
    assert first_fault(log, "another-room", CURTAIN) is not None


def test_a_log_that_was_made_anew_does_not_end_where_anybody_saw_it_end() -> None:
    play = evening()
    forged: list[LogEntry] = []
    for entry in play.log:
        previous = forged[-1].hash if forged else entry.previous
        text = entry.reason if entry.number > 1 else "for nothing"
        forged.append(sealed(replace(entry, previous=previous, reason=text)))
    assert first_fault(forged, "standup", CURTAIN) is None
    assert forged[-1].hash != view(play.state, "bob").log


def test_everything_that_is_told_carries_the_logs_head() -> None:
    play = standup()
    head = root("standup", CURTAIN)
    assert view(play.state, "bob").log == head
    for line in EVENING:
        events: list[j.JournalEvent] = play.events(line)
        for event in events:
            if isinstance(event, e.ModerationLogged):
                assert event.entry.previous == head
                head = event.entry.hash
            for delivery in project_classes(play.state, event):
                assert not isinstance(delivery.event, e.ViewEvent) or delivery.event.log == head
            play.state = evolve(play.state, event)
            assert play.state.log_head == head


def test_who_is_put_out_reads_of_it_first() -> None:
    play = standup()
    entry, *_, departed, _ = play.events("ann: ban bob sells watches")
    (logged,) = project(play.state, entry, "bob")
    assert isinstance(logged, e.ModerationLogged)
    assert logged.entry.reason == "sells watches"
    after = evolve(play.state, entry)
    assert "bob" in after.participants
    assert "bob" not in evolve(after, departed).participants


def test_nothing_is_written_of_what_came_to_nothing() -> None:
    play = standup()
    play.perform("""
        >> ann: unlock
        >> ann: silence ann
        << ann refused: not_allowed
        >> ann: unban bob
        >> ann: lower_all_hands
        >> ann: revoke_room_invite
        >> ann: move_to_audience bob
        >> ann: set_password password=
        >> bob: report eve
    """)
    assert play.log == []
