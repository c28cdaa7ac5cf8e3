"""The client's model of a room: applies each event, and returns the line to show for it.

Pure: each event comes with the time at which it arrived; nothing here draws, waits or reads a
clock. Every frontend keeps one model, so all of them agree on what is on air and who is speaking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.adjustment import AS_SENT, Adjustment, VoicesAdjusted
from ...protocol.audio import SILENCE
from ...protocol.chat import ChatMessage
from ...protocol.evolve_view import cut_off, evolve_view
from ...protocol.health import Stats, VoiceWayChanged
from ...protocol.moderation_log import LogEntry
from ...protocol.people import Person, Role
from ...protocol.playing import Playing
from ...protocol.sound import SoundChanged
from ...protocol.view import RoomView
from ..words.adjustment_words import adjustment_line
from ..words.device_words import microphone_lack
from ..words.happenings import (
    SMALL_ROOM,
    Happening,
    Moment,
    came,
    describe,
    entered,
    returned,
    silenced,
    told_apart,
    unwrote,
    wrote,
)
from ..words.names import written
from ..words.sound_words import sound_changes
from .conversation import Conversation, speaks_to
from .level_history import LevelHistory
from .log_copy import LogCopy
from .own_devices import OwnDevices
from .requests import Requests
from .room_clock import RoomClock
from .room_lists import RoomLists

SPEAKING_LEVEL = -46
"""Level in dBov: a louder sound is speech, a quieter one is noise of the speaker's room."""
SPEAKING_HOLD = 0.7
"""Seconds for which somebody still counts as speaking, so that pauses between words do not show."""
FLOAT_TIME = 4.0
"""Seconds for which a reaction stays on the screen."""
ASK_TIME = 60.0
"""Seconds after which a moderator's request to unmute is no longer shown."""
PLAYED_ON = 3.0
"""Seconds by which what is played is further than a second ago; more is another place."""


class OwnState(Enum):
    """The state of the user's own microphone and place; only the engine can set ON_AIR."""

    CONNECTING = "connecting"
    LISTENING = "listening"
    HAND_RAISED = "hand raised"
    MUTED = "muted"
    OPENING = "opening"
    ON_AIR = "on air"
    SILENCED = "silenced"
    RECONNECTING = "reconnecting"


