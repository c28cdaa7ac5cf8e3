"""Whether UDP gets through to a server and back, tried in a room of one's own for a moment."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import trio

from ..errors import CommandRefused, ConnectionFailed
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.local import Enter
from .ending import Ending
from .keys import PersonalKey
from .link import ServerConnection

TRIAL_SECONDS = 5.0
"""Seconds in which UDP has to prove itself; it takes two where it works."""
_ALL_SECONDS = 20.0
_LOOK_EVERY = 0.1


@dataclass(frozen=True)
class UdpTrial:
    """What got through; a server that offers no UDP was sent nothing."""

    is_offered: bool
    to_server: bool = False
    from_server: bool = False


async def try_udp(address: Address, name: str, key: PersonalKey) -> UdpTrial:
    """Open a room that nobody else may enter, see what gets through, and end it.

    Raises CommandRefused where the person may open none, and ConnectionFailed.
    """
    room = address.in_room(f"doctor-{secrets.token_hex(8)}")
    link = ServerConnection(room, name, "", key)
    link.enter(room, Enter(url=str(room), name=name, intent="host", access="invite"))
    trials: list[UdpTrial] = []
    failure: CommandRefused | ConnectionFailed = ConnectionFailed("the server does not answer")

    async def look() -> None:
        trials.append(await _await_proof(link))
        link.send(c.EndRoom())

    async with trio.open_nursery() as nursery:
        nursery.cancel_scope.deadline = trio.current_time() + _ALL_SECONDS
        nursery.start_soon(link.run)
        async for news in link.news:
            match news.what:
                case e.Joined():
                    nursery.start_soon(look)
                case e.Refused(command="enter_room", code=code, text=text):
                    failure = CommandRefused(code, text)
                    break
                case Ending(text=text):
                    failure = ConnectionFailed(text)
                    break
                case e.RoomLeft():
                    break
        nursery.cancel_scope.cancel()
    if not trials:
        raise failure
    return trials[0]


async def _await_proof(link: ServerConnection) -> UdpTrial:
    """Return what got through as soon as both ways did, or in the end."""
    trial = UdpTrial(link.hears_datagrams is not None)
    with trio.move_on_after(TRIAL_SECONDS if trial.is_offered else 0.0):
        while not (trial.to_server and trial.from_server):
            await trio.sleep(_LOOK_EVERY)
            by_udp = link.totals.uplink.by == "udp"
            trial = UdpTrial(True, to_server=by_udp, from_server=link.hears_datagrams is True)
    return trial
