"""Tests of what is known of a room: own state, who speaks, what is asked and done."""

from __future__ import annotations

import pytest

from roomcli.frontends.model.room_model import OwnState, RoomModel
from roomcli.frontends.words.happenings import Happening
from roomcli.frontends.words.measures import loudness, quality, stepped
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.adjustment import Adjustment, VoicesAdjusted
from roomcli.protocol.people import Role

from ....support.fake_room import WALL, YOU, entered
from ....support.seats import hand_raised, someone

ME = someone(YOU, "Robin Keller")
OPEN = local.Microphone(open=True)
SHUT = local.Microphone(open=False)
BROKEN = local.Connection(state="reconnecting")


@pytest.mark.parametrize(
    ("role", "pressed", "events", "own"),
    [
        ("listener", False, (), OwnState.LISTENING),
        ("listener", False, (hand_raised(ME, at=WALL),), OwnState.HAND_RAISED),
        ("speaker", False, (), OwnState.MUTED),
        ("speaker", True, (), OwnState.OPENING),
        ("speaker", True, (e.Unmuted(id=YOU),), OwnState.OPENING),
        ("speaker", True, (OPEN,), OwnState.ON_AIR),
        ("speaker", True, (OPEN, e.Muted(id=YOU)), OwnState.ON_AIR),  # the engine's word counts
        ("speaker", True, (OPEN, SHUT), OwnState.MUTED),
        ("speaker", True, (e.Refused(command="unmute", code="x", text="no"),), OwnState.MUTED),
        ("speaker", True, (e.Refused(command="react", code="x", text="no"),), OwnState.OPENING),
        ("speaker", True, (e.Silenced(id=YOU, by="ANN1"),), OwnState.SILENCED),
        (
            "speaker",
            True,
            (e.Silenced(id=YOU, by="ANN1"), e.SilenceLifted(id=YOU, by="ANN1")),
            OwnState.MUTED,
        ),
        ("speaker", True, (e.Silenced(id="ben1", by="ANN1"),), OwnState.OPENING),
        ("speaker", True, (e.StageLeft(id=YOU, by="ANN1"),), OwnState.LISTENING),
        ("speaker", True, (BROKEN,), OwnState.RECONNECTING),
        ("speaker", True, (OPEN, local.Left(code="x", text="", exit_code=1)), OwnState.MUTED),
    ],
)
def test_own_state(
    role: Role, pressed: bool, events: tuple[local.ChannelEvent, ...], own: OwnState
) -> None:
    model = entered(role)
    model.opening = pressed
    for event in events:
        model.receive(event, 101.0, WALL)
    assert model.own is own


def test_before_the_room_is_known_one_is_entering() -> None:
    assert RoomModel().own is OwnState.CONNECTING


def test_who_speaks_is_held_for_a_moment() -> None:
    model = entered("speaker", local.Levels(microphone=-20, speakers={"ann1": -20, "cho1": -60}))
    assert model.is_speaking("ann1", 100.5)
    assert not model.is_speaking("ann1", 101.0)
    assert not model.is_speaking("cho1", 100.0)
    assert not model.is_speaking("nobody", 100.0)
    model.receive(local.Levels(microphone=-127, speakers={"dee1": -10}), 100.0, WALL)
    assert not model.is_speaking("dee1", 100.0), "who is silenced does not speak"
    assert not model.is_speaking(YOU, 100.0), "one's own level counts on air only"
    model.receive(e.SpeakerDropped(id="ann1", kept_until=WALL + 30), 100.1, WALL)
    assert not model.is_speaking("ann1", 100.2)


def test_own_voice_shows_on_air() -> None:
    model = entered("speaker", OPEN, local.Levels(microphone=-20))
    assert model.is_speaking(YOU, 100.0)
    assert model.level(YOU, 100.0) == -20


def test_reactions_add_up_and_fade() -> None:
    model = entered("listener", e.Pulse(audience=4, reactions={"👏": 2}))
    model.receive(e.Pulse(audience=4, reactions={"👏": 3}), 102.0, WALL)
    assert model.floating(103.0) == {"👏": 5}
    assert model.floating(106.1) == {}


def test_a_request_to_unmute_fades_and_is_settled_by_opening() -> None:
    asked = e.AskedToUnmute(by="ANN1")
    model = entered("speaker", asked)
    assert model.asked(101.0) == "ANN1"
    assert model.asked(161.0) is None
    assert entered("speaker", asked, OPEN).asked(101.0) is None
    assert entered("speaker", asked, e.StageLeft(id=YOU)).asked(101.0) is None


