"""One stay in one room: link, view, microphone and voice, told to one frontend."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import get_args

import trio
from msgspec.structs import replace

from ..errors import ConnectionFailed, ProtocolError
from ..protocol.address import Address
from ..protocol.audio import Bundle
from ..protocol.commands import Leave, Mute, Unmute
from ..protocol.events import (
    Event,
    Goodbye,
    Joined,
    Muted,
    RoomEvent,
    ServerMessage,
    Silenced,
    StageLeft,
    Unmuted,
)
from ..protocol.events import Refused as RefusedEvent
from ..protocol.local import (
    ChannelCommand,
    Connection,
    Device,
    Enter,
    Left,
    Levels,
    Microphone,
    MicrophoneReason,
    OpenDevices,
    PlayTone,
    Problem,
    RenewMicrophone,
)
from ..protocol.room import RoomView, evolve_view
from .channel import Channel
from .claim import MicrophoneClaim
from .hearing import Hearing
from .keys import PersonalKey
from .link import Ending, Link
from .microphone import MicrophoneSwitch
from .voice import Voice

log = logging.getLogger(__name__)

BEAT = 0.1
"""Seconds between two looks at levels, lease, claim and clocks."""
LEAVE_SECONDS = 1.0
"""How long saying goodbye may take."""
SLEPT_SECONDS = 3.0
"""A beat that comes so late, or a clock that jumped so far, means that the machine slept."""
_QUALITY_BEATS = 10
_ROOM_EVENTS = get_args(RoomEvent)


class Session:
    """In the room as ``enter`` says, until the frontend, the room or the server ends it.

    ``claim_path`` is the user's file that says which engine has the microphone.
    """

    def __init__(
        self, address: Address, enter: Enter, key: PersonalKey, channel: Channel, claim_path: Path
    ) -> None:
        self._enter = enter
        self._channel = channel
        self._link = Link(address, enter, key, self)
        self._voice = Voice(enter.mic, enter.speaker, self._link.send_voice, self._on_device)
        self._hearing = Hearing(self._voice.mixer)
        self._switch = MicrophoneSwitch()
        self._claim = MicrophoneClaim(claim_path)
        self._view: RoomView | None = None
        self._held_back: list[Event] = []
        self._left: Left | None = None
        self._leaving = trio.Event()
        self._link_ended = trio.Event()
        self._devices: dict[str, Device] = {}
        channel.snapshot = self._snapshot

    async def run(self) -> int:
        """Stay until the end; returns the exit code."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._voice.run)
            nursery.start_soon(self._beat)
            nursery.start_soon(self._read_commands)
            nursery.start_soon(self._keep_link)
            await self._leaving.wait()
            self._close_microphone("left", tell_server=False)
            with trio.move_on_after(LEAVE_SECONDS):
                await self._link_ended.wait()
            heard = self._voice.mixer.stats()
            nursery.cancel_scope.cancel()
        log.info("heard %s; %d entries unannounced", heard, self._hearing.unknown)
        assert self._left is not None
        self._channel.send(self._left)
        return self._left.exit_code

    def leave(self, left: Left) -> None:
        """End the stay, for the first reason that is given."""
        if self._left is None:
            self._left = left
            if not self._link.send(Leave()):
                self._link_ended.set()
            self._leaving.set()

    # What the frontend asks.

    async def _read_commands(self) -> None:
        while True:
            try:
                command = await self._channel.receive()
            except ProtocolError as error:
                self._channel.send(Problem(code=error.code, text=str(error)))
                continue
            if command is None:
                self.leave(Left(code="left", text="you left", exit_code=0))
                return
            self._obey(command)

    def _obey(self, command: ChannelCommand) -> None:
        match command:
            case Leave():
                self.leave(Left(code="left", text="you left", exit_code=0))
            case RenewMicrophone():
                self._switch.renew(trio.current_time())
            case Enter() | OpenDevices() | PlayTone():
                name = str(command.__struct_config__.tag)
                self._channel.send(Problem(code="in_room", text=f"{name} is for outside a room"))
            case _:
                if isinstance(command, Mute):
                    self._close_microphone("pressed", tell_server=False)
                elif isinstance(command, Unmute):
                    self._switch.request(command.lease, trio.current_time())
                if not self._link.send(command):
                    self._switch.close()
                    self._refuse(command)

    def _refuse(self, command: ChannelCommand) -> None:
        name = str(command.__struct_config__.tag)
        text = "there is no connection to the room at the moment"
        self._channel.send(
            RefusedEvent(command=name, code="not_connected", text=text, ref=command.ref)
        )

    # What the link tells.

    async def _keep_link(self) -> None:
        try:
            ending = await self._link.run()
        except ConnectionFailed as error:
            ending = Ending("connection_failed", str(error))
        exit_code = 0
        if ending.code == "connection_failed":
            exit_code = 3
        elif ending.refused or ending.code == "removed":
            exit_code = 4
        elif ending.code == "protocol":
            exit_code = 1
        self._link_ended.set()
        self.leave(Left(code=ending.code, text=ending.text, exit_code=exit_code))

    def on_joined(self, joined: Joined) -> None:
        """In the room, for the first time or again: always muted."""
        self._view = joined.view
        self._close_microphone("reconnected", tell_server=False)
        self._channel.send(replace(joined, ticket=None))
        for event in self._held_back:
            self._channel.send(event)
        self._held_back.clear()
        self._follow()

    def on_event(self, event: ServerMessage) -> None:
        """Something happened in the room, or to a command."""
        if isinstance(event, Goodbye):
            self._close_microphone("left", tell_server=False)
        elif isinstance(event, RefusedEvent) and event.command == "unmute":
            self._switch.close()
        self._channel.send(event)
        if isinstance(event, _ROOM_EVENTS) and self._view is not None:
            you = self._view.you
            self._view = evolve_view(self._view, event)
            self._follow()
            match event:
                case Unmuted(id=id) if id == you:
                    self._open_microphone()
                case Muted(id=id) if id == you and self._switch.is_open:
                    # While it is closed this is the echo of our own mute, maybe one before
                    # the press that is under way.
                    self._close_microphone("pressed", tell_server=False)
                case Silenced(id=id) if id == you:
                    self._close_microphone("silenced", tell_server=False)
                case StageLeft(id=id) if id == you:
                    self._close_microphone("audience", tell_server=False)

    def on_bundle(self, bundle: Bundle) -> None:
        """Voice of others came."""
        problem = self._hearing.problem
        self._hearing.take(bundle, trio.current_time())
        if self._hearing.problem != problem:
            self._channel.send(Problem(code="no_codec", text=self._hearing.problem))

    def on_connection(self, event: Connection) -> None:
        """The link's own state changed."""
        if event.state == "reconnecting":
            self._close_microphone("reconnected", tell_server=False)
        self._tell(event)

    def _follow(self) -> None:
        assert self._view is not None
        self._hearing.follow(self._view)
        self._voice.want_microphone(self._view.you in self._view.stage)

    # The microphone.

    def _open_microphone(self) -> None:
        if self._switch.confirm():
            if self._uses_real_microphone:
                self._claim.take()
            self._voice.open()
            self._channel.send(Microphone(open=True))
        elif not self._switch.is_open:
            self._link.send(Mute())

    def _close_microphone(self, reason: MicrophoneReason, *, tell_server: bool = True) -> None:
        self._voice.close()
        if self._switch.close():
            if tell_server:
                self._link.send(Mute())
            self._channel.send(Microphone(open=False, reason=reason))

    @property
    def _uses_real_microphone(self) -> bool:
        mic = self._enter.mic or ""
        return mic != "none" and not mic.startswith(("file:", "tone:"))

    # Time passing.

    async def _beat(self) -> None:
        beats = 0
        monotonic, wall = time.monotonic(), time.time()
        while True:
            await trio.sleep(BEAT)
            beats += 1
            late = time.monotonic() - monotonic - BEAT
            jumped = (time.time() - wall) - (time.monotonic() - monotonic)
            monotonic, wall = time.monotonic(), time.time()
            if late > SLEPT_SECONDS or jumped > SLEPT_SECONDS:
                self._wake_up()
            if self._switch.has_lapsed(trio.current_time()):
                self._close_microphone("lease")
            if self._switch.is_open and self._uses_real_microphone and not self._claim.is_held():
                self._close_microphone("elsewhere")
            if self._enter.levels and self._view is not None:
                self._report(beats)

    def _wake_up(self) -> None:
        self._close_microphone("slept")
        self._voice.reopen()
        self._link.reconnect_now("the machine slept")

    def _report(self, beats: int) -> None:
        self._channel.send(
            Levels(
                microphone=self._voice.level,
                speakers=self._hearing.levels(trio.current_time()),
                delays_ms=self._hearing.delays_ms(),
            )
        )
        if beats % _QUALITY_BEATS == 0 and self._link.rtt is not None:
            rtt_ms = round(self._link.rtt * 1000, 1)
            self._channel.send(Connection(state="connected", rtt_ms=rtt_ms))

    def _on_device(self, device: Device) -> None:
        self._devices[device.kind] = device
        if device.kind == "microphone" and device.problem:
            self._close_microphone("device")
        self._tell(device)

    def _tell(self, event: Event) -> None:
        """``joined`` is the first event of a room: what comes before it waits."""
        if self._view is None:
            self._held_back.append(event)
        else:
            self._channel.send(event)

    def _snapshot(self) -> list[Event]:
        if self._view is None:
            return []
        joined = Joined(
            room=self._view.name, you=self._view.you, view=self._view, server_time=time.time()
        )
        return [joined, Microphone(open=self._switch.is_open), *self._devices.values()]
