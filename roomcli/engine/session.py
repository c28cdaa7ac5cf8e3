"""One stay in one room: link, view, microphone and voice, told to one frontend."""

from __future__ import annotations

import functools
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import trio
from msgspec.structs import replace

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.adjustment import AdjustingCommand
from ..protocol.audio import Bundle, UplinkFrame
from ..protocol.health import ShowQuality, WatchStats
from ..protocol.local import (
    ChannelCommand,
    Connection,
    ConnectServer,
    Device,
    DeviceChosen,
    DisconnectServer,
    Enter,
    Left,
    Microphone,
    OpenDevices,
    PlayTone,
    Problem,
    PushToTalk,
    ReadRoom,
    RenewMicrophone,
    SignOnByBrowser,
    TypedCommand,
    WatchDevices,
)
from ..protocol.sound import SoundChanged
from ..protocol.view import RoomView
from .adjusting import Adjusting
from .adjustments import Adjustments
from .blocked import Blocked
from .channel import Channel
from .chiming import Chiming
from .claim import MicrophoneClaim, is_real
from .control_socket import ControlCommand, Reply
from .device_choice import DeviceChoice
from .dialogue import LinkNews
from .ending import Ending
from .global_shortcut import follow_held_key
from .hearing import Hearing
from .link import CONNECTION_FAILED, ServerConnection
from .microphone import MicrophoneCause
from .other_device import IN_ROOM
from .own_microphone import OwnMicrophone
from .own_sound import OwnSound
from .own_voice import OwnVoiceTest
from .record import Record
from .replies import Answer, Answered, PendingReplies
from .sleep import SleepWatch
from .sound_commands import SoundCommand, SoundCommands
from .talk_watch import TalkWatch, advice
from .voice import AudioDevices
from .voice_quality import VoiceQuality
from .way_news import WayNews

log = logging.getLogger(__name__)

BEAT = 0.1
"""Seconds between two checks of levels, lease, claim and clocks."""
LEAVE_SECONDS = 1.0
"""Seconds that saying goodbye may take."""
MAX_HELD_BACK = 100
"""Events that may wait for the first ``joined``."""
_SECOND = 10
"""Beats in one second."""
_ROOM_EVENTS = get_args(e.RoomEvent)


