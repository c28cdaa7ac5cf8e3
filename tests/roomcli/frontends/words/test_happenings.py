"""Tests of events in words: one line for an event, and how loud it is."""

from __future__ import annotations

import pytest

from roomcli.frontends.model.room_model import OwnState, RoomModel
from roomcli.frontends.tui.widgets.banners import Notices
from roomcli.frontends.words.happenings import Happening, Moment, describe
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import Person, Role, SilenceNotice
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.view import RoomView

from ....support.fake_room import WALL, YOU, entered, make_view
from ....support.seats import (
    chat_posted,
    hand_raised,
    invited_to_stage,
    participant_joined,
    someone,
    stage_joined,
)

ME = someone(YOU, "Robin Keller")
ANN = someone("ann1", "Ann Lindqvist")
BEN = someone("ben1", "Ben Okafor")
FAY = someone("fay1", "Fay Nakamura")
ZED = someone("z", "Zed")
OPEN = local.Microphone(open=True)
SHUT = local.Microphone(open=False)
BROKEN = local.Connection(state="reconnecting")


def view_of(role: Role) -> RoomView:
    """Return the view of the scripted room for a role."""
    return make_view(role, 4, WALL)


def posted(who: Person, text: str, number: int = 9) -> e.ChatPosted:
    """Make the event that somebody wrote a message."""
    return chat_posted(who, number, text, WALL)


