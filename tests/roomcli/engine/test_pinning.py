"""Tests that servers are known again: by an authority, by a pin, or as they were at first."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import trio

from roomcli.cli import inquiry
from roomcli.engine.errand import run_errand
from roomcli.engine.known_servers import PROVEN, KnownServers
from roomcli.engine.pinning import dial_known
from roomcli.errors import ConnectionFailed
from roomcli.protocol import commands as c
from roomcli.protocol.address import Address, parse_address

from ...support.patience import PATIENCE
from ...support.serving import RunningServer, serving
from ..test_folders import settle
from ..wire import test_dial
from ..wire.test_dial import Here

trusted = test_dial.trusted
"""A server for rooms.test whose certificate this machine trusts."""
OTHER = "ab" * 32


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server with a certificate that nobody vouches for."""
    folder = tmp_path / "server"
    folder.mkdir()
    async with serving(folder, tls=True) as running:
        yield running


@pytest.fixture
def known(tmp_path: Path) -> KnownServers:
    return KnownServers(tmp_path / "known_servers")


async def reach(address: Address, known: KnownServers) -> list[str]:
    """Connect, and return what the person is told. Raises ConnectionFailed."""
    told: list[str] = []
    with trio.fail_after(PATIENCE):
        failure: ConnectionFailed | None = None
        async with trio.open_nursery() as nursery:
            try:
                connection, shown = await dial_known(
                    nursery, address, known, told.append, voice_max_age=1, now=lambda: 1e9
                )
                if address.tls and address.pin:
                    assert shown.hex() == address.pin
                connection.stream.cut("the test is over")
            except ConnectionFailed as error:
                failure = error
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure
    return told


async def test_a_server_is_believed_at_first_use_and_known_from_then_on(
    server: RunningServer, known: KnownServers
) -> None:
    address, pin = replace(server.address, pin=None), server.address.pin or ""
    [told] = await reach(address, known)
    assert "for the first time, and nothing proves that it is" in told
    assert told.endswith(f"{pin[:8]}…{pin[-8:]}")
    assert known.recall(address.authority) == (pin, 1e9)
    assert stat.S_IMODE(known.path.stat().st_mode) == 0o600
    assert await reach(address, known) == []
    assert len(known.path.read_text().splitlines()) == 1


async def test_a_server_that_has_changed_is_refused_until_its_host_names_the_new_pin(
    server: RunningServer, known: KnownServers
) -> None:
    address = replace(server.address, pin=None)
    known.remember(address.authority, OTHER, 1e9)
    for _ in range(2):
        with pytest.raises(ConnectionFailed) as failed:
            await reach(address, known)
        line = str(failed.value)
        assert "shows a new certificate, or somebody is in between" in line
        assert line.endswith(
            f"ask its host whether this is its address, and use it once if so: {server.address}"
        )
    told = await reach(parse_address(line.split()[-1]), known)
    assert "another certificate than before, the one that your address names" in told[0]
    assert await reach(address, known) == []


async def test_no_secret_goes_to_a_server_that_nothing_proves(
    server: RunningServer, known: KnownServers
) -> None:
    address = replace(server.address, pin=None)
    for secret in (replace(address, invite="abc"), replace(address, host_token="abc")):
        with pytest.raises(ConnectionFailed, match="carries a pin, copy all of it"):
            await reach(secret, known)
    assert known.recall(address.authority) is None
    await reach(address, known)
    assert await reach(replace(address, invite="abc"), known) == []


async def test_what_an_authority_proves_is_not_pinned_and_has_to_stay_so(
    trusted: Path, known: KnownServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    trio.socket.set_custom_hostname_resolver(Here())
    async with serving(trusted, tls=True) as server:
        address = parse_address(f"wss://rooms.test:{server.address.port}")
        assert await reach(address, known) == []
        assert known.recall(address.authority) == (PROVEN, 1e9)
        known.remember(address.authority, OTHER, 1e9)  # it was known by a pin before
        assert await reach(address, known) == []
        # Somebody in between, who is proven by nobody.
        monkeypatch.delenv("SSL_CERT_FILE")
        monkeypatch.setattr("roomcli.wire.other_way.socket.create_connection", to_this_machine)
        with pytest.raises(ConnectionFailed, match="proven by no authority any more"):
            await reach(address, known)
        await reach(replace(address, pin=server.address.pin), known)
        assert known.recall(address.authority) == (PROVEN, 1e9)


def to_this_machine(address: tuple[str, int], patience: float) -> object:
    import socket

    there = socket.socket()
    there.settimeout(patience)
    there.connect(("127.0.0.1", address[1]))
    return there


async def test_a_certificate_of_another_name_is_never_believed(
    trusted: Path, known: KnownServers
) -> None:
    trio.socket.set_custom_hostname_resolver(Here())
    async with serving(trusted, tls=True) as server:
        address = parse_address(f"wss://others.test:{server.address.port}")
        with pytest.raises(ConnectionFailed, match="no secure connection"):
            await reach(address, known)
        assert known.recall(address.authority) is None


async def test_without_tls_nothing_is_written_down(tmp_path: Path, known: KnownServers) -> None:
    async with serving(tmp_path) as server:
        assert await reach(server.address, known) == []
    assert not known.path.exists()


async def test_a_file_that_cannot_be_read_is_told_in_one_line(
    server: RunningServer, known: KnownServers
) -> None:
    known.path.mkdir()
    with pytest.raises(ConnectionFailed, match=r"the servers that you know, in .*remove it"):
        await reach(replace(server.address, pin=None), known)


def test_damaged_lines_are_passed_over_and_the_last_one_counts(known: KnownServers) -> None:
    known.remember("Rooms.example:7420", OTHER, 5)
    with known.path.open("ab") as file:
        file.write(b"\xff\n\nrooms.example:7420 nonsense 7\n")
    known.remember("rooms.example:7420", "cd" * 32, 9.4)
    assert known.recall("ROOMS.example:7420") == ("cd" * 32, 9.0)
    with contextlib.suppress(FileNotFoundError):
        known.path.unlink()
    assert known.recall("rooms.example:7420") is None


async def test_the_whole_line_reaches_who_asks_a_changed_server(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settle(monkeypatch, tmp_path)
    address = replace(server.address, pin=None)
    KnownServers().remember(address.authority, OTHER, 1e9)

    def ask() -> None:
        run_errand(address, "Ann", "", c.ListKeys(), warn=print)

    for question in (ask, partial(inquiry.ask, address, "/rooms")):
        with pytest.raises(ConnectionFailed) as failed:
            await trio.to_thread.run_sync(question)
        assert str(failed.value).endswith(f"use it once if so: {server.address}")
    KnownServers().remember(address.authority, server.address.pin or "", 1e9)
    assert await trio.to_thread.run_sync(partial(inquiry.ask, address, "/rooms")) == b"[]"
