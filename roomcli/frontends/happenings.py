"""What happened in a room, in words: one line for the log, a toast or a plain terminal.

Pure. Names are other people's text: a line is plain text and is never read as markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..protocol import events as e
from ..protocol import local
from ..protocol.people import Role
from ..protocol.room import RoomView

SMALL_ROOM = 20
"""Up to so many listeners a room says who comes and goes; above that it would only be noise."""

Weight = Literal["quiet", "plain", "loud"]

ROLE_WORDS: dict[Role, str] = {
    "host": "host",
    "cohost": "co-host",
    "speaker": "speaker",
    "listener": "listener",
}

_MICROPHONE_CLOSED: dict[str, str] = {
    "silenced": "a moderator silenced you",
    "audience": "you are in the audience",
    "lease": "the screen stood still",
    "reconnected": "the connection was renewed",
    "slept": "this machine slept",
    "device": "the microphone is gone",
    "elsewhere": "another roomcli took it",
}
_ROOM_ENDED = {
    "ended": "The room was ended",
    "no_host": "The room closed: no host came back",
    "server_closing": "The server is closing",
}


@dataclass(frozen=True)
class Happening:
    """One line; ``loud`` ones concern oneself and deserve more than a place in the log.

    What a banner or the bar of one's own says already is not loud.
    """

    text: str
    weight: Weight = "plain"


def describe(
    event: e.ServerMessage | local.LocalEvent, before: RoomView | None, after: RoomView | None
) -> Happening | None:
    """The line for an event, or None for what is not worth one."""
    match event:
        case e.Goodbye(code="left"):
            return None  # whoever leaves knows
        case local.Problem(text=text) | e.Goodbye(text=text):
            return Happening(text, "loud")
        case local.Device(kind=kind, name=name, problem=problem):
            if problem:
                return Happening(problem[:1].upper() + problem[1:], "loud")
            return Happening(f"{kind.capitalize()}: {name}", "quiet")
        case local.Microphone(open=True):
            return Happening("You are on air")
        case local.Microphone(reason="pressed"):
            return Happening("You are muted")
        case local.Microphone(reason=reason):
            why = _MICROPHONE_CLOSED.get(reason)
            return Happening(f"You are muted: {why}", "loud") if why else None
        case e.Refused(text=text):
            return Happening(text, "loud")
        case e.AskedToUnmute(by=by) if after is not None:
            return Happening(f"{_who(by, after)} would like to hear you")
    if before is None or after is None:
        return None
    return _in_room(event, before, after)


def _in_room(
    event: e.ServerMessage | local.LocalEvent, before: RoomView, after: RoomView
) -> Happening | None:
    you = after.you
    match event:
        case e.ParticipantLeft(id=id, reason=reason, by=by) if id != you:
            return _gone(id, reason, by, before)
        case e.HandRaised(person=person):
            if person.id == you:
                return Happening(f"Your hand is up: place {after.place_in_queue(you)} in the queue")
            return Happening(f"{person.name} raised a hand")
        case e.HandLowered(id=id, reason="declined", by=by) if id == you:
            return Happening(f"{_who(by, after)} lowered your hand", "loud")
        case e.HandLowered(id=id, reason="lowered"):
            name = _who(id, before)
            return Happening("Your hand is down" if id == you else f"{name} lowered their hand")
        case e.InvitedToStage(id=id, by=by):
            if id == you:
                return Happening(f"{_who(by, after)} invites you on stage")
            return Happening(f"{_who(by, after)} invited {_who(id, before)} on stage")
        case e.InviteSettled(id=id, answer="declined") if id != you:
            return Happening(f"{_who(id, before)} stays in the audience")
        case e.StageJoined(speaker=speaker):
            if speaker.person.id == you:
                return Happening("You are on stage, muted", "loud")
            return Happening(f"{speaker.person.name} came on stage")
        case e.StageLeft(id=id, by=by):
            return _off_stage(id, by, before, you)
        case e.Silenced(id=id, by=by):
            whom = "you" if id == you else _who(id, after)
            return Happening(f"{_who(by, after)} silenced {whom}", "loud" if id == you else "plain")
        case e.SilenceLifted(id=id, by=by):
            if id == you:
                return Happening("You may speak again: open your microphone yourself", "loud")
            return Happening(f"{_who(by, after)} lets {_who(id, after)} speak again")
        case e.SpeakerDropped(id=id):
            return Happening(f"{_who(id, after)} lost the connection")
        case e.SpeakerReturned(id=id):
            return Happening(f"{_who(id, after)} is back")
        case e.RoleChanged(id=id, role=role):
            if id == you:
                return Happening(f"You are {ROLE_WORDS[role]} now", "loud")
            return Happening(f"{_who(id, after)} is {ROLE_WORDS[role]} now")
        case e.RoomLocked(by=by):
            return Happening(f"{_who(by, after)} locked the room: nobody new can enter")
        case e.RoomUnlocked(by=by):
            return Happening(f"{_who(by, after)} unlocked the room")
        case e.HostAbsent():
            return Happening("No host is here")
        case e.HostPresent():
            return Happening("A host is here again")
        case e.RoomEnded(reason=reason):
            return Happening(_ROOM_ENDED[reason], "loud")
    return None


def _gone(id: str, reason: str, by: str | None, before: RoomView) -> Happening | None:
    person = before.person(id)
    if person is None:
        return None
    if reason == "removed":
        return Happening(f"{_who(by, before)} removed {person.name}")
    seen = id in before.stage or before.audience <= SMALL_ROOM
    if reason == "moved" or not seen:
        return None
    how = "lost the connection and is gone" if reason == "lost" else "left"
    return Happening(f"{person.name} {how}", "quiet")


def _off_stage(id: str, by: str | None, before: RoomView, you: str) -> Happening:
    if id == you:
        if by is None or by == you:
            return Happening("You are in the audience")
        return Happening(f"{_who(by, before)} moved you to the audience", "loud")
    name = _who(id, before)
    if by is None or by == id:
        return Happening(f"{name} left the stage")
    mover = "You" if by == you else _who(by, before)
    return Happening(f"{mover} moved {name} to the audience")


def _who(id: str | None, view: RoomView) -> str:
    if id is not None and id == view.you:
        return "You"
    person = view.person(id) if id else None
    return person.name if person else "Somebody"
