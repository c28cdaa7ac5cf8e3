"""What all frontends agree on: own state, who is heard, and the words for what happened."""

from __future__ import annotations

import pytest

from roomcli.frontends.happenings import Happening
from roomcli.frontends.room_model import OwnState, RoomModel, loudness, quality, waiting
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Hand, Person, Role, Speaker

from .fake_room import YOU, make_view

NOW = 100.0
WALL = 1_000_000.0


def entered(role: Role = "speaker", audience: int = 40, clock: float = WALL) -> RoomModel:
    """A model after ``joined``; ``clock`` is the server's."""
    model = RoomModel()
    view = make_view(role, audience, now=clock)
    model.receive(e.Joined(room="standup", you=YOU, view=view, server_time=clock), NOW, WALL)
    return model


def own(model: RoomModel) -> OwnState:
    """One's own state now."""
    return model.own


def test_the_microphone_of_the_engine_wins_over_the_view() -> None:
    model = entered()
    assert own(model) is OwnState.MUTED
    model.receive(e.Unmuted(id=YOU), NOW, WALL)
    assert own(model) is OwnState.MUTED
    model.receive(local.Microphone(open=True), NOW, WALL)
    assert own(model) is OwnState.ON_AIR
    model.receive(e.Muted(id=YOU), NOW, WALL)
    assert own(model) is OwnState.ON_AIR, "an open microphone is never shown as closed"


def test_a_refused_unmute_opens_nothing() -> None:
    model = entered()
    model.opening = True
    assert own(model) is OwnState.OPENING
    model.receive(e.Refused(command="unmute", code="silenced", text="no"), NOW, WALL)
    assert own(model) is OwnState.MUTED


def test_speaking_holds_through_a_pause_and_ends() -> None:
    model = entered()
    model.receive(local.Levels(microphone=20, speakers={"ann1": 20, "cho1": 80}), NOW, WALL)
    assert model.is_speaking("ann1", NOW)
    assert not model.is_speaking("cho1", NOW)
    assert not model.is_speaking(YOU, NOW), "one's own level counts only on air"
    model.receive(local.Levels(microphone=127, speakers={"ann1": 120}), NOW + 0.3, WALL)
    assert model.is_speaking("ann1", NOW + 0.3)
    assert not model.is_speaking("ann1", NOW + 2)


def test_who_is_silenced_does_not_speak() -> None:
    model = entered()
    model.receive(local.Levels(microphone=127, speakers={"dee1": 10}), NOW, WALL)
    assert not model.is_speaking("dee1", NOW)


def test_reactions_add_up_and_fade() -> None:
    model = entered()
    for _ in range(2):
        model.receive(e.Pulse(audience=41, reactions={"👏": 3}), NOW, WALL)
    assert model.floating(NOW + 1) == {"👏": 6}
    assert model.floating(NOW + 60) == {}


def test_waiting_goes_by_the_servers_clock() -> None:
    model = entered(clock=WALL + 5000)
    hand = Hand(Person("x", "X"), WALL + 5000 - 30)
    assert model.waited(hand, WALL) == pytest.approx(30)
    model.receive(e.HostAbsent(closes_at=WALL + 5000 + 20), NOW, WALL)
    assert model.closes_in(WALL + 5) == pytest.approx(15)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (e.StageLeft(id=YOU, by="ann1"),
         Happening("Ann Lindqvist moved you to the audience", "loud")),
        (e.StageLeft(id=YOU), Happening("You are in the audience")),
        (e.StageLeft(id="ben1", by=YOU), Happening("You moved Ben Okafor to the audience")),
        (e.HandRaised(person=Person("b", "Bo"), at=WALL), Happening("Bo raised a hand")),
        (e.SpeakerDropped(id="cho1"), Happening("Cho Min-seo lost the connection")),
        (e.ParticipantLeft(id="ben1", reason="removed", by="ann1"),
         Happening("Ann Lindqvist removed Ben Okafor")),
        (e.ParticipantLeft(id="ben1", reason="moved"), None),
        (e.ParticipantLeft(id="p1"), None),
        (e.Pulse(audience=3), None),
        (local.Microphone(open=False, reason="left"), None),
    ],
)  # fmt: skip
def test_happenings_in_words(event: local.ChannelEvent, line: Happening | None) -> None:
    assert entered().receive(event, NOW, WALL) == line


def test_a_small_room_says_who_comes_once() -> None:
    model = entered(audience=3)
    came = e.ParticipantJoined(person=Person("new", "Nia"))
    assert model.receive(came, NOW, WALL) == Happening("Nia is here", "quiet")
    assert model.receive(came, NOW, WALL) is None
    assert entered(audience=400).receive(came, NOW, WALL) is None


def test_coming_back_is_said_and_muted() -> None:
    model = entered()
    again = e.Joined(
        room="standup", you=YOU, view=make_view("speaker", now=WALL), server_time=WALL, resumed=True
    )
    line = model.receive(again, NOW, WALL)
    assert line == Happening("Back in standup, muted", "loud")


def test_a_promotion_is_loud() -> None:
    model = entered("listener")
    me = Speaker(Person(YOU, "Robin"), "speaker", 3, 0)
    assert model.receive(e.StageJoined(speaker=me), NOW, WALL) == Happening(
        "You are on stage, muted", "loud"
    )


@pytest.mark.parametrize(
    ("rtt", "word"),
    [(None, "measuring"), (20, "excellent"), (120, "good"), (300, "fair"), (900, "poor")],
)
def test_quality_in_a_word(rtt: float | None, word: str) -> None:
    assert quality(rtt) == word


def test_loudness_and_waiting() -> None:
    assert loudness(127) == 0
    assert loudness(0) == 1
    assert 0 < loudness(35) < 1
    assert [waiting(each) for each in (0, 59.9, 60, 3599, 7200)] == [
        "0 s",
        "59 s",
        "1 min",
        "59 min",
        "2 h",
    ]
