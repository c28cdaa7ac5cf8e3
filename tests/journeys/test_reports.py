"""Tests of a report from the room to the admin's ear: what it holds, and what is heard."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from roomcli.audio.levels import decibels
from roomcli.audio.samples import FRAME, RATE, Samples
from roomcli.cli.evidence import ReportedVoice
from roomcli.protocol import commands as c
from roomcli.protocol.audio import BundleEntry, Flags
from roomcli.protocol.people import Person
from server.rooms import last_minute
from server.rooms.last_minute import LAST_SECONDS, LastMinute
from server.rooms.reports import CHAT_IN_REPORT, evidence_of, join_heard, report_on
from server.rooms.rules.participants import Participant
from server.rooms.rules.state import RoomState
from server.store.reports import Frame

from ..support.evidence import ANN, BEN, entries, line, message, spoken, tone

CARLA = Person("carla", "Carla")
NOW = 1_000_060.0


def level(sound: Samples, begins: float, ends: float) -> float:
    return decibels(sound[int(begins * RATE) : int(ends * RATE)])


def pitch(sound: Samples, begins: float, ends: float) -> float:
    part = sound[int(begins * RATE) : int(ends * RATE)]
    return float(np.argmax(np.abs(np.fft.rfft(part))) * RATE / len(part))


# The last minute.


def test_the_last_minute_is_a_minute() -> None:
    heard = LastMinute()
    for second in range(100):
        heard.add(float(second), "ann", b"frame")
    kept = heard.since(0.0)
    assert [kept[0][0], kept[-1][0]] == [99 - LAST_SECONDS, 99.0]
    assert [at for at, _, _ in heard.since(97.5)] == [98.0, 99.0]
    heard.drop_before(98.0)
    assert [at for at, _, _ in heard.since(0.0)] == [98.0, 99.0]
    heard.drop_before(float("inf"))
    assert heard.since(0.0) == []


def test_the_last_minute_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_minute, "MAX_BYTES", 100)
    heard = LastMinute()
    for number in range(50):
        heard.add(1.0 + number / 1000, "ann", bytes([number]) * 30)
    assert [entry[0] for _, _, entry in heard.since(0.0)] == [47, 48, 49]  # the newest
    heard.drop_before(float("inf"))
    heard.add(2.0, "ann", bytes(100))
    assert len(heard.since(0.0)) == 1  # what was forgotten counts no more


# What a report takes along.


def room() -> RoomState:
    opened = RoomState.new("standup", "open", owner=ANN.key, at=1_000_000.0)
    return replace(
        opened,
        people={each.id: each for each in (ANN, BEN, CARLA)},
        seats={"ann": ("ann",), "ben": ("ben",)},
        participants={
            "ann": Participant("ann", ANN.id, 1.0, role="host", slot=0, generation=1),
            "ben": Participant("ben", BEN.id, 2.0),
        },
        stage=("ann",),
        departed={"carla": Participant("carla", CARLA.id, 3.0)},
        chat=tuple(message(number) for number in range(1, 80)),
    )


def test_a_report_takes_along_what_was_said_and_written() -> None:
    heard = LastMinute()
    heard.add(NOW - 61, "ann", b"too old")
    heard.add(NOW - 50, "carla", b"of who left")
    heard.add(NOW - 1, "ann", b"just now")
    heard.add(NOW, "stranger", b"of nobody we know")
    command = c.Report(id="ben", reason="spam", note="sells \x1b[31mwatches")
    made = report_on(room(), ANN, BEN, command, NOW, bytes(range(16)))
    assert (made.room, made.opened_at, made.at) == ("standup", 1_000_000.0, NOW)
    assert (made.reporter, made.reported) == (ANN, BEN)
    assert (made.reason, made.note) == ("spam", "sells watches")
    assert [(each.person, each.role) for each in made.stage] == [(ANN, "host")]
    assert made.audience == 1
    evidence = evidence_of(room(), heard.since(NOW - LAST_SECONDS), NOW)
    assert evidence.frames == [
        Frame(0, "carla", b"of who left"),
        Frame(49_000, "ann", b"just now"),
        Frame(50_000, "stranger", b"of nobody we know"),
    ]
    assert evidence.began_at == NOW - 50
    assert evidence.speakers == {"carla": CARLA, "ann": ANN}
    assert evidence.chat == tuple(map(line, range(80 - CHAT_IN_REPORT, 80)))
    again = report_on(room(), ANN, BEN, command, NOW, bytes(16))
    assert again.id != made.id
    assert evidence_of(room(), [], NOW).frames == []


def test_what_other_servers_kept_is_put_where_it_was_said() -> None:
    own = [(NOW - 50, "ann", b"first"), (NOW - 2, "ann", b"last")]
    elsewhere = [(61.0, "ben", b"too old"), (30.0, "ben", b"between"), (1.9, "ann", b"last")]
    joined = [own[0], (NOW - 30, "ben", b"between"), own[1]]
    assert join_heard(own, elsewhere, NOW) == joined


# What an admin hears.


def test_voices_are_heard_when_they_spoke() -> None:
    frames = [
        *spoken("ann", 0.0, entries(tone(300, 1.0), slot=0, media=5_000_000)),
        *spoken("ben", 3.0, entries(tone(900, 1.0), slot=1)),
        *spoken("ann", 5.0, entries(tone(300, 1.0), slot=0, media=5_000_000 + 5 * RATE)),
    ]
    voice = ReportedVoice(sorted(frames, key=lambda frame: frame.at))
    assert [
        (turn.speaker, round(turn.begins, 2), round(turn.ends, 2)) for turn in voice.turns()
    ] == [
        ("ann", 0.0, 1.0),
        ("ben", 3.0, 4.0),
        ("ann", 5.0, 6.0),
    ]
    sound = voice.mixed()
    assert len(sound) == pytest.approx(6 * RATE, abs=FRAME)
    for begins, hertz in ((0.0, 300), (3.0, 900), (5.0, 300)):
        assert level(sound, begins + 0.1, begins + 0.9) == pytest.approx(-15.05, abs=1.5)
        assert pitch(sound, begins + 0.1, begins + 0.9) == pytest.approx(hertz, abs=5)
    for begins, ends in ((1.1, 2.9), (4.1, 4.9)):
        assert level(sound, begins, ends) < -60


def test_frames_that_came_in_bursts_are_heard_without_holes() -> None:
    smooth = ReportedVoice(spoken("ann", 0.0, entries(tone(300, 2.0)))).mixed()
    # Every half second all frames since the last time come at once, and media time wraps once.
    these = entries(tone(300, 2.0), media=2**32 - RATE)
    bursts = spoken("ann", 0.0, these, late=lambda number: (24 - number % 25) * 0.02)
    np.testing.assert_array_equal(smooth, ReportedVoice(bursts).mixed())


def test_who_speaks_at_once_is_mixed_and_never_clips() -> None:
    frames = [
        *spoken("ann", 0.0, entries(tone(300, 1.0) * 3.9)),
        *spoken("ben", 0.0, entries(tone(900, 1.0) * 3.9, slot=1)),
    ]
    sound = ReportedVoice(sorted(frames, key=lambda frame: frame.at)).mixed()
    assert np.max(np.abs(sound)) <= 1.0
    spectrum = np.abs(np.fft.rfft(sound[RATE // 4 : RATE // 4 + RATE // 2]))
    loudest = {round(float(each) * 2) for each in np.argsort(spectrum)[-2:]}
    assert loudest == {300, 900}


def test_a_clock_that_jumps_moves_nobody_out_of_place() -> None:
    sound, little = tone(300, 0.2), RATE // 2
    first, elsewhere = 2**32 - 1000, 2**31  # the first wraps
    frames = [
        *spoken("ann", 0.0, entries(sound, media=first)),
        *spoken("ann", 1.0, entries(sound, media=first + little, flags=Flags.DISCONTINUITY)),
        *spoken("ann", 2.0, entries(sound, media=elsewhere)),  # far off without a word
        *spoken("ann", 3.0, entries(sound, slot=3, media=elsewhere + little)),
        *spoken("ann", 4.0, entries(sound, slot=3, media=elsewhere + little + RATE)),  # right
    ]
    turns = ReportedVoice(frames).turns()
    assert [round(turn.begins, 2) for turn in turns] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert len(ReportedVoice(frames).mixed()) == pytest.approx(4.2 * RATE, abs=FRAME)


def test_what_is_no_voice_is_passed_over() -> None:
    broken = BundleEntry(0, 1, 0, 0, Flags.NONE, -10, b"\xff\xff no Opus").encode()
    frames = [
        Frame(0, "ben", b"cut"),
        Frame(20, "ben", b""),
        Frame(30, "carla", broken),
        *spoken("ann", 1.0, entries(tone(300, 0.4))),
    ]
    voice = ReportedVoice(frames)
    assert [turn.speaker for turn in voice.turns()] == ["carla", "ann"]
    assert level(voice.mixed(), 1.1, 1.3) == pytest.approx(-15.05, abs=1.5)
    assert len(ReportedVoice([]).mixed()) == 0
