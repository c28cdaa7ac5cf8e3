"""Tests that a server answers a stranger who means harm as docs/protocol.md says, and lives on.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from benchmarks import machine
from benchmarks.processes import Child

from .. import ROOT
from .client import Stranger, stranger
from .hostile import bent, codes_of_the_pages, garbled, packed
from .messages import encode_command
from .server import Address, come_home, does, enter, new_key, play, serving

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors.json").read_text("utf-8"))
OUTWARD = ("claim_forge", "claim_domain")
"""What these make the server do reaches beyond this machine."""
COMMANDS = [
    vector["message"]
    for vector in VECTORS["commands"]
    if vector["message"]["command"] not in OUTWARD
]
CODES = codes_of_the_pages()
MALFORMED = {"bad_message", "unknown_command", "bad_audio", "bad_ack"}
MOST_FAULTS = 20
MOST_KIB = 96 * 1024
"""By how much the memory of a server may grow by a few hundred hostile commands: looking at a
password takes half of it, once."""
LAST = 10**6
"""The ref of the question that comes after all else."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Address, Child]]:
    with serving(tmp_path_factory.mktemp("hostile")) as (rooms, child):
        yield rooms, child


@pytest.fixture(autouse=True)
def sound(served: tuple[Address, Child]) -> Iterator[None]:
    """After each test the server is there, has had no fault of its own, and is no bigger."""
    rooms, child = served
    before = machine.rss_kib(child.pid) if machine.has_proc() else 0
    yield

    async def scene() -> None:
        async with stranger(rooms("any")) as honest:
            await come_home(honest, "Honest")
            await does(honest, "list_keys")

    play(scene())
    assert "Traceback" not in child.errors, child.errors
    assert child.process.poll() is None
    if machine.has_proc():
        assert machine.rss_kib(child.pid) - before < MOST_KIB


def last_words(who: Stranger) -> list[dict[str, Any]]:
    return [each for each in who.events if each["event"] in ("done", "refused", "goodbye")]


def has_ended(who: Stranger) -> bool:
    return who.closed or any(each["event"] == "goodbye" for each in who.events)


async def send_all(who: Stranger, messages: list[bytes]) -> None:
    """Send them and a last question, and wait for the answer to that one, or for the end."""
    with suppress(ConnectionClosed):
        for each in (*messages, encode_command("list_ties", ref=LAST)):
            # What is on its way when the server closes can cost a client the last words to it.
            await asyncio.sleep(0)
            if has_ended(who):
                break
            await who.socket.send(each)
    await who.until(lambda: who.closed or any(each.get("ref") == LAST for each in who.events))


def judge(who: Stranger) -> None:
    answers = last_words(who)
    refused = [each for each in answers if each["event"] == "refused"]
    assert {each["code"] for each in refused} <= CODES
    assert all(each["text"].isprintable() for each in refused)
    faults = [each for each in refused if each["code"] in MALFORMED]
    assert len(faults) <= MOST_FAULTS
    if answers and answers[-1]["event"] == "goodbye":
        assert (answers[-1]["code"], answers[-1]["retry"]) == ("protocol", False)
        assert len(faults) == MOST_FAULTS
        # What was carried out before may still get its last word, which waits for the disk.
        assert refused[-1] is faults[-1]
    elif not who.closed:
        assert len(faults) < MOST_FAULTS


@pytest.mark.parametrize("seed", range(6))
def test_every_command_has_its_answer_whatever_is_in_it(
    served: tuple[Address, Child], seed: int
) -> None:
    chance = random.Random(seed)
    rooms, _ = served

    async def scene() -> None:
        async with stranger(rooms(f"room-{seed}")) as who:
            if seed % 2:
                await enter(who, "Eve", new_key(), intent="host")
            else:
                await come_home(who, "Eve")
            right = chance.choices(COMMANDS, k=80)
            commands = [bent(each, chance) if chance.random() < 0.3 else each for each in right]
            messages = [packed(each | {"ref": ref}) for ref, each in enumerate(commands)]
            messages = [each for each in messages if len(each) <= 8192]
            await send_all(who, messages)
            # The last word to an earlier command may wait for the disk.
            await who.until(lambda: who.closed or len(last_words(who)) > len(messages))
            judge(who)
            refs = [each["ref"] for each in last_words(who) if each.get("ref") is not None]
            assert len(refs) == len(set(refs))

    play(scene())


@pytest.mark.parametrize("seed", range(6))
def test_garbled_bytes_do_no_harm(served: tuple[Address, Child], seed: int) -> None:
    chance = random.Random(seed)
    rooms, _ = served

    async def scene() -> None:
        async with stranger(rooms("any")) as who:
            await come_home(who, "Eve")
            commands = chance.choices(COMMANDS, k=60)
            await send_all(who, [garbled(each, chance) for each in commands])
            judge(who)

    play(scene())


@pytest.mark.parametrize(
    "command", ["found_community", "plan_event", "change_profile", "export_profile"]
)
def test_a_flood_of_one_command_is_refused_and_then_ends_the_connection(
    served: tuple[Address, Child], command: str
) -> None:
    rooms, _ = served
    vector = next(each for each in COMMANDS if each["command"] == command)

    async def scene() -> None:
        async with stranger(rooms("any")) as who:
            await come_home(who, "Eve")
            await send_all(who, [packed(vector | {"ref": n}) for n in range(290)])
            await who.until(lambda: who.closed)
            late = [each for each in last_words(who) if each.get("code") == "rate_limited"]
            assert late
            assert all(each["retry_after"] > 0 for each in late)
            goodbyes = [each for each in last_words(who) if each["event"] == "goodbye"]
            assert all(each["code"] == "protocol" for each in goodbyes)

    play(scene())