@dataclass
class RoomModel:
    """What a frontend knows of a room: view, connection, microphone, who is heard, and chat.

    ``own_name`` is the name with which the user entered. ``invite`` is the invite to give to
    friends, for any number of listeners; ``fresh_invite`` is the last one that the user made, maybe
    for somebody with a role. ``sound`` is how the engine treats the user's voice. ``keeps`` is what
    the server keeps, in words. ``own_turn_ending`` is true if the user will soon be off the stage,
    ``servers_apart`` if other servers of the cluster cannot be heard.
    ``stats`` is how well voice went lately, as far as that was asked for; ``heard_by`` who heard
    the user when they were last on air. ``adjustments`` is how the user hears people, by key, if
    not as they are sent. ``playing`` is what they play to the room.
    """

    own_name: str = ""
    view: RoomView | None = None
    connection: local.Connection = field(
        default_factory=lambda: local.Connection(state="connecting")
    )
    devices: OwnDevices = field(default_factory=OwnDevices)
    microphone_open: bool = False
    own_voice: local.OwnVoice = field(default_factory=lambda: local.OwnVoice(on=False))
    opening: bool = False
    sound: SoundChanged | None = None
    own_level: int = SILENCE
    levels: dict[str, int] = field(default_factory=dict)
    false_levels: set[str] = field(default_factory=set)
    adjustments: dict[str, Adjustment] = field(default_factory=dict)
    playing: Playing | None = None
    asked_by: str | None = None
    invite: str | None = None
    fresh_invite: e.RoomInviteMade | None = None
    left: local.Left | None = None
    keeps: tuple[str, ...] = ()
    lists: RoomLists = field(default_factory=RoomLists)
    clock: RoomClock = field(default_factory=RoomClock)
    own_turn_ending: bool = False
    servers_apart: bool = False
    stats: Stats | None = None
    heard_by: e.HeardBy | None = None
    _history: LevelHistory = field(default_factory=LevelHistory)
    _conversation: Conversation = field(default_factory=Conversation)
    _log: LogCopy = field(default_factory=LogCopy)
    _asked_at: float = 0.0
    _heard: dict[str, float] = field(default_factory=dict)
    _floats: dict[str, tuple[int, float]] = field(default_factory=dict)
    _requests: Requests = field(default_factory=Requests)
    _host_fate: str = "The host dropped"
    _met: set[str] = field(default_factory=set)
    _blocked: frozenset[str] = frozenset()

    def prepared(self, command: c.Command) -> c.Command:
        """Return a command as it is to be sent: with a ``ref`` if its ``done`` is worth a line."""
        if isinstance(command, c.Unmute):
            self.opening = True
        named = getattr(command, "id", "") or getattr(command, "person", "")
        return self._requests.numbered(command, self.name_of(named or ""))

    def receive(self, event: local.ChannelEvent, now: float, wall: float) -> Happening | None:
        """Apply an event and return its line, if any.

        ``now`` is monotonic; ``wall`` is in seconds since 1970.
        """
        faultless = self._log.fault is None
        happening = self._apply(event, now, wall)
        if faultless and self._log.fault is not None:
            return Happening(self._log.fault, "loud")
        return happening

    def _apply(self, event: local.ChannelEvent, now: float, wall: float) -> Happening | None:
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
            case local.OwnVoice():
                self.own_voice = event
            case local.Levels():
                self._note_levels(event, now)
                return None
            case SoundChanged():
                return self._note_sound(event)
            case Stats():
                self.stats = event
                return None
            case e.HeardBy():
                self.heard_by = event
                return None
            case Playing():
                before_it, self.playing = self.playing, event
                if before_it is not None and _goes_on(before_it, event):
                    return None
            case local.FalseLevel(id=id):
                self.false_levels.add(id)
            case VoicesAdjusted(voices=voices):
                return self._adjust_voices(voices)
            case local.Left():
                self.left = event
                self.microphone_open, self.playing = False, None
            case e.Refused(command="unmute"):
                self.opening = False
            case e.AskedToUnmute(by=by):
                self.asked_by, self._asked_at = by, now
            case e.Done(ref=ref):
                words = self._requests.done(ref)
                return Happening(words) if words else None
            case e.RoomInviteMade() | e.ChatPage() | e.LogPage():
                self._keep_answer(event)
                return None
            case e.PeoplePage() | e.BanList() | e.RoomInviteList():
                self.lists.keep_list(event)
                return None
            case e.SilenceList(silences=silences, ref=ref):
                self.lists.keep_list(event)
                return silenced(silences) if ref is None else None  # else a search asked
            case e.BlockedChanged(people=people):
                self._blocked = frozenset(people)
            case e.Challenge() | e.Welcome() | e.RoomLeft() | e.RoomsListed() | e.DeskEvent():
                pass
            case local.ServerNews():  # of no room
                return None
            case e.KnockAnswered():
                pass
            case local.Device() | local.DeviceList() | local.DeviceChosen() | local.DeviceStatus():
                self.devices.receive(event)
            case e.Refused() | e.Goodbye() | e.OtherServers() | local.Problem() | VoiceWayChanged():
                pass
            case e.ServersApart(apart=apart):
                self.servers_apart = apart
            case e.ServerStopping():
                moment = Moment(self.clock.server_time(wall))
                return describe(event, before, self.view, moment)
            case _ if before is not None:
                self._log.check_event(event)
                return self._in_room(event, before, now, wall)
        return describe(event, before, self.view, Moment())

    def _in_room(
        self, event: e.RoomEvent, before: RoomView, now: float, wall: float
    ) -> Happening | None:
        self.view = after = evolve_view(before, event)
        if before.host is not None:
            self._host_fate = _fate(before, event)
        self._give_up_opening(event, before.you)
        self._mind_own_turn(event, before.you)
        if self.role == "listener":
            self.asked_by = None
        match event:
            case e.ParticipantJoined(id=id, person=whose):
                return self._met_somebody(id, after.people.get(whose), before)
            case e.ParticipantLeft(id=id):
                self.lists.see_leave(event, before.person_in(id))
            case e.PersonChanged(person=person):
                self._conversation.renamed(person)
                self.lists.rename(person)
            case e.ChatPosted(message=message):
                own, people = message.person == before.me, before.people | event.people
                self._conversation.posted(message, people, own=own)
                return wrote(message, after, mentioned=self.mentioned(message))
            case e.ChatRemoved(number=number):
                return unwrote(event, self._conversation.removed(number), after)
            case e.Pulse():
                self._float(event, now)
        entry = self._log.entries[-1] if self._log.entries else None
        moment = Moment(self.clock.server_time(wall), self._host_fate, entry)
        return describe(event, before, after, moment)

    def _keep_answer(self, answer: e.RoomInviteMade | e.ChatPage | e.LogPage) -> None:
        """Keep the answer to a question."""
        match answer:
            case e.RoomInviteMade(invite=invite, ref=ref):
                self.fresh_invite = answer
                if self._requests.invites_friends(ref):
                    self.invite = invite
            case e.ChatPage():
                self._conversation.add_page(answer)
            case e.LogPage():
                self._log.add_page(answer)

    def _adjust_voices(self, voices: dict[str, Adjustment]) -> Happening | None:
        """Note how the user hears people; who is missing now has merely gone out of view."""
        before, self.adjustments = self.adjustments, voices
        view = self.view
        known = [*self.lists.people]
        known += view.people.values() if view is not None else ()
        names = {each.key: written(each, view) for each in known}
        changed = [key for key, each in voices.items() if each != before.get(key, AS_SENT)]
        if not changed:
            return None
        told = [adjustment_line(names.get(key, "Somebody"), voices[key]) for key in changed]
        return Happening("; ".join(told), "quiet", f"how you hear {' '.join(changed)}")

    def _met_somebody(self, seat: str, person: Person | None, before: RoomView) -> Happening | None:
        new = seat not in self._met
        self._met.add(seat)
        if not new or person is None:
            return None
        if seat == before.you:
            return told_apart(person) if person.tail else None
        if before.audience < SMALL_ROOM:
            return came(seat, person, before)
        return None

    def _mind_own_turn(self, event: e.RoomEvent, you: str) -> None:
        match event:
            case e.TurnEnding(id=id) if id == you:
                self.own_turn_ending = True
            case e.TurnSet(id=id) | e.StageLeft(id=id) if id == you:
                self.own_turn_ending = False

    def _give_up_opening(self, event: local.ChannelEvent, you: str) -> None:
        """Stop waiting for the microphone to open if a moderator silenced or moved the user."""
        match event:
            case e.Silenced(id=id) | e.StageLeft(id=id) if id == you:
                self.opening = False

    def _join(self, event: e.Joined, wall: float) -> Happening:
        first, me_before = self.view is None, self.view.me if self.view is not None else ""
        self.view = event.view
        self.invite = event.invite or self.invite
        self.keeps = event.keeps
        self.opening = self.own_turn_ending = self.servers_apart = False
        self.stats = self.heard_by = None  # another engine may have begun
        self.clock.set_clock(event.server_time, wall)
        self._met |= {*event.view.stage, *event.view.front_row}
        self._conversation.begin(event, again=event.resumed, me_before=me_before)
        if event.resumed and not first:
            self._log.resume(event.view.log)
        else:
            self._log.begin_log(event.room, event.view.log)
        if first:
            return entered(event)
        return returned(event)

    def _note_sound(self, event: SoundChanged) -> Happening | None:
        before, self.sound = self.sound, event
        if before is None or before.played != event.played:
            return None
        changes = sound_changes(before.sound, event.sound)
        return Happening(f"Your sound: {'; '.join(changes)}") if changes else None

    def _note_levels(self, event: local.Levels, now: float) -> None:
        self.own_level = event.microphone
        self.levels = dict(event.speakers)
        if self.view is not None:
            self.levels.pop(self.view.you, None)
            if self.microphone_open:
                self.levels[self.view.you] = event.microphone
        self._history.note_levels(self.levels, now)
        for id, level in self.levels.items():
            if level >= SPEAKING_LEVEL:
                self._heard[id] = now

    def _float(self, event: e.Pulse, now: float) -> None:
        shown = self.floating(now)
        for reaction, count in event.reactions.items():
            self._floats[reaction] = (shown.get(reaction, 0) + count, now)

    def note_sight(self, looks: bool) -> None:
        """Note whether the user sees the newest messages now; those in sight count as read."""
        self._conversation.note_sight(looks)

    def forget_new(self) -> None:
        """Take the messages that came while the user did not look for read."""
        self._conversation.new_from = None

    @property
    def new_from(self) -> int | None:
        """The number from which on messages came while the user last did not look, or None."""
        return self._conversation.new_from

    @property
    def role(self) -> Role:
        """The user's own role; listener before the room is known."""
        return self.view.role if self.view else "listener"

    @property
    def own(self) -> OwnState:
        """The user's own state, as the bar at the bottom shows it."""
        if self.microphone_open:
            return OwnState.ON_AIR
        if self.view is None:
            return OwnState.CONNECTING
        if self.is_cut_off:
            return OwnState.RECONNECTING
        me = self.view.stage.get(self.view.you)
        if me is None:
            raised = self.view.place_in_queue(self.view.you) is not None
            return OwnState.HAND_RAISED if raised else OwnState.LISTENING
        if me.silenced:
            return OwnState.SILENCED
        return OwnState.OPENING if self.opening else OwnState.MUTED

    @property
    def microphone_lack(self) -> str:
        """Why no microphone is in use, in words, for the case that none is."""
        used = self.devices.used.get("microphone")
        return microphone_lack(used, on_stage=self.role != "listener")

    @property
    def hearers(self) -> e.HeardBy | None:
        """Who hears the user; None while they are not on air, and while it is not known."""
        return self.heard_by if self.microphone_open else None

    @property
    def is_cut_off(self) -> bool:
        """Whether the link to the server is lost: until it is back nothing can be asked."""
        return self.connection.state == "reconnecting"

    @property
    def is_at_door(self) -> bool:
        """Whether the user waits until somebody lets them in."""
        return self.connection.state == "knocking"

    @property
    def invited_by(self) -> str | None:
        """The id of the person who invites the user on stage, or None."""
        invitation = self.view.stage_invitations.get(self.view.you) if self.view else None
        return invitation.by if invitation is not None else None

    def asked(self, now: float) -> str | None:
        """Return who asks the user to unmute; None if that was long ago or is settled."""
        fresh = now - self._asked_at < ASK_TIME
        return self.asked_by if fresh and not self.microphone_open else None

    def is_speaking(self, id: str, now: float) -> bool:
        """Whether somebody on stage is heard now or was a moment ago."""
        speaker = self.view.stage.get(id) if self.view else None
        if speaker is None or speaker.silenced or not speaker.connected:
            return False
        return now - self._heard.get(id, float("-inf")) < SPEAKING_HOLD

    def level(self, id: str, now: float) -> int:
        """Return how loud a person is, in dBov; silence while they are not speaking."""
        return self.levels.get(id, SILENCE) if self.is_speaking(id, now) else SILENCE

    def recent_levels(self, id: str, now: float) -> tuple[int, ...]:
        """Return how loud a person was in the last seconds, in dBov, the newest at the end."""
        return self._history.recent(id, now, SILENCE)

    def adjustment_of(self, person: Person) -> Adjustment:
        """Return how the user hears a person."""
        return self.adjustments.get(person.key, AS_SENT)

    def floating(self, now: float) -> dict[str, int]:
        """Return the reactions of the last moments and how many there are of each."""
        return {
            reaction: count
            for reaction, (count, at) in self._floats.items()
            if now - at < FLOAT_TIME
        }

    @property
    def chat(self) -> dict[int, ChatMessage]:
        """The newest messages by number, in order."""
        return self._conversation.messages

    @property
    def unread(self) -> int:
        """Number of messages of other people that the user has not seen."""
        return self._conversation.unread

    @property
    def more_chat(self) -> bool:
        """Whether the command ``read_chat`` would bring older messages."""
        return self._conversation.more

    @property
    def renamings(self) -> int:
        """Number of times a person's name was shown differently, in earlier messages too."""
        return self._conversation.renamings

    def mentioned(self, message: ChatMessage) -> bool:
        """Whether a message of somebody else is for the user, who does not block them.

        It mentions them, or answers a message of theirs.
        """
        if self.view is None or message.person in (self.view.me, *self._blocked):
            return False
        answered = self.chat.get(message.reply_to or 0)
        if answered is not None and answered.person == self.view.me:
            return True
        me = self.view.people.get(self.view.me)
        return speaks_to(message, me.name if me else self.own_name, me.tail if me else "")

    def author(self, message: ChatMessage) -> Person:
        """Return who wrote a message, as they are called now."""
        return self._conversation.author(message)

    @property
    def log(self) -> list[LogEntry]:
        """The newest moderation log entries that the user was told or asked for, in order."""
        return self._log.entries

    @property
    def log_fault(self) -> str | None:
        """How the moderation log contradicts what was told before; None if it does not."""
        return self._log.fault

    @property
    def opened_at(self) -> float | None:
        """When the room was opened, to which its log is chained; known once the log was read."""
        return self._log.opened_at

    def spoken(self, id: str) -> float:
        """Return for how many seconds a person has been heard in this room."""
        if self.view is None:
            return 0.0
        if id in self.view.stage:
            return self.view.stage[id].spoken
        return next((each.spoken for each in self.view.hands if each.id == id), 0.0)

    def name_of(self, id: str) -> str:
        """Return the name of a person in view, or a word for somebody who is not in view."""
        person = self.view.person(id) if self.view else None
        return written(person, self.view) if person else "Somebody"


def _fate(view: RoomView, event: e.RoomEvent) -> str:
    """Return in words how the former host went: left or dropped."""
    host = view.host
    assert host is not None
    left = isinstance(event, e.ParticipantLeft) and event.id == host.id and event.reason == "left"
    return f"{view.shown(host).full_name} {'left' if left else 'dropped'}"


def _goes_on(before: Playing, now: Playing) -> bool:
    """Whether no more has happened to what is played than that time passed."""
    same = (before.name, before.state) == (now.name, now.state)
    return same and 0.0 <= now.position - before.position < PLAYED_ON
