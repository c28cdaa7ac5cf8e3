"""Tests of a room's password: who is asked for it, and who has to wait for others' guesses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import server.rooms.password as password_module
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import Address
from server.limits import RoomLimits
from server.rooms import guesses

from ...support.patience import PATIENCE, until
from ...support.serving import Client, RunningServer, Turned, serving

Hashes = list[str]
AT_ONCE = int(RoomLimits().wrong_passwords_per_address.at_once)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Hashes:
    """Return the list of passwords that go through the slow hash, in order."""
    asked: Hashes = []
    slow = password_module._scrypt

    def scrypt(password: str, salt: bytes) -> bytes:
        asked.append(password)
        return slow(password, salt)

    monkeypatch.setattr(password_module, "_scrypt", scrypt)
    return asked


async def turned(server: RunningServer, address: Address | None = None, **hello: Any) -> e.Refused:
    """Return the refusal with which somebody is turned away."""
    with pytest.raises(Turned) as raised:
        await server.client(address, **hello)
    return raised.value.refused


async def room_with_password(server: RunningServer, name: str = "standup") -> Client:
    """Open a room with a password and return its host."""
    host = await server.client(server.room(name), intent="host")
    await host.do(c.SetPassword(password="sesame"))
    return host


async def guess(server: RunningServer, times: int, address: Address | None = None) -> list[str]:
    """Make ``times`` wrong guesses at once, each with its own key; return the answers."""
    told: list[str] = []

    async def one() -> None:
        refused = await turned(server, address, password="wrong")
        told.append(refused.code)
        assert (refused.retry_after is not None) is (refused.code == "rate_limited")

    async with trio.open_nursery() as nursery:
        for _ in range(times):
            nursery.start_soon(one)
    return sorted(told)


async def test_a_password_is_asked_for(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await room_with_password(server)
        assert host.view.password
        assert (await turned(server)).code == "password_needed"
        assert (await turned(server, password="sesamo")).code == "wrong_password"
        guest = await server.client(password="sesame")
        assert guest.view.password
        await host.do(c.SetPassword(password=""))
        await server.client(password="sesame")
        await server.client()


async def test_guesses_are_few_and_keep_out_nobody_who_needs_none(
    tmp_path: Path, hashes: Hashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "PATIENCE", 1.0)
    async with serving(tmp_path) as server:
        host = await room_with_password(server)
        guest = await server.client(password="sesame")
        invite = await host.question(c.MakeRoomInvite(), e.RoomInviteMade)
        told = await guess(server, AT_ONCE + 20)
        assert AT_ONCE <= told.count("wrong_password") < AT_ONCE + 10
        assert set(told) == {"wrong_password", "rate_limited"}
        async with trio.open_nursery() as guessing:
            guessing.start_soon(guess, server, 20)
            await trio.sleep(0.1)
            # Whatever they bring as password beside what lets them in.
            for brought in ("sesame", "wrong", None):
                right: dict[str, Any] = {"password": brought}
                with trio.fail_after(PATIENCE):
                    back = await server.client(key=guest.key, ticket=guest.joined.ticket, **right)
                    assert back.joined.resumed
                    owner = await server.client(key=host.key, intent="host", **right)
                    assert owner.view.role == "host"
                    await server.client(server.room(invite=invite.invite), **right)
            guessing.cancel_scope.cancel()
        assert hashes == ["sesame"], "known once it was set"


async def test_rights_that_are_none_count_as_none(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await room_with_password(server)
        mallory = Ed25519PrivateKey.generate()
        none: list[dict[str, Any]] = [
            {"ticket": "x" * 32},
            {"ticket": host.joined.ticket},  # with another's key
            {"invite": "x" * 32},
        ]
        for brought in ("sesame", "wrong"):  # nor does a password make anybody the host
            refused = await turned(server, key=mallory, intent="host", password=brought)
            assert refused.code == "room_taken"
        for each in none:
            assert (await turned(server, key=mallory, **each)).code == "password_needed"
            assert (await turned(server, password="wrong", **each)).code == "wrong_password"
            await server.client(password="sesame", **each)
        for _ in range(3 * AT_ONCE):  # the right one is never counted
            await server.client(password="sesame")


async def test_who_is_banned_guesses_nothing(tmp_path: Path, hashes: Hashes) -> None:
    async with serving(tmp_path) as server:
        host = await room_with_password(server)
        guest = await server.client(password="sesame")
        await host.do(c.Ban(id=guest.id))
        for brought in ("sesame", "wrong"):
            refused = await turned(server, key=guest.key, password=brought)
            assert refused.code == "banned"
    assert hashes == ["sesame"]


async def test_colleagues_of_one_address_are_in_after_a_restart(
    tmp_path: Path, hashes: Hashes
) -> None:
    async with serving(tmp_path) as server:
        await room_with_password(server)
    hashes.clear()
    async with serving(tmp_path) as server:
        await server.store.flushed()
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                for _ in range(30):
                    nursery.start_soon(lambda: server.client(password="sesame"))
        assert hashes == ["sesame"]


async def test_no_room_waits_for_anothers_guesses(tmp_path: Path, hashes: Hashes) -> None:
    async with serving(tmp_path) as server:
        for name in ("standup", "other"):
            await room_with_password(server, name)
    hashes.clear()
    async with serving(tmp_path) as server, trio.open_nursery() as guessing:
        guessing.start_soon(guess, server, AT_ONCE, server.room("other"))
        while not hashes:
            await trio.lowlevel.checkpoint()
        await server.client(password="sesame")
        assert hashes.index("sesame") <= 3, "the rooms take turns"


async def test_a_guess_is_given_up_with_its_connection(
    tmp_path: Path, hashes: Hashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        await room_with_password(server)
    hashes.clear()
    async with serving(tmp_path) as server:
        guessers = [await server.connected() for _ in range(AT_ONCE)]
        async with password_module._lane.turn("", ""):
            for guesser in guessers:
                nonce = (await guesser.until(e.Challenge)).nonce
                guesser.ask_in(nonce, password="wrong")
            room = server.hub.room("standup")
            assert room is not None
            waiting = room.guesses._turns._waiting
            await until(lambda: sum(map(len, waiting.values())) == AT_ONCE - 1)
            for guesser in guessers:
                await guesser.go()
            await until(lambda: not waiting)
        await server.client(password="sesame")
        assert hashes == ["wrong", "sesame"]


async def test_no_room_waits_for_the_passwords_of_others(tmp_path: Path, hashes: Hashes) -> None:
    """When a host sets many passwords and leaves, none of them is hashed any more."""
    async with serving(tmp_path) as server:
        await room_with_password(server)
    hashes.clear()
    async with serving(tmp_path) as server:
        other = await server.client(server.room("other"), intent="host")
        async with password_module._lane.turn("", ""):
            for number in range(4):
                other.send(c.SetPassword(password=f"other {number}"))
            await until(lambda: password_module._lane.waiting == 1)
            await other.go()
            await until(lambda: password_module._lane.waiting == 0)
        await server.client(password="sesame")
        assert hashes == ["sesame"]


async def test_the_slow_hash_goes_round_networks_and_their_rooms(nursery: trio.Nursery) -> None:
    lane, order = password_module.Lane(), list[str]()

    async def ask(network: str, room: str) -> None:
        async with lane.turn(network, room):
            order.append(f"{network} {room}")

    async with lane.turn("near", "a"):
        for asked in (*6 * (("near", "a"),), *6 * (("near", "b"),), *3 * (("far", "c"),)):
            nursery.start_soon(ask, *asked)
            await until(lambda: lane.waiting > 0)
            await trio.testing.wait_all_tasks_blocked()
    await until(lambda: len(order) == 15)
    near, far = ["near b", "near a"], ["far c"]
    assert order[:6] == [*far, near[0], *far, near[1], *far, near[0]]
    assert order[6:10] == [near[1], near[0], near[1], near[0]]