class RoomSession:
    """A stay in the room that ``enter`` names, until the frontend, the room or the server ends it.

    ``begin`` is called when the room is entered, ``leave`` when somebody else on this machine wants
    to leave it. ``sign_on`` waits for the browser in which somebody signs on. ``blocked`` knows
    whom the person blocks, ``sound`` what they want to be done to their voice, ``adjustments``
    how they hear people.
    ``claim_path`` is the user's file that says which engine has the microphone. With ``owned``, a
    frontend owns this engine: it keeps the microphone's lease, and gets the resume ticket, so that
    it can start another engine with it. Otherwise the ticket stays in the engine.
    """

    def __init__(
        self,
        address: Address,
        enter: Enter,
        link: ServerConnection,
        replies: PendingReplies,
        channel: Channel,
        claim_path: Path,
        begin: Callable[[], None],
        leave: Callable[[], None],
        sign_on: Callable[[SignOnByBrowser, Answered], None],
        *,
        blocked: Blocked,
        sound: OwnSound,
        adjustments: Adjustments,
        owned: bool = False,
    ) -> None:
        self._address = address
        self._enter = enter
        self._owned = owned
        self._blocked = blocked
        self._record = Record(address.room)
        self._channel = channel
        self._link = link
        self._replies = replies
        self._voice = AudioDevices(
            enter.mic, enter.speaker, self._send_voice, self._on_device, sound, self.tell
        )
        self._device_choice = DeviceChoice(self._voice, self._on_choice)
        self._told_sound: SoundChanged | None = None
        self._hearing = Hearing(self._voice.mixer)
        self._quality = VoiceQuality(link, self._voice, self._hearing)
        self._way_news = WayNews()
        self._own_voice = OwnVoiceTest(self._voice, self.tell)
        self._chiming = Chiming(self._voice.mixer.chimes.play, on=bool(enter.chimes))
        self._claim = MicrophoneClaim(claim_path)
        self._adjusting = Adjusting(adjustments, self.tell)
        self._microphone = OwnMicrophone(
            self._voice,
            self._replies.forward,
            self._on_microphone,
            lambda: self._record.is_unmuted,
            self._claim if is_real(enter.mic) else None,
            leased=owned,
        )
        self._sound_commands = SoundCommands(
            self._voice, self._microphone, self._device_choice, self._own_voice, self._chiming
        )
        self._watches_stats = False
        self._talk = TalkWatch(enter.auto_mute, may_be_dead=is_real(enter.mic))
        self._begin_obeying = begin
        self._leave_as_asked = leave
        self._sign_on = sign_on
        self._held_back: deque[e.Event] = deque(maxlen=MAX_HELD_BACK)
        self._stay = 0
        self._left: Left | None = None
        self._leaving = trio.Event()
        self._visit_ended = trio.Event()

    async def run(self) -> Left:
        """Stay until the end; return why it ended."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._voice.run)
            await nursery.start(self._device_choice.run)
            nursery.start_soon(self._beat)
            if self._enter.push_to_talk_anywhere:
                nursery.start_soon(self._follow_shortcut)
            self._stay = self._link.enter(self._address, self._enter)
            await self._leaving.wait()
            with trio.move_on_after(LEAVE_SECONDS):
                await self._visit_ended.wait()
            if not self._visit_ended.is_set():
                self._link.cut("no goodbye came")
            self._link.playing_delay = None
            heard = self._voice.mixer.stats()
            nursery.cancel_scope.cancel()
        log.info("heard %s; %d entries unannounced", heard, self._hearing.unknown)
        assert self._left is not None
        return self._left

    def leave(self, left: Left) -> None:
        """End the stay; the first reason that is given counts."""
        if self._left is None:
            self._left = left
            self._microphone.happen(MicrophoneCause.LEFT)
            if not self._link.leave():
                self._visit_ended.set()
            self._leaving.set()

    async def _follow_shortcut(self) -> None:
        """Open the microphone while a key of the desktop is held, where it gives one."""

        def hold(down: bool) -> None:
            self.obey(PushToTalk(down=down, at=time.monotonic()))

        log.info("no key of the desktop: %s", await follow_held_key(hold))

    # Commands of the frontend.

    def obey(self, command: ChannelCommand) -> None:
        """Carry out a command of the frontend."""
        if self._left is not None:
            return
        match command:
            case RenewMicrophone():
                self._microphone.renew_lease(trio.current_time())
            case WatchDevices(on=on):
                self._device_choice.watch_devices(on)
            case WatchStats(on=on):
                self._watches_stats = on
                if command.ref is not None:
                    self.tell(e.Done(ref=command.ref))
            case (
                OpenDevices()
                | PlayTone()
                | Enter()
                | ConnectServer()
                | DisconnectServer()
                | c.WatchRooms()
                | c.WatchHome()
                | c.LeaveRoom()
            ):
                name = c.command_name(command)
                text = f"{name} is for outside a room"
                self.tell(Problem(code="in_room", text=text, ref=command.ref))
            case _:
                self._carry_out(command, functools.partial(self._answer, command.ref))

    def _answer(self, ref: int | None, answer: Answer) -> None:
        """Give the frontend an answer, under its own ref; it hears of success if it gave one."""
        if ref is not None or not isinstance(answer, e.Done):
            self.tell(replace(answer, ref=ref))

    def _carry_out(self, command: TypedCommand, answered: Answered) -> None:
        match command:
            case _ if isinstance(command, SoundCommand):
                self._sound_commands.obey(command, answered)
            case c.Leave():
                self._leave_as_asked()
            case SignOnByBrowser():
                self._sign_on(command, answered)
            case _ if isinstance(command, AdjustingCommand):
                self._adjusting.obey(command)
                self.follow_adjustments()
                answered(e.Done(ref=0))
            case ShowQuality():
                self._quality.measure(trio.current_time())
                answered(self._quality.figures())
                answered(e.Done(ref=0))
            case _:
                self._replies.forward(command, answered)

    @property
    def view(self) -> RoomView | None:
        """The room as the person may see it; None before they came in."""
        return self._record.view

    def follow_adjustments(self) -> None:
        """Hear everybody as the person wants to: whom they block, whom they hear otherwise."""
        if self._record.view is not None:
            self._follow(self._record.view)

    @property
    def was_entered(self) -> bool:
        """Whether the person ever came into the room."""
        return self._record.view is not None

    @property
    def is_over(self) -> bool:
        """Whether the stay is ending."""
        return self._left is not None

    # Commands of others on this machine, through the control socket.

    def state(self) -> dict[str, Any]:
        """Return the room as a status bar shows it."""
        voices = self._adjusting.adjusted_voices(self._record.view).voices
        return self._record.summary(
            on_air=self._microphone.is_open,
            adjustments=voices,
            playing=self._voice.player.state,
        )

    def control(self, command: ControlCommand, answered: Callable[[Reply], None]) -> None:
        """Carry out a command; ``answered`` gets the answers of the server or of this engine."""
        match command:
            case c.Leave():
                answered(e.Done(ref=0))
                self._leave_as_asked()
            case ReadRoom():
                joined = self._record.joined(trio.current_time())
                if joined is None:
                    text = "not in the room yet"
                    answered(e.Refused(command="read_room", code="not_connected", text=text))
                    return
                answered(replace(joined, invite=None, ticket=None))
                answered(e.Done(ref=0))
            case c.Unmute():
                # Like a held key: it opens the microphone, but never ends the lease of an open one.
                self._carry_out(PushToTalk(down=True), answered)
            case _:
                self._carry_out(command, answered)

    # LinkNews of the link.

    def hear(self, news: LinkNews) -> None:
        """Handle news of the link; those of another stay are ignored."""
        if news.stay not in (0, self._stay):
            return
        match news.what:
            case Bundle():
                self._play(news.what)
            case e.Joined():
                self._begin(news.what)
            case Connection():
                self._change_connection(news.what)
            case Ending():
                self._end(news.what)
            case e.Refused(command="enter_room", code=code, text=text):
                self._end(Ending(code, text, refused=True))
            case e.Welcome():
                pass
            case e.DeskEvent() | Problem():
                self.tell(news.what)
            case _:
                self._handle_event(news.what)

    def _end(self, ending: Ending) -> None:
        exit_code = 0
        if ending.code == CONNECTION_FAILED:
            exit_code = 3
        elif ending.refused or ending.code in ("removed", "banned"):
            exit_code = 4
        elif ending.code == "protocol":
            exit_code = 1
        self._visit_ended.set()
        self.leave(Left(code=ending.code, text=ending.text, exit_code=exit_code))

    def _begin(self, joined: e.Joined) -> None:
        """Handle that the person is in the room, for the first time or again.

        They are muted, but where the room has moved and took the open microphone along.
        """
        joined = joined if self._owned else replace(joined, ticket=None)
        self._record.join(joined, trio.current_time())
        if joined.moved and self._record.is_unmuted:
            self._microphone.correct_room()
        else:
            self._microphone.happen(MicrophoneCause.DISCONNECTED)
        self._channel.send(joined)
        self._chiming.follow_room(joined, None, trio.current_time())
        for event in self._held_back:
            self._channel.send(event)
        self._held_back.clear()
        self._begin_obeying()
        self._way_news = WayNews()
        self._hearing.restart()
        self._adjusting.recall_voices()
        self._follow(joined.view)

    def _handle_event(self, event: e.ServerMessage) -> None:
        """Handle an event of the room."""
        view = self._record.view
        if isinstance(event, e.Goodbye | e.RoomLeft) and view is not None:
            self._microphone.follow(event, view.you)
        self._channel.send(event)
        if isinstance(event, e.RoomLeft):
            self._end(Ending(event.reason, event.text))
        if isinstance(event, _ROOM_EVENTS):
            self._chiming.follow_room(event, view, trio.current_time())
            self._record.evolve(event)
            if (view := self._record.view) is not None:
                self._follow(view)
                self._microphone.follow(event, view.you)

    def _send_voice(self, frame: UplinkFrame) -> None:
        self._quality.send_frame(frame)

    def _play(self, bundle: Bundle) -> None:
        """Handle a bundle of other people's voices."""
        for event in self._hearing.receive_bundle(bundle, trio.current_time()):
            self._channel.send(event)

    def _change_connection(self, event: Connection) -> None:
        """Handle a change in the state of the link itself."""
        self._record.change_connection(event)
        if event.state == "knocking":  # there is no room yet of which it could be news
            self._channel.send(event)
            return
        if event.state == "reconnecting":
            self._microphone.happen(MicrophoneCause.DISCONNECTED)
        self.tell(event)

    def _follow(self, view: RoomView) -> None:
        unheard = self._blocked.unheard(view)
        self._hearing.follow_stage(view, self._adjusting.renderings(view, unheard))
        if (news := self._adjusting.news(view)) is not None:
            self._channel.send(news)
        self._voice.want_microphone(view.you in view.stage)
        self._voice.encoding.ceiling = view.settings.max_bitrate * 1000

    # Regular checks.

    async def _beat(self) -> None:
        beats = 0
        watch = SleepWatch(BEAT, time.monotonic(), time.time())
        while True:
            await trio.sleep(BEAT)
            beats += 1
            if watch.has_slept(time.monotonic(), time.time()):
                self._wake_up()
            now, view = trio.current_time(), self._record.view
            self._microphone.watch(now)
            self._quality.choose_bitrate(now)
            self._watch_talk()
            self._quality.choose_delay(now, permitted=view is not None and view.takes_short_frames)
            self._own_voice.judge(now)
            if beats % _SECOND == 0:
                self._microphone.correct_room()
                self._quality.measure(now)
                self._tell_way()
                self._replies.give_up_old()
                if self._watches_stats:
                    self._channel.send(self._quality.figures())
            if view is not None:
                self._tell_sound()
                if self._enter.levels:
                    self._report(beats)

    def _watch_talk(self) -> None:
        """Warn of an open microphone that gives no sound, and close one that is quiet for long."""
        if not (self._microphone.is_open and self._voice.listens):
            return
        match self._talk.watch(self._voice.level, self._voice.speaks, trio.current_time()):
            case "dead":
                text = advice(
                    IN_ROOM["microphone"],
                    macos=sys.platform == "darwin",
                    over_ssh="SSH_CONNECTION" in os.environ,
                )
                self.tell(Problem(code="silent_microphone", text=text))
            case "quiet":
                self._microphone.happen(MicrophoneCause.QUIET)

    def _tell_way(self) -> None:
        """Tell by which way voice goes, whenever that has changed."""
        if (news := self._way_news.follow_ways(self._link.voice_ways)) is not None:
            self.tell(news)

    def _tell_sound(self) -> None:
        """Tell how the voice is treated, whenever that has changed."""
        if (sound := self._voice.own_sound) != self._told_sound:
            self._told_sound = sound
            self.tell(sound)

    def _wake_up(self) -> None:
        self._microphone.happen(MicrophoneCause.SLEPT)
        self._voice.reopen()
        self._link.reconnect_now("the machine slept")

    def _report(self, beats: int) -> None:
        self._channel.send(self._quality.heard_now(trio.current_time()))
        if beats % _SECOND == 0:
            connection = self._quality.connection
            # A server that is reached may still wait for whoever decides about the room.
            if connection is not None and self._record.is_connected:
                self._channel.send(connection)
            playing = self._voice.player.state
            if playing is not None and playing.state == "playing":
                self._channel.send(playing)

    def _on_microphone(self, event: e.Event) -> None:
        self._talk.rest()
        if isinstance(event, Microphone):
            self._chiming.follow_microphone(event)
            if event.open:
                self._own_voice.switch_off()
        self.tell(event)

    def _on_device(self, device: Device) -> None:
        self._record.change_device(device)
        if device.kind == "microphone" and device.problem:
            self._microphone.happen(MicrophoneCause.DEVICE_FAILED)
        self.tell(device)

    def _on_choice(self, event: e.Event) -> None:
        if isinstance(event, DeviceChosen) and event.kind == "microphone":
            self._microphone.follow_choice(self._claim if is_real(event.device) else None)
            self._talk.follow_choice(may_be_dead=is_real(event.device))
        self.tell(event)

    def tell(self, event: e.Event) -> None:
        """Send an event to the frontend; events before the first ``joined`` wait for it."""
        if self._record.view is None:
            self._held_back.append(event)
        else:
            self._channel.send(event)

    def snapshot(self) -> list[e.Event]:
        """Return the room as it is now, for a frontend that missed events."""
        known = self._record.snapshot(trio.current_time(), on_air=self._microphone.is_open)
        voices = self._adjusting.adjusted_voices(self._record.view)
        playing = [] if self._voice.player.state is None else [self._voice.player.state]
        return (
            [*known, self._voice.own_sound, voices, self._own_voice.state, *playing]
            if known
            else []
        )
