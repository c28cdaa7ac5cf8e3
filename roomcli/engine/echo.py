"""`roomcli echo`: the microphone's way through the codec, or through a server, and back.

It is the way of a room, of the same parts: devices, chain, gate, encoder, link, jitter buffer,
mixer. Only the room itself is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import trio

from ..audio.packets import Packet
from ..audio.soundcheck import SoundReport
from ..errors import CommandRefused, ConnectionFailed
from ..protocol import events as e
from ..protocol.audio import Bundle, Flags, UplinkFrame, unwrap
from ..protocol.local import Connection, Problem
from .ending import Ending
from .errand import ANSWER_SECONDS
from .link import ServerConnection
from .other_device import BY_OPTION
from .own_sound import OwnSound
from .round_trips import RoundTrips
from .self_hearing import SelfHearing
from .voice import AudioDevices

BEAT: Final = 0.1
"""Seconds between two reports."""
_OLDER = (
    "this server sends no voice back: it is of an older version; "
    "`roomcli echo` without --server tests your sound"
)


@dataclass(frozen=True, slots=True)
class EchoReport:
    """How it goes at one moment.

    ``level`` is the microphone's in dBov, for a meter. ``link_ms`` is the round trip of the
    connection, None without one; ``trips`` are those of the voice.
    """

    level: int
    sound: SoundReport
    link_ms: float | None
    trips: RoundTrips


class EchoTest:
    """Plays a microphone to its owner until it is cancelled.

    ``tell`` gets a report ten times a second, and news of devices, connection and problems as they
    come. With ``link``, one that echoes, the voice goes through its server. ``sound`` is what the
    person wants to be done to their voice.
    """

    def __init__(
        self,
        mic: str | None,
        speaker: str | None,
        tell: Callable[[EchoReport | e.Event], None],
        link: ServerConnection | None = None,
        sound: OwnSound | None = None,
    ) -> None:
        self._tell = tell
        self._link = link
        self._voice = AudioDevices(mic, speaker, self._send, self._tell, sound, ways_out=BY_OPTION)
        self._trips = RoundTrips()
        self._newest = (0, 0)  # sequence and media time of what came back last, without wrapping

    async def run(self) -> None:
        """Run until cancelled.

        Raises AudioError without a codec; with a server ConnectionFailed and CommandRefused.
        """
        hearing = SelfHearing(self._voice.mixer, self._voice if self._link is None else None)
        failure: ConnectionFailed | CommandRefused | None = None
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._voice.run)
                nursery.start_soon(self._report_sound, hearing)
                if self._link is None:
                    self._voice.tap(hearing)
                    await trio.sleep_forever()
                nursery.start_soon(self._link.run)
                try:
                    await self._follow(self._link, hearing)
                except (ConnectionFailed, CommandRefused) as error:
                    failure = error
                nursery.cancel_scope.cancel()
        finally:
            hearing.close()
        if failure is not None:
            raise failure

    async def _follow(self, link: ServerConnection, hearing: SelfHearing) -> None:
        """Send the voice and hear it, as long as the server does its part.

        Raises ConnectionFailed and CommandRefused.
        """
        with trio.move_on_after(ANSWER_SECONDS) as arriving:
            async for news in link.news:
                match news.what:
                    case e.Welcome():
                        arriving.deadline = float("inf")
                        self._voice.tap(hearing)
                        self._voice.begin_sending()
                    case Bundle():
                        self._take_back(news.what, hearing)
                    case e.Refused(command=name, code=code, text=text):
                        older = (name, code) == ("echo_voice", "unknown_command")
                        raise CommandRefused(code, _OLDER if older else text)
                    case Ending(code=code, text=text, refused=True):
                        raise CommandRefused(code, text)
                    case Ending(text=text) | Connection(state="connecting", text=text):
                        raise ConnectionFailed(text)
                    case Connection() | Problem():
                        self._tell(news.what)
        raise ConnectionFailed("the server does not answer")

    def _send(self, frame: UplinkFrame) -> None:
        if self._link is not None:
            self._trips.sent(frame.sequence, trio.current_time())
            self._link.send_voice(frame)

    def _take_back(self, bundle: Bundle, hearing: SelfHearing) -> None:
        for entry in bundle.entries:
            sequence, media_time = self._newest
            sequence = unwrap(entry.sequence, 16, sequence)
            media_time = unwrap(entry.media_time, 32, media_time)
            if not self._trips.came_back(sequence, trio.current_time()):
                continue  # nothing that was sent
            self._newest = sequence, media_time
            flags = entry.flags
            hearing.take_packet(
                Packet(
                    sequence,
                    media_time,
                    entry.payload,
                    start=bool(flags & Flags.START),
                    end=bool(flags & Flags.END),
                    discontinuity=bool(flags & Flags.DISCONTINUITY),
                )
            )

    async def _report_sound(self, hearing: SelfHearing) -> None:
        while True:
            await trio.sleep(BEAT)
            load = self._link.uplink_load if self._link is not None else None
            self._voice.encoding.update(load, trio.current_time())
            rtt = self._link.rtt if self._link is not None else None
            link_ms = round(rtt * 1000, 1) if rtt else None
            sound = hearing.check.report(may_be_dead=self._voice.may_be_dead)
            self._tell(EchoReport(self._voice.level, sound, link_ms, self._trips))