def lines(model: RoomModel, *events: local.ChannelEvent) -> list[str]:
    """Return the lines that these events lead to, in order."""
    happenings = [model.receive(event, 101.0, WALL) for event in events]
    return [happening.text for happening in happenings if happening is not None]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (hand_raised(ZED, at=WALL), "Zed raised a hand"),
        (hand_raised(ME, at=WALL), "Your hand is up: place 4 in the queue"),
        (e.HandLowered(id="fay1", reason="lowered"), "Fay Nakamura lowered their hand"),
        (e.HandLowered(id="fay1", reason="accepted"), None),
        (invited_to_stage(ME, ANN), "Ann Lindqvist (host) invites you on stage"),
        (e.Silenced(id="ben1", by="ANN1"), "Ann Lindqvist (host) silenced Ben Okafor (co-host)"),
        (e.RoleChanged(id="cho1", role="cohost", by="ANN1"), "Cho Min-seo is co-host now"),
        (e.StageLeft(id="cho1"), "Cho Min-seo left the stage"),
        (
            e.StageLeft(id="cho1", by="ANN1"),
            "Ann Lindqvist (host) moved Cho Min-seo to the audience",
        ),
        (e.StageLeft(id="ben1", by=YOU.upper()), "You moved Ben Okafor (co-host) to the audience"),
        (e.StageLeft(id=YOU), "You are in the audience"),
        (e.SpeakerDropped(id="cho1", kept_until=WALL + 30), "Cho Min-seo lost the connection"),
        (e.ParticipantLeft(id="ben1", reason="removed", by="ANN1"), None),  # the log says it
        (e.ParticipantLeft(id=YOU), None),
        (e.RoomLeft(reason="left", text="you left"), None),
        (e.ParticipantLeft(id="p0"), "Ida Berg left"),
        (e.ParticipantLeft(id="p0", reason="moved"), None),
        (e.ParticipantLeft(id="gone"), None),
        (participant_joined(ZED), "Zed is here"),
        (stage_joined(ME, "speaker", 9, 0), "You are on stage, muted"),
        (e.RoomLocked(by="ANN1"), "Ann Lindqvist (host) locked the room: nobody new can enter"),
        (SHUT, None),
        (e.Pulse(audience=9), None),
        (hand_raised(ZED, at=WALL, topic="trains"), "Zed raised a hand: trains"),
        (
            hand_raised(FAY, at=WALL, topic="trams"),
            "Fay Nakamura's hand has another topic: trams",
        ),
        (
            e.HandLowered(id="fay1", reason="declined", by="ANN1"),
            "Ann Lindqvist (host) lowered the hand of Fay Nakamura",
        ),
        (e.HandsLowered(by="ANN1"), "Ann Lindqvist (host) lowered all hands"),
        (e.StageInvitationSettled(id=YOU, answer="void"), "The invitation on stage is withdrawn"),
        (e.StageLeft(id="cho1", reason="time"), "The turn of Cho Min-seo is over"),
        (e.TurnEnding(id="cho1", ends_at=WALL), None),
        (e.TurnSet(id="cho1", ends_at=WALL), None),
        (e.TurnSet(id=YOU, ends_at=WALL + 125), "Your turn ends in 2 min"),
        (e.TurnSet(id=YOU), "Your turn has no end any more"),
        (
            e.SettingsChanged(settings=RoomSettings(order="fair", floor_seconds=120), by="ANN1"),
            "Ann Lindqvist (host) changed the room: who has spoken least comes first in the queue,"
            " a turn lasts 2 min",
        ),
        (e.SettingsChanged(settings=RoomSettings(), by="ANN1"), None),
        (
            e.PasswordChanged(wanted=True, by="ANN1"),
            "Ann Lindqvist (host) set a password for whoever comes",
        ),
        (e.PasswordChanged(wanted=False, by="ANN1"), "Ann Lindqvist (host) removed the password"),
        (
            e.HostAbsent(closes_at=WALL + 65),
            "No host is here: the room closes in 1 min unless one returns",
        ),
        (
            e.ServerStopping(stops_at=WALL + 10),
            "The server stops in 5 s: you come back by yourself",
        ),
        (e.ServersApart(apart=True), "Other servers cannot be heard right now"),
        (e.ServersApart(apart=False), "Other servers are heard again"),
        (e.HostPresent(), "A host is here again: the room stays open"),
        (e.RoomEnded(reason="closed_by_admin"), "The server's admins closed the room"),
        (e.ChatRemoved(number=99, by=YOU.upper()), "You removed a message from the chat"),
        (e.BanList(bans=()), None),
        (e.SilenceList(silences=()), "Nobody is silenced"),
        (
            e.SilenceList(
                silences=(
                    SilenceNotice(
                        person="Z", key="e" * 32, name="Zed", at=1.0, by="Ann", reason="hum"
                    ),
                    SilenceNotice(person="Y", key="f" * 32, name="Yan", at=2.0),
                )
            ),
            "Silenced: Zed (by Ann): hum; Yan",
        ),
        (e.Done(ref=1), None),
    ],
)
def test_what_happened_in_words(event: local.ChannelEvent, line: str | None) -> None:
    happening = entered("listener").receive(event, 101.0, WALL)
    assert (happening.text if happening else None) == line


def test_what_a_moderator_did_stands_after_the_messages_that_were_the_reason() -> None:
    ban = LogEntry(
        number=1, at=WALL, action="ban", actor=ANN, target=someone("t", "Troll"), previous=""
    )
    events = (e.ModerationLogged(entry=ban), hand_raised(ZED, at=WALL))
    told = [entered("listener").receive(event, 101.0, WALL) for event in events]
    assert [each.place for each in told if each is not None] == ["line", "minute"]


@pytest.mark.parametrize(
    "reason",
    ["silenced", "audience", "lease", "reconnected", "slept", "device", "quiet", "elsewhere"],
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
        (e.StageLeft(id=YOU, by="ANN1"), "Ann Lindqvist (host) moved you to the audience"),
        (again, "Back in standup, muted"),
        (stage_joined(ME, "speaker", 3, 0), "You are on stage, muted"),
        (
            stage_joined(ME, "speaker", 3, 0, turn_ends_at=WALL + 125),
            "You are on stage, muted; your turn ends in 2 min",
        ),
        (e.StageLeft(id=YOU, reason="time"), "Your turn is over: you are in the audience"),
        (e.TurnEnding(id=YOU, ends_at=WALL + 20.2), "Your turn is over: 15 s to finish"),
        (local.Problem(code="silent", text="nothing comes"), "nothing comes"),
        (e.RoleChanged(id=YOU, role="cohost", by="ANN1"), "You are co-host now"),
        (e.RoleChanged(id=YOU, role="host"), "You are host now: Ann Lindqvist dropped"),
        (posted(ANN, "@robin, you?"), "Ann Lindqvist (host): @robin, you?"),
    ):
        assert entered("speaker").receive(event, 101.0, WALL) == Happening(text, "loud")


