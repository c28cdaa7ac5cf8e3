"""Scenes from a room, written as a play: what people do, and who is told what.

    >> ann enters as host          somebody comes in; who says no role has to pass the door
    >> ann: accept_hand bob        a command; what it needs, then the words of a line or reason,
                                   and before them what else it takes, like `seconds=60`
    >> zoe knocks                  somebody waits at the door; network=10.0.0.1, blocked
    >> zoe waits no longer         and goes again
    >> bob blocks eve              from now on
    >> bob drops | bob resumes     a connection is lost | back
    >> bob speaks 12 seconds       time in which somebody is heard, at the end of which news is due
    >> 30 seconds pass             the clock moves, and what is due happens
    << everyone: muted ann         told to everyone; `<< ann+bob:` to these; `<< bob refused: code`

Who enters or knocks may be a member, be known (have a profile), or have claims
(`claim=acme.example`, `claim=git.example/90` of an account that is so many days old). What somebody
is told whose waiting is over is `<< zoe at the door: let_in`.

Somebody who enters may bring a seat they had (`restored`, `hand=1.5` seconds ago), another's
key and name (`key=bob`), another name (`name=Bob`, with _ for a space), an invite
(`invite=a`, the room's first), a password (`password=right`).

After each line with >> the room does exactly what the following lines with << say. Somebody's
seat is called as they are, after which their tail is written; slots are written as slot/generation,
times as seconds since the play began.

After every event in a play it is checked that the moderation log is whole, and that everybody who
is told of the room has the room's view of it, the head of the log included.
"""

from __future__ import annotations

import base64
import functools

from roomcli.errors import CommandRefused
from roomcli.protocol import events as e
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.moderation_log import LogEntry, first_fault, root
from roomcli.protocol.people import Person, Role
from roomcli.protocol.view import RoomView
from server.rooms.rules import (
    CheckedClaim,
    Limits,
    Newcomer,
    RoomState,
    Told,
    decide,
    drop,
    enter,
    evolve,
    judge_door,
    knock,
    next_wake,
    project,
    project_classes,
    resume,
    room_invite_for,
    stop_knocking,
    tick,
    view,
)
from server.rooms.rules import journal as j
from server.rooms.rules.knocking import answer_to_knocker

from .script import CURTAIN, command, key_of, link_id, written

SMALL = Limits(stage=3, front_row=2)
ROLES: tuple[Role, ...] = ("host", "cohost", "speaker", "listener")


def somebody(id: str, key: str = "", name: str = "") -> Person:
    """Make the person who takes a seat of this id, with their own key or another person's.

    A person's id is in capitals, so that it cannot be taken for that of a seat.
    """
    return Person(
        (key or id).upper(), name.replace("_", " ") or (key or id).title(), key=key_of(key or id)
    )


def told(before: RoomView, events: list[Told]) -> RoomView:
    """Return the view of somebody after they were told these events."""
    room_events = [each for each in events if not isinstance(each, e.AskedToUnmute)]
    return functools.reduce(evolve_view, room_events, before)


def assert_same_view(one: RoomView, other: RoomView) -> None:
    """Check that two views are equal, the order of stage, front row and invitations included.

    Both have exactly the people whom they name.
    """
    assert one == other
    assert one.people.keys() == one.named
    for name in ("stage", "front_row", "stage_invitations"):
        assert list(getattr(one, name)) == list(getattr(other, name))


