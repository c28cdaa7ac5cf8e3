"""How a room changes before one's eyes: every event in, and its line for the log out.

Pure: events come in with the time at which they came; nothing here draws, waits or reads a clock.
Every frontend keeps one, so that all of them agree on what is on air and who is speaking.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...protocol import events as e
from ...protocol import local
from ...protocol.commands import Command, Unmute
from ...protocol.people import Person
from ...protocol.room import RoomView, cut_off, evolve_view
from ..words.happenings import (
    SMALL_ROOM,
    Happening,
    Moment,
    describe,
    entered,
    renamed,
    silenced,
    unwrote,
    wrote,
)
from ..words.names import written
from .requests import Requests
from .room_state import DEPARTED_KEPT, LISTED_KEPT, SPEAKING_LEVEL, OwnState, RoomState

__all__ = ["OwnState", "RoomModel"]


@dataclass
class RoomModel(RoomState):
    """What is known of the room, kept up to date."""

    _requests: Requests = field(default_factory=Requests)
    _host_fate: str = "The host dropped"
    _met: set[str] = field(default_factory=set)

    def prepared(self, command: Command) -> Command:
        """A command as it is to be sent: with a ``ref`` where its ``done`` is worth a line."""
        if isinstance(command, Unmute):
            self.opening = True
        return self._requests.numbered(command, self.name_of(getattr(command, "id", "")))

    def receive(
        self, event: e.ServerMessage | local.LocalEvent, now: float, wall: float
    ) -> Happening | None:
        """Take an event in; ``now`` is monotonic, ``wall`` seconds since 1970. Its line, if any."""
        faultless = self._log.fault is None
        happening = self._received(event, now, wall)
        if faultless and self._log.fault is not None:
            return Happening(self._log.fault, "loud")
        return happening

    def _received(
        self, event: e.ServerMessage | local.LocalEvent, now: float, wall: float
    ) -> Happening | None:
        before = self.view
        match event:
            case e.Joined():
                return self._join(event, wall)
            case local.Connection():
                self.connection = event
                self.opening = self.opening and event.state == "connected"
                if self.is_cut_off and self.view is not None:
                    self.view, self.microphone_open = cut_off(self.view), False
            case local.Microphone(open=is_open):
                was_open, self.microphone_open, self.opening = self.microphone_open, is_open, False
                self.asked_by = None if is_open else self.asked_by
                if was_open == is_open:
                    return None
            case local.Levels():
                self._hear(event, now)
                return None
            case local.FalseLevel(id=id):
                self.false_levels.add(id)
            case local.Left():
                self.left = event
                self.microphone_open = False
            case e.Refused(command="unmute"):
                self.opening = False
            case e.AskedToUnmute(by=by):
                self.asked_by, self._asked_at = by, now
            case e.Done(ref=ref):
                words = self._requests.done(ref)
                return Happening(words) if words else None
            case e.InviteMade() | e.PeoplePage() | e.ChatPage() | e.LogPage():
                self._take(event)
                return None
            case e.BanList() | e.InviteList():
                self._take(event)
                return None
            case e.SilenceList(silences=silences, offset=offset, ref=ref):
                self.silences = (*silences, *self.silences) if offset else silences
                return silenced(silences) if ref is None else None  # else a name was looked for
            case e.Challenge() | e.Refused() | e.Goodbye() | local.Device() | local.Problem():
                pass
            case _ if before is not None:
                self._log.follow(event)
                return self._in_room(event, before, now, wall)
        return describe(event, before, self.view, Moment())

    def _in_room(
        self, event: e.RoomEvent, before: RoomView, now: float, wall: float
    ) -> Happening | None:
        self.view = after = evolve_view(before, event)
        if before.host is not None:
            self._host_fate = _fate(before.host.person, event)
        self._give_up_opening(event, before.you)
        self._mind_own_turn(event, before.you)
        if self.role == "listener":
            self.asked_by = None
        match event:
            case e.ParticipantJoined(person=person):
                return self._met_somebody(person, before)
            case e.ParticipantLeft(id=id, reason=reason):
                self.audience.pop(id, None)
                gone = before.person(id)
                if gone is not None and reason != "moved":
                    others = (each for each in self.departed if each.id != id)
                    self.departed = (gone, *others)[:DEPARTED_KEPT]
            case e.PersonChanged(person=person):
                self._rename(person)
            case e.ChatPosted(message=message):
                own = message.person.id == before.you
                self._conversation.posted(message, own=own)
                return wrote(message, after, mentioned=self.mentioned(message))
            case e.ChatRemoved(number=number):
                return unwrote(event, self._conversation.removed(number), after)
            case e.Pulse():
                self._float(event, now)
        entry = self._log.entries[-1] if self._log.entries else None
        moment = Moment(wall + self._clock_ahead, self._host_fate, entry)
        return describe(event, before, after, moment)

    def _take(
        self,
        answer: e.InviteMade | e.PeoplePage | e.ChatPage | e.LogPage | e.BanList | e.InviteList,
    ) -> None:
        """Keep the answer to a question."""
        match answer:
            case e.InviteMade(invite=invite, ref=ref):
                self.fresh_invite = answer
                if self._requests.invites_friends(ref):
                    self.invite = invite
            case e.PeoplePage(of="left", offset=offset, people=people):
                before = self.departed if offset else ()
                self.departed = (*before, *people)[:DEPARTED_KEPT]
            case e.PeoplePage(people=people):
                listed = {**self.audience, **{each.id: each for each in people}}
                self.audience = dict([*listed.items()][-LISTED_KEPT:])
            case e.ChatPage():
                self._conversation.page(answer)
            case e.LogPage():
                self._log.page(answer)
            case e.BanList(bans=bans, offset=offset):
                self.bans = (*bans, *self.bans) if offset else bans
            case e.InviteList(invites=links):
                self.links = links

    def _rename(self, person: Person) -> None:
        self._conversation.renamed(person)
        if person.id in self.audience:
            self.audience[person.id] = person

    def _met_somebody(self, person: Person, before: RoomView) -> Happening | None:
        new = person.id not in self._met
        self._met.add(person.id)
        if new and person.id == before.you and person.tail:
            return renamed(person, before)
        if new and person.id != before.you and before.audience < SMALL_ROOM:
            return Happening(f"{written(person, before)} is here", "quiet")
        return None

    def _mind_own_turn(self, event: e.RoomEvent, you: str) -> None:
        match event:
            case e.TurnEnding(id=id) if id == you:
                self.own_turn_ending = True
            case e.TurnSet(id=id) | e.StageLeft(id=id) if id == you:
                self.own_turn_ending = False

    def _give_up_opening(self, event: e.ServerMessage | local.LocalEvent, you: str) -> None:
        """A press that was overtaken by a moderator's word is not answered any more."""
        match event:
            case e.Silenced(id=id) | e.StageLeft(id=id) if id == you:
                self.opening = False

    def _join(self, event: e.Joined, wall: float) -> Happening:
        first = self.view is None
        self.view = event.view
        self.invite = event.invite or self.invite
        self.keeps = event.keeps
        self.opening = self.own_turn_ending = False
        self._clock_ahead = event.server_time - wall
        self._met |= {*event.view.stage, *event.view.front_row}
        self._conversation.begin(event, again=event.resumed)
        if event.resumed and not first:
            self._log.resume(event.view.log)
        else:
            self._log.begin(event.room, event.view.log)
        if first:
            return entered(event)
        return Happening(f"Back in {event.room}, muted", "loud")

    def _hear(self, event: local.Levels, now: float) -> None:
        self.own_level = event.microphone
        self.levels = dict(event.speakers)
        if self.view is not None:
            self.levels.pop(self.view.you, None)
            if self.microphone_open:
                self.levels[self.view.you] = event.microphone
        for id, level in self.levels.items():
            if level <= SPEAKING_LEVEL:
                self._heard[id] = now

    def _float(self, event: e.Pulse, now: float) -> None:
        shown = self.floating(now)
        for reaction, count in event.reactions.items():
            self._floats[reaction] = (shown.get(reaction, 0) + count, now)

    def read_chat(self) -> None:
        """Everything that is here has been seen."""
        self._conversation.unread = 0


def _fate(host: Person, event: e.RoomEvent) -> str:
    """What became of a host who is one no longer."""
    left = isinstance(event, e.ParticipantLeft) and event.id == host.id and event.reason == "left"
    return f"{host.full_name} {'left' if left else 'dropped'}"