@pytest.mark.parametrize("moved", [False, True])
def test_that_the_last_moment_may_be_missing_is_told_loudly_and_kept(moved: bool) -> None:
    view = view_of("speaker")
    cut = e.Joined(
        room="standup",
        you=YOU,
        view=view,
        server_time=WALL,
        resumed=True,
        moved=moved,
        cut_short=True,
    )
    where = "standup is at another server now" if moved else "Back in standup, muted"
    text = f"{where}. Its server failed: the last words and raised hands may be missing"
    told = entered("speaker").receive(cut, 101.0, WALL)
    assert told == Happening(text, "loud")
    assert told is not None
    assert told.place == "line"
    notices = Notices()
    notices.receive(cut, OwnState.MUTED)
    assert not notices.tells(cut)  # what says that one is muted does not say this
    assert "may be missing" in lines(RoomModel(), cut)[0]


def test_a_small_room_says_who_comes_once() -> None:
    model = entered("listener", audience=3)
    came = participant_joined(someone("new", "Nia"))
    assert model.receive(came, 101.0, WALL) == Happening("Nia is here", "quiet")
    assert model.receive(came, 101.0, WALL) is None


def test_big_rooms_do_not_tell_who_comes() -> None:
    model = entered("listener", audience=40)
    assert model.receive(participant_joined(ZED), 101.0, WALL) is None


def test_the_chat_is_quiet() -> None:
    model = entered("speaker")
    for event, text in (
        (posted(BEN, "hi @Ann"), "Ben Okafor (co-host): hi @Ann"),
        (posted(ME, "hi @Robin"), "You: hi @Robin"),
    ):
        assert model.receive(event, 101.0, WALL) == Happening(text, "quiet")


def test_who_took_which_message_out() -> None:
    model = entered("speaker", posted(BEN, "x", 1), posted(ME, "y", 2), posted(BEN, "z", 3))
    assert lines(
        model,
        e.ChatRemoved(number=1, by="ANN1"),
        e.ChatRemoved(number=2, by="ANN1"),
        e.ChatRemoved(number=3, by="BEN1"),
    ) == [
        "Ann Lindqvist (host) removed message 1 of Ben Okafor (co-host)",
        "Ann Lindqvist (host) removed your message 2",
        "Ben Okafor (co-host) took back message 3",
    ]


def test_entering_tells_what_is_kept() -> None:
    joined = e.Joined(
        room="standup",
        you=YOU,
        view=view_of("listener"),
        server_time=WALL,
        keeps=("the last minute of voice for reports", "chat while the room is open"),
    )
    model = RoomModel()
    assert lines(model, joined) == [
        "You are in standup. This server keeps: the last minute of voice for reports;"
        " chat while the room is open"
    ]
    assert model.keeps == joined.keeps


def test_a_moderator_sees_whose_turn_is_ending() -> None:
    ending = e.TurnEnding(id="cho1", ends_at=WALL + 20)
    assert lines(entered("host"), ending) == ["The turn of Cho Min-seo is over: 15 s to finish"]


def test_whose_hand_was_lowered_with_all_is_told_so() -> None:
    model = entered("listener", hand_raised(ME, at=WALL))
    lowered = model.receive(e.HandsLowered(by="ANN1"), 101.0, WALL)
    assert lowered == Happening("Ann Lindqvist (host) lowered all hands, yours too", "loud")