class Play:
    """A room with a clock that understands the lines of a play."""

    def __init__(self, limits: Limits = SMALL, access: str = "open") -> None:
        self.state = RoomState.new("standup", access, limits, owner=key_of("ann"), at=CURTAIN)
        self.now = CURTAIN
        self.log: list[LogEntry] = []
        self._heard: dict[str, float] = {}
        self._invites = 0
        self.blocks: set[tuple[str, str]] = set()

    def perform(self, script: str) -> None:
        """Play a script and check that the room answers each line exactly as the script says."""
        expected = [line.strip() for line in script.strip().splitlines() if line.strip()]
        actual: list[str] = []
        for line in expected:
            if line.startswith(">>"):
                actual += [line, *self.speak(line.removeprefix(">> "))]
        assert actual == expected
        assert first_fault(self.log, self.state.name, self.state.opened_at) is None
        opened = root(self.state.name, self.state.opened_at)
        assert (self.log[-1].hash if self.log else opened) == self.state.log_head

    def speak(self, line: str) -> list[str]:
        """Play one line of the script; return the lines that tell what the room does."""
        try:
            return self.happen(self.events(line))
        except CommandRefused as refused:
            return [f"<< {line.split()[0].rstrip(':')} refused: {refused.code}"]

    def events(self, line: str) -> list[j.JournalEvent]:
        """Return the events that follow from one line of the script."""
        match line.split():
            case [seconds, "seconds", "pass"]:
                return self.time_passes(float(seconds))
            case [id, "speaks", seconds, "seconds"]:
                self._heard[id] = self._heard.get(id, 0.0) + float(seconds)
                return self.time_passes(float(seconds))
            case [id, "drops"]:
                return drop(self.state, id, self.now)
            case [id, "resumes"]:
                return resume(self.state, id, self.whose(id), self.now)
            case [id, "knocks", *how]:
                return self.knocking(id, how)
            case [id, "waits", "no", "longer"]:
                return stop_knocking(self.state, id.upper())
            case [id, "blocks", other]:
                self.blocks.add((id.upper(), other.upper()))
                return []
            case [id, "enters", *how]:
                return self.entry(id, how)
            case [actor, name, *words]:
                given = command(name, *words)
                now, entropy = self.now, self.entropy()
                return decide(self.state, actor.rstrip(":"), given, now, entropy, self.is_blocked)
        raise AssertionError(f"not a line of a play: {line}")

    def whose(self, seat: str) -> Person:
        """Return the person in a seat, as they come back to it."""
        someone = self.state.participants.get(seat)
        return self.state.who(someone) if someone else somebody(seat)

    def time_passes(self, seconds: float) -> list[j.JournalEvent]:
        """Return what is due after ``seconds``; check that the room has said if something is."""
        wake = next_wake(self.state, self.now, self._heard)
        self.now += seconds
        due = tick(self.state, self.now, self._heard)
        assert bool(due) == (wake is not None and wake <= self.now)
        if any(isinstance(event, j.Pulsed) for event in due):
            self._heard.clear()
        return due

    def entropy(self) -> bytes:
        """Return the bytes of an invite's id: aaaa…, bbbb…, in the order of the invites."""
        if self._invites < 26:
            return base64.b32decode(chr(ord("A") + self._invites) * 16)
        return self._invites.to_bytes(10, "big")

    def is_blocked(self, person: str, other: str) -> bool:
        """Whether the one person blocks the other."""
        return (person, other) in self.blocks

    def entry(self, id: str, how: list[str]) -> list[j.JournalEvent]:
        """Let somebody enter as the words ``how`` say; return the events."""
        brought = dict(word.split("=") for word in how if "=" in word)
        person = somebody(id, brought.get("key", ""), brought.get("name", ""))
        link = room_invite_for(self.state, link_id(brought.get("invite")), person.key, self.now)
        role = next((role for role in ROLES if role in how), None)
        if role is None and "restored" not in how:
            password = {"right": True, "wrong": False}.get(brought.get("password", ""))
            letter = brought.get("invite", "z")
            made = link_id(letter) if ord(letter) - ord("a") < self._invites else None
            judge_door(self.state, link=link, invite=made, password=password)
        return enter(
            self.state,
            id,
            person,
            role=role or (link.invite.role if link else "listener"),
            hand_at=self.now - float(brought["hand"]) if "hand" in brought else None,
            restored="restored" in how,
            link=link.invite.id if link else None,
            now=self.now,
            newcomer=self.newcomer(how),
        )

    def knocking(self, id: str, how: list[str]) -> list[j.JournalEvent]:
        """Let somebody knock as the words ``how`` say; return the events."""
        brought = dict(word.split("=") for word in how if "=" in word)
        return knock(
            self.state,
            somebody(id, name=brought.get("name", "")),
            self.newcomer(how),
            self.now,
            network=brought.get("network", f"of {id}"),
            is_blocked="blocked" in how,
        )

    def newcomer(self, how: list[str]) -> Newcomer:
        """Return what is known of somebody who comes as the words ``how`` say."""
        claims = []
        for word in how:
            if word.startswith("claim="):
                at, _, days = word.removeprefix("claim=").partition("/")
                since = self.now - float(days or 0) * 24 * 3600
                claims.append(CheckedClaim("forge" if days else "domain", at, since))
        known = bool(claims) or "known" in how
        return Newcomer(is_guest=not known, is_member="member" in how, claims=tuple(claims))

    def happen(self, events: list[j.JournalEvent]) -> list[str]:
        """Let events happen, and return the lines that tell of them."""
        lines: list[str] = []
        for event in events:
            before, self.state = self.state, evolve(self.state, event)
            self._invites += self.state.room_invites.keys() > before.room_invites.keys()
            if isinstance(event, e.ModerationLogged):
                self.log.append(event.entry)
            told_of = before.people | self.state.people
            lines += [written(each, told_of) for each in project_classes(before, event)]
            if isinstance(event, j.LeftDoor):
                answer = answer_to_knocker(before, event)
                knocker = event.person.lower()
                lines += [f"<< {knocker} at the door: {answer.answer}"] if answer else []
            for id in before.participants.keys() & self.state.participants.keys():
                followed = told(view(before, id), project(before, event, id))
                assert_same_view(followed, view(self.state, id))
        return lines


def standup(access: str = "open") -> Play:
    """Return a room that Ann hosts, where Bob and Eve listen; one second has passed."""
    play = Play(access=access)
    play.perform("""
        >> ann enters as host
        << everyone: stage_joined ann as host 0/1 muted
        >> bob enters as listener
        >> eve enters as listener
        >> 1 seconds pass
        << everyone: participant_joined bob
        << everyone: participant_joined eve
        << everyone: pulse audience=2
    """)
    return play


def meeting(*commands: str) -> Play:
    """Return a room that Ann hosts, where Bob is on air and Cid and Eve listen."""
    play = standup()
    play.perform("""
        >> cid enters
        >> ann: invite_to_stage bob
        << ann+bob: invited_to_stage bob by ann
        >> bob: accept_stage_invitation
        << ann+bob: stage_invitation_settled bob accepted
        << everyone: stage_joined bob as speaker 1/1 muted
        >> bob: unmute
        << everyone: unmuted bob
        >> 1 seconds pass
        << everyone: participant_joined cid
        << everyone: pulse audience=2
    """)
    for each in commands:
        play.speak(each)
    return play
