"""The room in lines: an event is a sentence, a typed line is a command or a chat message.

Made for screen readers and pipes: nothing is drawn again, nothing is said by a symbol alone.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...protocol import commands as c
from ...protocol import events as e
from ...protocol import local
from ...protocol.chat import ChatMessage
from ...protocol.health import Stats
from ...protocol.moderation_log import first_fault
from ...protocol.sound import SoundChanged
from ...protocol.view import RoomView
from ..engine_process import RENEWAL, Engine
from ..grammar.completions import completions
from ..grammar.search import Lookups, NameSearch
from ..grammar.slash import parse
from ..model.own_devices import KeepDevice, kept_for_now
from ..model.room_model import RoomModel
from ..model.sound_memory import SoundMemory
from ..outcome import Outcome
from ..words.applause import Applause
from ..words.calendar_words import calendar_lines
from ..words.comings import Comings
from ..words.community_words import answer_lines
from ..words.device_words import devices_line
from ..words.happenings import Happening
from ..words.log_export import LogReading, export
from ..words.names import written
from ..words.profile_words import person_lines
from ..words.quality_words import hearing_words, trouble_words
from ..words.sharing import filled, line_with
from . import reading_aloud as aloud

MAX_EARLY = 1000
"""Most lines that wait for the room to be entered, or for an answer that an earlier line needs."""
QUESTION_SECONDS = 60.0
"""Seconds that a question waits for its answer; a later "yes" is meant for somebody else."""
MESSAGES_AT_ONCE = 20
"""Most chat messages that one question reads out."""


class PlainRoom:
    """One room in lines of text; ``say`` prints one line.

    ``ends_room``: the room ends with this process, since the server of the room does.
    ``keep_device`` is told which microphone or speakers are chosen, ``sound`` how the user's voice
    is treated.
    """

    def __init__(
        self,
        engine: Engine,
        say: Callable[[str], None],
        enter: local.Enter,
        share_line: str | None = None,
        *,
        ends_room: bool = False,
        keep_device: KeepDevice = kept_for_now,
        sound: SoundMemory | None = None,
    ) -> None:
        self._engine = engine
        self._say = say
        self._url = enter.url
        self._share_line = share_line
        self._sound = sound or SoundMemory(enter.sound)
        self._applause = Applause()
        self._comings = Comings()
        self._tells_comings = True
        self._read_back_to: int | None = None
        self._newest_message = 0
        self._cut_off_by = ""
        self._troubles: set[str] = set()
        self._reading: LogReading | None = None
        self._log_file: Path | None = None
        self._early: list[str] = []
        self._lookups = Lookups(engine.send)
        self._ends_room = ends_room
        self._keep_device = keep_device
        self._asked: tuple[c.Leave | c.EndRoom | c.DeleteProfile, float] | None = None
        self._input_ended = False
        self.model = RoomModel(own_name=enter.name)

    async def run(self) -> Outcome:
        """Run until the engine has sent its last event, and return the outcome."""
        renewing = asyncio.create_task(self._beat())
        try:
            return await self._receive_all()
        finally:
            renewing.cancel()

    async def _beat(self) -> None:
        """Keep the microphone open while this process runs: a stopped process cannot watch it."""
        while True:
            if self.model.microphone_open or self.model.opening:
                self._engine.send(local.RenewMicrophone())
            self._tell_applause()
            self._say_if_any(self._comings.due_line(time.monotonic()))
            await asyncio.sleep(RENEWAL)

    async def _receive_all(self) -> Outcome:
        async for event in self._engine.events():
            self.receive(event)
            if isinstance(event, local.Left):
                return Outcome(event.exit_code, event.text, event.code)
        return Outcome(1, "the engine is gone")

    def receive(self, event: local.ChannelEvent) -> None:
        """Apply an event and say what it means."""
        before = self.model.view
        happening = self.model.receive(event, time.monotonic(), time.time())
        waited = self._lookups.busy
        settled = self._lookups.settles(event)
        if waited and not self._lookups.busy:
            self._go_on()
        if settled:
            return
        # The outcome's text says at the end why the session is over.
        over = isinstance(event, e.RoomLeft | e.Goodbye | local.Left)
        if happening is not None and self._comes_or_goes(event, happening, before):
            return
        if happening is not None or over:
            self._say_if_any(self._comings.sum_up())
        if happening is not None and not over:
            self._say(happening.text + self._advice(event))
        self._answer(event)

    def _comes_or_goes(
        self, event: local.ChannelEvent, happening: Happening, before: RoomView | None
    ) -> bool:
        """Collect somebody else who came or left, to say it with others; whether that is all."""
        view = self.model.view if isinstance(event, e.ParticipantJoined) else before
        if not isinstance(event, e.ParticipantJoined | e.ParticipantLeft) or view is None:
            return False
        person = view.person(event.id)
        if person is None or event.id == view.you:
            return False
        if self._tells_comings:
            came = isinstance(event, e.ParticipantJoined)
            name = written(person, view)
            self._comings.add(name, happening.text, time.monotonic(), came=came)
        return True

    def _advice(self, event: local.ChannelEvent) -> str:
        """Return what to type now, as the end of a line; a screen has a banner for that."""
        match event:
            case e.InvitedToStage(id=id) if self.model.view and id == self.model.view.you:
                return ": /accept_stage_invitation or /decline_stage_invitation"
            case e.AskedToUnmute():
                return ": /unmute opens your microphone"
            case e.Knocked():
                return ": /answer_knock yes or /answer_knock no"
        return ""

    def _answer(self, event: local.ChannelEvent) -> None:
        """Read out an event that is an answer or a list."""
        match event:
            case e.Joined():
                self._welcome(event)
            case local.Connection():
                self._tell_why_cut_off(event)
            case local.DeviceList():
                self._say(devices_line(event))
            case local.DeviceChosen():
                self._say_all(filter(None, [self._keep_device(event)]))
            case SoundChanged():
                if remark := self._sound.note(event):
                    self._say(remark)
            case e.Pulse(reactions=reactions) if reactions:
                self._applause.add(reactions)
                self._tell_applause()
            case e.ChatPosted(message=message):
                self._has_read([message])
                self._newest_message = message.number
            case e.ChatPage(messages=messages):
                self._read_out(messages)
            case e.PeoplePage():
                self._say(aloud.people_line(event, self.model.view))
            case e.BanList():
                self._say_all(aloud.ban_lines(event))
            case e.RoomInviteList(invites=links):
                self._say_all(aloud.invite_lines(links))
            case e.RoomInviteMade(invite=invite):
                line = line_with(invite, self._url, self._share_line)
                self._say(aloud.invite_line(event, line))
            case e.LogPage():
                self._take_log(event)
            case e.HeardBy():
                self._tell_who_hears(event)
            case Stats():
                self._say_all(aloud.quality_lines(event, self.model))
            case e.ProfileShown():
                self._say_all(person_lines(event, time.time()))
                if event.followed or event.blocked:
                    self._say("You block them" if event.blocked else "You follow them")
            case (
                e.CommunitiesListed() | e.CommunityShown() | e.CommunityPeople() | e.CommunityLog()
            ):
                self._say_all(answer_lines(event))
            case e.DeskEvent():
                self._say_all(calendar_lines(event))
            case e.Refused(command="read_log"):
                self._reading = None

    def _tell_why_cut_off(self, link: local.Connection) -> None:
        """Say why the person has to wait: once, however often the engine tries in vain."""
        if link.text and link.text != self._cut_off_by:
            if link.state == "knocking":
                self._say(f"{link.text[:1].upper()}{link.text[1:]}: /leave stops waiting")
            else:
                begin = "Not in yet" if link.state == "connecting" else "Reconnecting"
                self._say(f"{begin}: {link.text}")
        self._cut_off_by = link.text

    def _tell_who_hears(self, told: e.HeardBy) -> None:
        """Say who hears the user, once others than before have trouble."""
        troubles = {f"{each.id} {each.why}" for each in told.trouble}
        if troubles != self._troubles:
            self._troubles = troubles
            words = trouble_words(told, lambda person: written(person, self.model.view))
            self._say(". ".join([hearing_words(told).capitalize(), *words]))

    def obey(self, line: str) -> None:
        """Do what a typed line asks for.

        Lines that came through a pipe before the room was entered are done after it was.
        """
        if self.model.is_at_door and line.strip() == "/leave":
            self.leave()
            return
        if self.model.view is None or self._lookups.busy:
            self._early = [*self._early, line][-MAX_EARLY:]
            return
        line = line.strip()
        if self._asked is not None and self._answers(line):
            return
        name, _, rest = line.partition(" ")
        rest, wall = rest.strip(), time.time()
        match name:
            case "":
                return
            case "/help" | "/h" | "/?":
                self._say_all(aloud.help_lines(self.model, rest))
            case "/who":
                self._say(aloud.speaking_line(self.model, time.monotonic()))
                self._say_all(aloud.who_lines(self.model, wall))
            case "/quiet":
                self._turn_quiet()
            case "/hands":
                self._say_all(aloud.hand_lines(self.model, wall))
            case "/log":
                self._read_log(rest)
            case "/bans":
                self._engine.send(c.ListBans())
            case "/invites":
                self._engine.send(c.ListRoomInvites())
            case "/read_chat" if not rest:
                self._read_chat()
            case _:
                self._look_up(line)

    def completions(self, begun: str) -> list[str]:
        """Return the lines that a begun line may become."""
        own = [name for name in aloud.OWN_NAMES if name.startswith(begun)] if begun else []
        return own + [each for each in completions(begun, self.model) if each.strip() not in own]

    def _turn_quiet(self) -> None:
        """Say no longer who comes and goes, or say it again."""
        self._tells_comings = not self._tells_comings
        self._comings = Comings()
        if self._tells_comings:
            self._say("You are told again who comes and goes")
        else:
            self._say("You are not told any more who comes and goes; /quiet again tells it")

    def end_input(self) -> None:
        """Note that nothing more will be typed: leave when all typed lines are done."""
        self._input_ended = True
        if not self._early and not self._lookups.busy:
            self.leave()

    def leave(self) -> None:
        """Leave the room."""
        self._engine.send(c.Leave())

    def _look_up(self, line: str) -> None:
        search = NameSearch(lambda exact: parse(line, self.model, exact=exact))
        self._lookups.begin(search, self._do)

    def _do(self, asked: c.Command | str) -> None:
        if isinstance(asked, str):
            self._say(asked)
        elif isinstance(asked, c.Leave | c.EndRoom | c.DeleteProfile) and self._ends_much(asked):
            self._asked = asked, time.monotonic()
            self._say(self._question(asked))
        else:
            self._engine.send(self.model.prepared(asked))

    def _ends_much(self, asked: c.Leave | c.EndRoom | c.DeleteProfile) -> bool:
        if isinstance(asked, c.DeleteProfile):
            return True
        own_server_ends = self._ends_room and isinstance(asked, c.Leave)
        return self.model.role == "host" or own_server_ends

    def _question(self, asked: c.Leave | c.EndRoom | c.DeleteProfile) -> str:
        """Return what a host is asked once before the room loses its host, or is over."""
        if isinstance(asked, c.EndRoom):
            return "This ends the room for everyone. /end_room again, or yes, ends it"
        if isinstance(asked, c.DeleteProfile):
            what = "This deletes all that this server holds about you"
            return f"{what}. /delete_profile again, or yes, does it"
        follows = "the room goes on without you"
        if self._ends_room:
            follows = "your server ends with you, and the room for everyone"
        elif self.model.view is not None:
            heir = self.model.view.successor
            closes = "nobody takes over, and the room closes unless a host returns"
            follows = (
                closes if heir is None else f"{self.model.view.shown(heir).full_name} takes over"
            )
        host = "You are the host: " if self.model.role == "host" else ""
        question = f"{host}{follows}. /leave again, or yes, leaves"
        return question[0].upper() + question[1:]

    def _answers(self, line: str) -> bool:
        """Whether a line answered the open question; any other line withdraws the question."""
        asked, self._asked = self._asked, None
        if asked is None or time.monotonic() - asked[1] > QUESTION_SECONDS:
            return False
        command = asked[0]
        word = line.partition(" ")[0].casefold()
        if word == f"/{command.__struct_config__.tag}" or line.casefold() in ("yes", "y"):
            self._engine.send(self.model.prepared(command))
            return True
        if line.casefold() in ("no", "n"):
            kept = "Nothing is deleted" if isinstance(command, c.DeleteProfile) else ""
            stays = "You stay" if isinstance(command, c.Leave) else "The room goes on"
            self._say(kept or stays)
            return True
        return False

    def _go_on(self) -> None:
        """Do the lines that waited, and leave if nothing more will be typed."""
        while self._early and not self._lookups.busy:
            self.obey(self._early.pop(0))
        if self._input_ended and not self._early and not self._lookups.busy:
            self.leave()

    def _welcome(self, joined: e.Joined) -> None:
        self._say_all(aloud.who_lines(self.model, time.time()))
        missed = [each for each in joined.chat if each.number > self._newest_message]
        self._newest_message = max([0, *(each.number for each in joined.chat)])
        if joined.resumed:
            self._read_out(missed)
            return
        self._read_back_to = None
        if joined.chat:
            count = len(joined.chat)
            some, them = (f"{count} messages", "them") if count > 1 else ("1 message", "it")
            self._say(f"In the chat: {some}, /read_chat reads {them}")
        if self._share_line is not None:
            self._say(filled(self._share_line, joined.invite))
        self._say("A line without a slash is written to everybody; /help lists the commands")
        self._go_on()

    def _read_chat(self) -> None:
        """Read out older messages than before, from those kept here or else from the server."""
        older = [
            message
            for message in self.model.chat.values()
            if self._read_back_to is None or message.number < self._read_back_to
        ]
        if older:
            self._read_out(older[-MESSAGES_AT_ONCE:])
        elif self.model.more_chat:
            self._engine.send(c.ReadChat(before=min(self.model.chat, default=0)))
        else:
            self._say("There are no older messages")

    def _read_out(self, messages: Sequence[ChatMessage]) -> None:
        self._say_all(aloud.chat_line(message, self.model) for message in messages)
        self._has_read(messages)

    def _has_read(self, messages: Sequence[ChatMessage]) -> None:
        numbers = [message.number for message in messages]
        known = [] if self._read_back_to is None else [self._read_back_to]
        self._read_back_to = min([*known, *numbers], default=None)

    def _read_log(self, file: str) -> None:
        """Ask for the whole moderation log, to read it out or to write it to a file."""
        self._log_file = Path(os.path.expanduser(file)) if file else None
        self._reading = LogReading()
        self._engine.send(self._reading.first())

    def _take_log(self, page: e.LogPage) -> None:
        reading, view = self._reading, self.model.view
        if view is None:
            return
        if self._log_file is None or reading is None:
            self._say_all(aloud.log_line(entry, view) for entry in page.entries)
        if reading is None:
            return
        question = reading.receive_page(page)
        if question is not None:
            self._engine.send(question)
            return
        self._reading = None
        fault = first_fault(reading.entries, view.name, reading.opened_at)
        count = f"{len(reading.entries)} entries"
        self._say(f"The log is not sound: {fault}" if fault else f"The log is sound: {count}")
        if self._log_file is not None:
            self._write_log(self._log_file, view.name, reading)

    def _write_log(self, path: Path, room: str, reading: LogReading) -> None:
        try:
            export(path, room, reading, time.time())
        except FileExistsError:
            self._say(f"{path} exists already: name another file")
        except (OSError, ValueError) as error:
            self._say(f"Cannot write {path}: {getattr(error, 'strerror', error)}")
        else:
            self._say(f"Written to {path}; roomcli audit verify {path} checks it")

    def _tell_applause(self) -> None:
        self._say_if_any(self._applause.line(time.monotonic()))

    def _say_if_any(self, line: str | None) -> None:
        if line is not None:
            self._say(line)

    def _say_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._say(line)
