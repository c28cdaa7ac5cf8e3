"""What the screens show, as pure functions: own state, speakers, words for what happened, hints."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.happenings import Happening, Moment, describe
from roomcli.frontends.room_model import OwnState, RoomModel, loudness, quality, waiting
from roomcli.frontends.tui.key_hints import ALWAYS, fitting, hints
from roomcli.frontends.tui.moderation import acts_on, everyone
from roomcli.frontends.tui.stage import columns_for
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Person, Role, Speaker
from roomcli.protocol.room import RoomView

from .fake_room import YOU, make_view

WALL = 1_800_000_000.0
ME = Person(YOU, "Robin Keller")
OPEN = local.Microphone(open=True)
SHUT = local.Microphone(open=False)
BROKEN = local.Connection(state="reconnecting")


def entered(role: Role = "speaker", *events: local.ChannelEvent, audience: int = 4) -> RoomModel:
    """A model that has joined the scripted room, and heard this since."""
    model = RoomModel()
    view = make_view(role, audience, WALL)
    joined = e.Joined(room="standup", you=YOU, view=view, server_time=WALL + 5)
    for event in (joined, *events):
        model.receive(event, 100.0, WALL)
    return model


def view_of(role: Role) -> RoomView:
    """The scripted room, seen by this role."""
    return make_view(role, 4, WALL)


@pytest.mark.parametrize(
    ("role", "pressed", "events", "own"),
    [
        ("listener", False, (), OwnState.LISTENING),
        ("listener", False, (e.HandRaised(person=ME, at=WALL),), OwnState.HAND_RAISED),
        ("speaker", False, (), OwnState.MUTED),
        ("speaker", True, (), OwnState.OPENING),
        ("speaker", True, (e.Unmuted(id=YOU),), OwnState.OPENING),
        ("speaker", True, (OPEN,), OwnState.ON_AIR),
        ("speaker", True, (OPEN, e.Muted(id=YOU)), OwnState.ON_AIR),  # the engine's word counts
        ("speaker", True, (OPEN, SHUT), OwnState.MUTED),
        ("speaker", True, (e.Refused(command="unmute", code="x", text="no"),), OwnState.MUTED),
        ("speaker", True, (e.Refused(command="react", code="x", text="no"),), OwnState.OPENING),
        ("speaker", True, (e.Silenced(id=YOU, by="ann1"),), OwnState.SILENCED),
        (
            "speaker",
            True,
            (e.Silenced(id=YOU, by="ann1"), e.SilenceLifted(id=YOU, by="ann1")),
            OwnState.MUTED,
        ),
        ("speaker", True, (e.Silenced(id="ben1", by="ann1"),), OwnState.OPENING),
        ("speaker", True, (e.StageLeft(id=YOU, by="ann1"),), OwnState.LISTENING),
        ("speaker", True, (BROKEN,), OwnState.MUTED),
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
    model = entered("speaker", local.Levels(microphone=20, speakers={"ann1": 20, "cho1": 60}))
    assert model.is_speaking("ann1", 100.5)
    assert not model.is_speaking("ann1", 101.0)
    assert not model.is_speaking("cho1", 100.0)
    assert not model.is_speaking("nobody", 100.0)
    model.receive(local.Levels(microphone=127, speakers={"dee1": 10}), 100.0, WALL)
    assert not model.is_speaking("dee1", 100.0), "who is silenced does not speak"
    assert not model.is_speaking(YOU, 100.0), "one's own level counts on air only"
    model.receive(e.SpeakerDropped(id="ann1", kept_until=WALL + 30), 100.1, WALL)
    assert not model.is_speaking("ann1", 100.2)


def test_own_voice_shows_on_air() -> None:
    model = entered("speaker", OPEN, local.Levels(microphone=20))
    assert model.is_speaking(YOU, 100.0)
    assert model.level(YOU, 100.0) == 20


def test_waiting_times_are_by_the_servers_clock() -> None:
    model = entered("listener")
    assert model.view is not None
    assert round(model.waited(model.view.hands[2], WALL)) == 17
    model.receive(e.HostAbsent(closes_at=WALL + 65), 100.0, WALL)
    assert model.closes_in(WALL) == 60


def test_reactions_add_up_and_fade() -> None:
    model = entered("listener", e.Pulse(audience=4, reactions={"👏": 2}))
    model.receive(e.Pulse(audience=4, reactions={"👏": 3}), 102.0, WALL)
    assert model.floating(103.0) == {"👏": 5}
    assert model.floating(106.1) == {}


def test_a_request_to_unmute_fades_and_is_settled_by_opening() -> None:
    asked = e.AskedToUnmute(by="ann1")
    model = entered("speaker", asked)
    assert model.asked(101.0) == "ann1"
    assert model.asked(161.0) is None
    assert entered("speaker", asked, OPEN).asked(101.0) is None
    assert entered("speaker", asked, e.StageLeft(id=YOU)).asked(101.0) is None


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (e.HandRaised(person=Person("z", "Zed"), at=WALL), "Zed raised a hand"),
        (e.HandRaised(person=ME, at=WALL), "Your hand is up: place 4 in the queue"),
        (e.HandLowered(id="fay1", reason="lowered"), "Fay Nakamura lowered their hand"),
        (e.HandLowered(id="fay1", reason="accepted"), None),
        (e.InvitedToStage(id=YOU, by="ann1"), "Ann Lindqvist invites you on stage"),
        (e.Silenced(id="ben1", by="ann1"), "Ann Lindqvist silenced Ben Okafor"),
        (e.RoleChanged(id="cho1", role="cohost", by="ann1"), "Cho Min-seo is co-host now"),
        (e.StageLeft(id="cho1"), "Cho Min-seo left the stage"),
        (e.StageLeft(id="cho1", by="ann1"), "Ann Lindqvist moved Cho Min-seo to the audience"),
        (e.StageLeft(id="ben1", by=YOU), "You moved Ben Okafor to the audience"),
        (e.StageLeft(id=YOU), "You are in the audience"),
        (e.SpeakerDropped(id="cho1", kept_until=WALL + 30), "Cho Min-seo lost the connection"),
        (e.ParticipantLeft(id="ben1", reason="removed", by="ann1"), None),  # the log says it
        (e.ParticipantLeft(id=YOU), None),
        (e.Goodbye(code="left", text="you left"), None),
        (e.ParticipantLeft(id="p0"), "Ida Berg left"),
        (e.ParticipantLeft(id="p0", reason="moved"), None),
        (e.ParticipantLeft(id="gone"), None),
        (e.ParticipantJoined(person=Person("z", "Zed")), "Zed is here"),
        (e.StageJoined(speaker=Speaker(ME, "speaker", 9, 0)), "You are on stage, muted"),
        (e.RoomLocked(by="ann1"), "Ann Lindqvist locked the room: nobody new can enter"),
        (SHUT, None),
        (e.Pulse(audience=9), None),
    ],
)
def test_what_happened_in_words(event: local.ChannelEvent, line: str | None) -> None:
    happening = entered("listener").receive(event, 101.0, WALL)
    assert (happening.text if happening else None) == line


@pytest.mark.parametrize(
    "reason", ["silenced", "audience", "lease", "reconnected", "slept", "device", "elsewhere"]
)
def test_a_microphone_that_was_closed_for_one_is_told_loudly(
    reason: local.MicrophoneReason,
) -> None:
    view = view_of("speaker")
    happening = describe(local.Microphone(open=False, reason=reason), view, view, Moment())
    assert happening is not None
    assert happening.weight == "loud"
    assert happening.text.startswith("You are muted: ")


def test_what_concerns_oneself_is_loud() -> None:
    again = e.Joined(room="standup", you=YOU, view=view_of("speaker"), server_time=WALL)
    for event, text in (
        (e.StageLeft(id=YOU, by="ann1"), "Ann Lindqvist moved you to the audience"),
        (again, "Back in standup, muted"),
        (e.StageJoined(speaker=Speaker(ME, "speaker", 3, 0)), "You are on stage, muted"),
    ):
        assert entered("speaker").receive(event, 101.0, WALL) == Happening(text, "loud")


def test_a_small_room_says_who_comes_once() -> None:
    model = entered("listener", audience=3)
    came = e.ParticipantJoined(person=Person("new", "Nia"))
    assert model.receive(came, 101.0, WALL) == Happening("Nia is here", "quiet")
    assert model.receive(came, 101.0, WALL) is None


def test_big_rooms_do_not_tell_who_comes() -> None:
    model = entered("listener", audience=40)
    assert model.receive(e.ParticipantJoined(person=Person("z", "Zed")), 101.0, WALL) is None


@pytest.mark.parametrize(
    ("role", "id", "acts"),
    [
        ("listener", "ben1", ()),
        ("speaker", "fay1", ()),
        ("host", YOU, ()),
        ("host", "fay1", ("accept_hand", "decline_hand", "remove")),
        ("host", "p0", ("invite_to_stage", "remove")),
        ("host", "cho1", ("silence", "ask_to_unmute", "make_cohost", "hand_over")),
        ("host", "dee1", ("ask_to_unmute",)),
        ("cohost", "ann1", ()),
        ("cohost", "cho1", ("silence",)),
        ("host", None, ()),
    ],
)
def test_acts(role: Role, id: str | None, acts: tuple[str, ...]) -> None:
    offered = acts_on(view_of(role), id)
    assert set(acts) <= set(offered)
    if not acts:
        assert offered == ()
    if id == "dee1":
        assert "silence" not in offered
    if role == "cohost":
        assert not {"make_cohost", "hand_over"} & set(offered)


def test_whoever_is_invited_is_not_invited_twice() -> None:
    view = replace(view_of("host"), invites={"p0": YOU})
    assert acts_on(view, "p0") == ("remove",)


def test_everyone_is_stage_then_hands_then_front_rows() -> None:
    people = everyone(view_of("host"))
    assert people[:2] == ("ann1", "ben1")
    assert people[6:10] == ("fay1", "gus1", "hal1", "p0")
    assert everyone(None) == ()


@pytest.mark.parametrize("role", ["host", "cohost", "speaker", "listener"])
@pytest.mark.parametrize("picked", [None, "ben1", "fay1", "p0"])
def test_hints_fit_and_end_with_help_and_leave(role: Role, picked: str | None) -> None:
    for events in ((), (OPEN,), (e.Silenced(id=YOU, by="ann1"),)):
        offered = hints(entered(role, *events), picked)
        for width in (40, 78, 116):
            shown = fitting(offered, width)
            assert shown[-2:] == ALWAYS
            assert sum(hint.width + 2 for hint in shown) - 2 <= width
        assert len(fitting(offered, 78)) >= 5
    first = hints(entered(role), None)[0].key
    assert first == ("h" if role == "listener" else "space")


@pytest.mark.parametrize(
    ("count", "width", "height", "columns"),
    [
        (6, 78, 11, 2),
        (9, 78, 11, 3),
        (24, 78, 11, 3),
        (1, 40, 11, 1),
        (1, 98, 15, 2),
        (4, 98, 15, 2),
        (24, 130, 40, 3),
        (0, 98, 15, 2),
    ],
)
def test_cards_are_roomy_unless_that_hides_somebody(
    count: int, width: int, height: int, columns: int
) -> None:
    assert columns_for(count, width, height) == columns


def test_measures_in_words() -> None:
    words = [quality(rtt) for rtt in (None, 20, 100, 200, 900)]
    assert words == ["measuring", "excellent", "good", "fair", "poor"]
    assert [waiting(seconds) for seconds in (0, 59.9, 60, 3599, 7300)] == [
        "0 s",
        "59 s",
        "1 min",
        "59 min",
        "2 h",
    ]
    assert [loudness(level) for level in (127, 58, 35, 12, 0)] == [0, 0, 0.5, 1, 1]
