"""The cast of the demo: people who are really in the room, run with the engine's own parts.

``python -m roomcli.demo.cast`` reads the room's address, a line of its standard input, opens the
room, brings three people on stage and the others into the audience, hands the room over to the
first stranger who comes, and plays the script (``script.py``) until its input ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..audio.devices import open_input
from ..audio.processing.chain import PLAIN, ProcessingChain
from ..audio.processing.reference import EchoReference
from ..engine.capture import Capture
from ..engine.ending import Ending
from ..engine.keys import PersonalKey
from ..engine.link import CONNECTION_FAILED, ServerConnection
from ..errors import AudioError, ConnectionFailed
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address, parse_address
from ..protocol.evolve_view import evolve_view
from ..protocol.local import Enter
from ..protocol.view import RoomView
from .script import (
    AUDIENCE,
    COHOST,
    CUES,
    HOST,
    LENGTH,
    SPEAKER,
    STAGE,
    TOPIC,
    Utterance,
    addressed,
)

SPEECH = Path(__file__).parent / "speech"


class Actor:
    """A member of the cast: a connection to the room and the view of it."""

    def __init__(self, address: Address, name: str, headline: str, *, opens: bool = False) -> None:
        enter = Enter(
            url=str(address), name=name, headline=headline, intent="host" if opens else "join"
        )
        self.link = ServerConnection(
            address, name, headline, PersonalKey(Ed25519PrivateKey.generate())
        )
        self.link.enter(address, enter)
        self.view = RoomView(address.room, "")
        self._changed = trio.Event()

    async def run(self) -> None:
        """Stay in the room until it ends. Raises ConnectionFailed when there is no way in."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.link.run)
            async for news in self.link.news:
                match news.what:
                    case e.Joined(view=view):
                        self._see(view)
                    case Ending(code=code, text=text) if code == CONNECTION_FAILED:
                        raise ConnectionFailed(text)
                    case Ending() | e.RoomLeft() | e.Refused(command="enter_room"):
                        break
                    case _ if isinstance(news.what, get_args(e.RoomEvent)):
                        self._see(evolve_view(self.view, news.what))
            nursery.cancel_scope.cancel()

    def do(self, command: c.RoomCommand) -> None:
        """Send a command to the room."""
        self.link.send(command)

    async def until(self, happened: Callable[[RoomView], bool]) -> None:
        """Wait until ``happened`` is true for the view."""
        while not happened(self.view):
            await self._changed.wait()

    def _see(self, view: RoomView) -> None:
        self.view = view
        self._changed.set()
        self._changed = trio.Event()


async def perform(address: Address) -> None:
    """Play the whole demo until standard input ends."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_end_with_the_audience, nursery.cancel_scope)
        cast = {
            name: Actor(address, name, headline, opens=name == HOST)
            for name, headline in (STAGE | AUDIENCE).items()
        }
        for name in STAGE:
            nursery.start_soon(cast[name].run)
            await cast[name].until(lambda view: bool(view.you))
        await _fill_stage(cast[HOST], cast[COHOST], cast[SPEAKER])
        print("ready", flush=True)
        for name in AUDIENCE:
            nursery.start_soon(cast[name].run)
        for name in AUDIENCE:
            await cast[name].until(lambda view: bool(view.you))
        seats = {name: actor.view.you for name, actor in cast.items()}
        host = cast[HOST]
        guest = await _first_stranger(host, set(seats.values()))
        name = host.view.people[host.view.front_row[guest]].name
        host.do(c.HandOver(id=guest))
        while True:
            await _follow_script(nursery, cast, seats, name)


async def _fill_stage(host: Actor, cohost: Actor, speaker: Actor) -> None:
    """Bring everybody on stage who is there from the beginning."""
    host.do(c.ChangeSettings(topic=TOPIC))
    host.do(c.MakeCohost(id=cohost.view.you))
    you = speaker.view.you
    host.do(c.InviteToStage(id=you))
    await speaker.until(lambda view: you in view.stage_invitations)
    speaker.do(c.AcceptStageInvitation())
    await speaker.until(lambda view: len(view.stage) == len(STAGE))


async def _first_stranger(host: Actor, cast: set[str]) -> str:
    """Wait for the first person who comes to see the demo; return the id of their seat."""
    await host.until(lambda view: bool(set(view.front_row) - cast))
    return next(iter(set(host.view.front_row) - cast))


async def _follow_script(
    nursery: trio.Nursery, cast: Mapping[str, Actor], seats: Mapping[str, str], guest: str
) -> None:
    """Play the script once. What the room refuses, since the guest acted otherwise, is left out."""
    began = trio.current_time()
    for cue in CUES:
        await trio.sleep_until(began + cue.at)
        actor = cast[cue.who]
        if isinstance(cue.does, Utterance):
            nursery.start_soon(_speak, actor, cue.does)
        else:
            actor.do(addressed(cue.does, seats, guest))
    await trio.sleep_until(began + LENGTH)


async def _speak(actor: Actor, sound: Utterance) -> None:
    """Let a sound be heard by somebody, unless they are off stage or silenced."""
    me = actor.view.stage.get(actor.view.you)
    if me is None or me.silenced:
        return
    actor.do(c.Unmute())
    device = sound.device if ":" in sound.device else f"file:{SPEECH / sound.device}"
    try:
        chain = ProcessingChain(PLAIN, EchoReference())
        capture = Capture(open_input(device), actor.link.send_voice, chain)
    except AudioError:
        return  # without libopus the room is silent; whoever came is told why
    try:
        capture.begin_sending()
        with trio.move_on_after(sound.seconds):
            await capture.run()
        capture.close()
    finally:
        capture.device.close()
        capture.give_back()
    actor.do(c.Mute())


async def _end_with_the_audience(scope: trio.CancelScope) -> None:
    """End the play when standard input, a pipe from the process that started it, ends."""
    async with trio.lowlevel.FdStream(os.dup(0)) as pipe:
        while await pipe.receive_some():
            pass
    scope.cancel()


def main() -> int:
    """Play in the room whose address comes, and return the exit code."""
    address = sys.stdin.readline().strip()
    if not address:
        return 0  # there is no server
    try:
        trio.run(perform, parse_address(address))
    except* (ConnectionFailed, KeyboardInterrupt) as group:
        print(f"the demo's cast: {group.exceptions}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
