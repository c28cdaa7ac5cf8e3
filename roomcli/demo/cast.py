"""The cast of the demo: seven people who are really in the room, run with the engine's own parts.

``python -m roomcli.demo.cast URL`` opens the room, brings three speakers on stage and four people
into the audience, hands the room over to the first stranger who comes, and plays until its
standard input ends.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
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
from ..protocol.people import REACTIONS
from ..protocol.view import RoomView

SPEECH = Path(__file__).parent / "speech"
ROUND_SECONDS = 21.5
"""Length of each speech file; played together they are a conversation."""
PAUSE_SECONDS = 2.5

SPEAKERS = (
    ("Ann", "keeps the stand-up short", "ann"),
    ("Ben", "lighthouse engineer", "ben"),
    ("Carla", "kettles and other instruments", "carla"),
)
LISTENERS = (
    ("Dilek", "writes compilers on trains"),
    ("Émile", "on call, with biscuits"),
    ("Farid", "tests in production, gently"),
    ("Gro", "new here"),
)


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
        speakers = [
            Actor(address, name, headline, opens=number == 0)
            for number, (name, headline, _) in enumerate(SPEAKERS)
        ]
        listeners = [Actor(address, name, headline) for name, headline in LISTENERS]
        for actor in (*speakers, *listeners):
            nursery.start_soon(actor.run)
            await actor.until(lambda view: bool(view.you))
        host = speakers[0]
        await _bring_on_stage(host, speakers[1:])
        print("ready", flush=True)
        nursery.start_soon(_hand_over, host, {each.view.you for each in listeners})
        nursery.start_soon(_talk, nursery, speakers)
        nursery.start_soon(_listen, listeners)


async def _bring_on_stage(host: Actor, guests: list[Actor]) -> None:
    for guest in guests:
        you = guest.view.you
        host.do(c.InviteToStage(id=you))
        await guest.until(lambda view, you=you: you in view.stage_invitations)  # type: ignore[misc]
        guest.do(c.AcceptStageInvitation())
        await guest.until(lambda view, you=you: you in view.stage)  # type: ignore[misc]


async def _hand_over(host: Actor, cast: set[str]) -> None:
    """Make the first person who comes to see the demo the host."""
    await host.until(lambda view: bool(set(view.front_row) - cast))
    host.do(c.HandOver(id=next(iter(set(host.view.front_row) - cast))))


async def _talk(nursery: trio.Nursery, speakers: list[Actor]) -> None:
    while True:
        for actor, (_, _, file) in zip(speakers, SPEAKERS, strict=True):
            nursery.start_soon(_speak, actor, SPEECH / f"{file}.wav")
        await trio.sleep(ROUND_SECONDS + PAUSE_SECONDS)


async def _speak(actor: Actor, file: Path) -> None:
    """Play one round of one speaker, unless the speaker is off stage or silenced."""
    me = actor.view.stage.get(actor.view.you)
    if me is None or me.silenced:
        return
    actor.do(c.Unmute())
    try:
        chain = ProcessingChain(PLAIN, EchoReference())
        capture = Capture(open_input(f"file:{file}"), actor.link.send_voice, chain)
    except AudioError:
        return  # without libopus the room is silent; whoever came is told why
    try:
        capture.begin_sending()
        with trio.move_on_after(ROUND_SECONDS):
            await capture.run()
        capture.close()
    finally:
        capture.device.close()
        capture.give_back()
    actor.do(c.Mute())


async def _listen(listeners: list[Actor]) -> None:
    """Raise hands and react, one after the other, at a human pace."""
    reactions = itertools.cycle(REACTIONS)
    for number in itertools.count():
        actor = listeners[number % len(listeners)]
        you = actor.view.you
        await trio.sleep(2.0)
        if you in actor.view.stage:
            continue
        if you in actor.view.stage_invitations:
            actor.do(c.AcceptStageInvitation())
        elif number % 3 == 0 and actor.view.place_in_queue(you) is None:
            actor.do(c.RaiseHand())
        else:
            actor.do(c.React(reaction=next(reactions)))
        if number % 12 == 11:
            for each in listeners:
                each.do(c.LeaveStage() if each.view.you in each.view.stage else c.LowerHand())


async def _end_with_the_audience(scope: trio.CancelScope) -> None:
    """End the play when standard input, a pipe from the process that started it, ends."""
    async with trio.lowlevel.FdStream(os.dup(0)) as pipe:
        while await pipe.receive_some():
            pass
    scope.cancel()


def main() -> int:
    """Play in the room that the only argument names, and return the exit code."""
    try:
        trio.run(perform, parse_address(sys.argv[1]))
    except* (ConnectionFailed, KeyboardInterrupt) as group:
        print(f"the demo's cast: {group.exceptions}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
