"""People of a load who come into a room, as fast as the server lets them and no faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import CommandRefused, ConnectionFailed, ConnectionLost
from ..protocol.address import Address
from ..wire.heartbeat import ack_interval
from .crowd import Crowd
from .lean_client import PATIENCE, LeanClient
from .stage import SpeakingCrowd

TRIES = 100
PAUSE = 1.0
"""The least seconds to wait where the server asks for patience. It is asked anew only then, and not
as soon as it would let one in, since each refusal costs it as much as somebody who enters."""
HAND_PATIENCE = 120.0
"""Seconds in which a moderator who is a person has to accept the hands of the load."""
ADVICE = {
    "hosting_not_allowed": "add #host_token=TOKEN to the address, or name a room that is open:"
    " URL/r/ROOM",
    "room_full": "a moderator has to raise the capacity in its settings, or the admin room.people"
    " in limits.toml",
    "stage_full": "use fewer --speakers, or let the admin raise room.stage in limits.toml",
    "too_many_connections": "the admin has to raise connections.in_rooms_per_address in"
    " limits.toml",
}
"""What to do about a limit, by the code of the refusal."""


class Entrance:
    """Brings people into one room, one after the other; ``connect`` opens a connection.

    ``told`` hears, after each of them, how many have come.
    """

    def __init__(
        self,
        crowd: Crowd,
        address: Address,
        *,
        connect: Callable[[Address], LeanClient] = LeanClient,
        told: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._crowd = crowd
        self._address = address
        self._connect = connect
        self._told = told
        self._count = 0

    def use_invite(self, invite: str | None) -> None:
        """Let those who come from now on show this invite, if there is one."""
        if invite is not None:
            self._address = replace(self._address, invite=invite)

    def bring_in(
        self,
        name: str,
        *,
        intent: Literal["join", "host"] = "join",
        access: Literal["open", "invite"] = "open",
    ) -> LeanClient | None:
        """Return somebody who is in the room, or None if the load is over meanwhile.

        Where too many come at once it waits as long as the server wants. Raises CommandRefused,
        ConnectionFailed.
        """
        for _ in range(TRIES):
            if self._crowd.over:
                return None
            try:
                client = self._connect(self._address)
                client.enter(Ed25519PrivateKey.generate(), name, intent=intent, access=access)
            except CommandRefused as error:
                if error.retry_after is None:
                    raise CommandRefused(error.code, _with_advice(error)) from None
                pause = max(PAUSE, error.retry_after)
            except ConnectionLost:  # too many connections of one address come at once
                pause = PAUSE
            else:
                self._count += 1
                self._told(self._count)
                return client
            self._crowd.serve_until(time.monotonic_ns() + int(pause * 1e9))
        raise ConnectionFailed(
            f"{self._address.server} lets nobody else in for now: the admin can raise"
            " connections.new_per_address, and per_address.hello and .enter in limits.toml"
        )


def _with_advice(error: CommandRefused) -> str:
    advice = ADVICE.get(error.code)
    return f"{error}; {advice}" if advice else str(error)


def enter_audience(crowd: Crowd, entrance: Entrance, names: list[str]) -> None:
    """Let all these people listen, and acknowledge as often as so many should."""
    for name in names:
        client = entrance.bring_in(name)
        if client is None:
            return
        crowd.serve(client)
        crowd.step(0)
    crowd.set_pace(pause_of(len(names)))


def pause_of(audience: int) -> int:
    """Return the nanoseconds between two acknowledgements of a listener in such an audience."""
    return int(ack_interval(audience, on_stage=False) * 1e9)


def enter_stage(
    stage: SpeakingCrowd,
    entrance: Entrance,
    names: list[str],
    *,
    access: Literal["open", "invite"] = "open",
    told_waiting: Callable[[], None] = lambda: None,
) -> str | None:
    """Bring all these people on stage; return the invite of the room, if it was opened for them.

    They open the room, with this access, if there is none yet. If there is one they raise their
    hands, and ``told_waiting`` is called. Raises CommandRefused, ConnectionFailed.
    """
    invite = None
    for number, name in enumerate(names):
        is_host = number == 0
        try:
            client = entrance.bring_in(name, intent="host" if is_host else "join", access=access)
        except CommandRefused as error:
            if not is_host or error.code != "room_taken":
                raise
            is_host = False
            client = entrance.bring_in(name)
        if client is None:
            return None
        if is_host:
            invite = client.room_invite
            entrance.use_invite(invite)
        stage.send_up(client, is_host=is_host)
        stage.step(0)
    if stage.host is None:
        told_waiting()
    patience = HAND_PATIENCE if stage.host is None else PATIENCE
    deadline = time.monotonic() + patience
    while len(stage.on_air) < len(names) and not stage.over:
        stage.step(0.05)
        stage.judge()
        if stage.lost:
            raise ConnectionFailed("the server ended the connection of a speaker")
        if time.monotonic() > deadline:
            missing = len(names) - len(stage.on_air)
            raise ConnectionFailed(
                f"{missing} of {len(names)} speakers are not on stage after {patience:.0f} s:"
                " a moderator of the room has to accept their hands"
            )
    return invite