def test_measures_in_words() -> None:
    words = [quality(rtt) for rtt in (None, 20, 100, 200, 900)]
    assert words == ["measuring", "excellent", "good", "fair", "poor"]
    assert [stepped(level, 4) for level in (-127, -22, -20, -3, 0)] == [-127, -20, -20, 0, 0]
    assert [loudness(level) for level in (-127, -58, -35, -12, 0)] == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize(
    ("events", "ending"),
    [
        ((), False),
        ((e.TurnEnding(id=YOU, ends_at=WALL),), True),
        ((e.TurnEnding(id="ann1", ends_at=WALL),), False),
        ((e.TurnEnding(id=YOU, ends_at=WALL), e.TurnSet(id=YOU, ends_at=WALL + 60)), False),
        ((e.TurnEnding(id=YOU, ends_at=WALL), e.TurnSet(id="ann1", ends_at=WALL)), True),
        ((e.TurnEnding(id=YOU, ends_at=WALL), e.StageLeft(id=YOU, reason="time")), False),
    ],
)
def test_the_end_of_ones_own_turn(events: tuple[local.ChannelEvent, ...], ending: bool) -> None:
    assert entered("speaker", *events).own_turn_ending is ending


def test_talk_times() -> None:
    model = entered("speaker", e.Pulse(audience=4, spoken={"ann1": 800.0}))
    assert [model.spoken(id) for id in ("ann1", "ben1", "fay1", "p0")] == [800.0, 312.0, 40.0, 0.0]


def test_what_is_done_is_told_where_nothing_else_tells_it() -> None:
    model = entered("listener")
    report, plain = model.prepared(c.Report(id="ann1")), model.prepared(c.RaiseHand())
    assert plain.ref is None
    assert report.ref is not None
    assert model.receive(e.Done(ref=report.ref + 1), 1.0, WALL) is None
    done = model.receive(e.Done(ref=report.ref), 1.0, WALL)
    assert done == Happening("Reported to the server's admins")
    assert model.receive(e.Done(ref=report.ref), 1.0, WALL) is None


def test_requests_that_nobody_answers_are_forgotten() -> None:
    model = entered("listener")
    refs = [model.prepared(c.Report(id="ann1")).ref for _ in range(101)]
    first, last = refs[0], refs[-1]
    assert first is not None
    assert last is not None
    assert model.receive(e.Done(ref=first), 1.0, WALL) is None
    assert model.receive(e.Done(ref=last), 1.0, WALL) is not None


def test_a_moderator_hears_of_what_only_others_see() -> None:
    model = entered("host")
    for command, text in (
        (c.AskToUnmute(id="ben1"), "Ben Okafor (co-host) is asked to speak"),
        (c.GiveTime(id="cho1"), "Cho Min-seo has more time"),
    ):
        ref = model.prepared(command).ref
        assert ref is not None
        assert model.receive(e.Done(ref=ref), 1.0, WALL) == Happening(text)


def test_a_press_for_the_microphone_shows_until_it_is_answered() -> None:
    model = entered("speaker")
    assert model.prepared(c.Unmute(lease=True)) == c.Unmute(lease=True)
    assert model.own is OwnState.OPENING


def test_how_one_hears_people_is_told_once_and_not_when_they_go_out_of_view() -> None:
    model = entered("listener")
    assert model.view is not None
    ann, robin = (model.view.people[id] for id in ("ANN1", "YOU1"))
    quiet = Adjustment(volume=50, noise_suppressed=True)
    for voices, line in (
        ({ann.key: quiet}, "You hear Ann Lindqvist (host) at 50 % with noise suppressed"),
        ({ann.key: quiet}, None),
        (
            {ann.key: quiet, robin.key: Adjustment(muted=True)},
            "Robin Keller (you) is muted for you",
        ),
        ({}, None),
        ({ann.key: quiet}, "You hear Ann Lindqvist (host) at 50 % with noise suppressed"),
        ({ann.key: Adjustment()}, "You hear Ann Lindqvist (host) as sent"),
        ({"f" * 32: Adjustment(muted=True)}, "Somebody is muted for you"),
    ):
        happening = model.receive(VoicesAdjusted(voices=voices), 0.0, 0.0)
        assert (happening.text if happening is not None else None) == line
        assert model.adjustment_of(ann) == voices.get(ann.key, Adjustment())
