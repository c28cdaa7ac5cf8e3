"""What happened, in words: one line for an event, and how loud it is."""

from __future__ import annotations

import pytest

from roomcli.frontends.happenings import Happening, Moment, describe
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Person, Role, Speaker
from roomcli.protocol.room import RoomView

from .fake_room import WALL, YOU, entered, make_view

ME = Person(YOU, "Robin Keller")
OPEN = local.Microphone(open=True)
SHUT = local.Microphone(open=False)
BROKEN = local.Connection(state="reconnecting")


def view_of(role: Role) -> RoomView:
    """The scripted room, seen by this role."""
    return make_view(role, 4, WALL)


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
