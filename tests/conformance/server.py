"""A server for the client of the conformance tests, and the first steps at home and in a room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.processes import Child, server

from .client import Stranger, fingerprint, raw_key

Address = Callable[[str], str]
new_key = Ed25519PrivateKey.generate


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[Address, Child]]:
    """Run a server; yield a function that makes the address of a room, and the process."""
    with server(folder, *options, tls=True) as (child, address):
        url, mark, pin = address.partition("#")
        yield lambda room: f"{url}/r/{room}{mark}{pin}", child


def play(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


async def does(who: Stranger, command: str, **fields: object) -> None:
    """Send a command that has to be done."""
    answer = await who.tell(command, **fields)
    assert answer["event"] == "done", answer


async def come_home(
    who: Stranger, name: str, key: Ed25519PrivateKey | None = None
) -> dict[str, Any]:
    """Say hello and enter no room; return ``welcome``."""
    await who.hello(key or new_key(), name)
    welcome = await who.event("welcome")
    who.acknowledged.set()
    return welcome


async def enter(who: Stranger, name: str, key: Ed25519PrivateKey, **fields: Any) -> dict[str, Any]:
    """Say hello and enter the room at once, and return ``joined``."""
    await who.hello(key, name, headline=fields.pop("headline", ""))
    await who.enter_room(**fields)
    joined = await who.event("joined")
    welcome, first = who.events[:2]
    assert first is joined
    assert (welcome["event"], welcome["you"]["name"]) == ("welcome", name)
    assert welcome["you"]["key"] == fingerprint(raw_key(key))
    assert joined["room"] == joined["view"]["name"] == who.room
    assert joined["you"] == joined["view"]["you"]
    return joined


async def come_on_stage(host: Stranger, guest: Stranger) -> None:
    assert (await guest.tell("raise_hand"))["event"] == "done"
    raised = await host.event("hand_raised")
    assert raised["id"] == guest.you
    assert [hand["id"] for hand in host.view["hands"]] == [guest.you]
    assert (await host.tell("accept_hand", id=guest.you))["event"] == "done"
    await guest.event("hand_lowered", id=guest.you, reason="accepted", by=host.me)
    await guest.event("stage_joined")
    assert guest.seat["muted"]
