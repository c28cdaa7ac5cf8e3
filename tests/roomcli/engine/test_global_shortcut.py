"""Tests of a key of the desktop, on a real bus with a portal that plays the desktop's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from roomcli.engine.global_shortcut import PUSH_TO_TALK, WORDS, follow_held_key, look_for_portal

from ...support.desktop import FakePortal, SessionBus, portal, session_bus
from ...support.patience import until
from .test_session import agree, answering, room


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionBus]:
    """Run a session bus for this process."""
    with session_bus(tmp_path) as started:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", started.address)
        yield started


async def shown(desktop: FakePortal) -> None:
    """Wait until the desktop was asked for a key."""
    await until(lambda: bool(desktop.shortcuts))


async def test_the_key_is_down_from_press_to_release_and_no_longer_than_asked(
    bus: SessionBus,
) -> None:
    sent, turns = trio.open_memory_channel[bool](10)
    async with portal() as desktop, trio.open_nursery() as nursery:
        nursery.start_soon(follow_held_key, sent.send_nowait)
        await shown(desktop)
        ((name, options),) = desktop.shortcuts
        assert (name, options["description"]) == (PUSH_TO_TALK, ("s", WORDS))
        await desktop.turn("Activated")
        assert await turns.receive()
        await desktop.turn("Activated")
        await desktop.turn("Deactivated", shortcut="another")
        await desktop.turn("Deactivated", session="/another/session")
        await desktop.turn("Deactivated")
        assert not await turns.receive()
        await desktop.turn("Activated")
        assert await turns.receive()
        nursery.cancel_scope.cancel()
    assert not turns.receive_nowait(), "who is no longer in the room holds nothing"
    with pytest.raises(trio.WouldBlock):
        turns.receive_nowait()


async def test_a_desktop_that_gives_no_key_is_told(bus: SessionBus) -> None:
    assert await look_for_portal() == "the desktop has no portal for global shortcuts"
    assert await follow_held_key(print) == "the desktop has no portal for global shortcuts"
    async with portal(refuses=True) as desktop:
        assert await look_for_portal() == ""
        assert "gives no key" in await follow_held_key(print)
        assert desktop.asked == ["Get", "CreateSession", "BindShortcuts"]


async def test_a_bus_that_ends_lets_the_key_go(bus: SessionBus) -> None:
    sent, turns = trio.open_memory_channel[bool](10)
    reasons = []

    async def follow() -> None:
        reasons.append(await follow_held_key(sent.send_nowait))

    async with portal() as desktop, trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        await shown(desktop)
        await desktop.turn("Activated")
        assert await turns.receive()
        bus.process.kill()
        assert not await turns.receive()
    assert reasons == ["there is no session bus, or it has ended"]


async def test_without_a_bus_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert await look_for_portal() == "there is no session bus, or it has ended"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    assert await follow_held_key(print) == "there is no session bus, or it has ended"


async def test_in_a_room_the_key_is_push_to_talk(bus: SessionBus, tmp_path: Path) -> None:
    wanted = room(tmp_path, answering(agree), push_to_talk_anywhere=True)
    async with portal() as desktop, wanted as inside:
        await inside.has_microphone()
        await shown(desktop)
        await desktop.turn("Activated")
        assert (await inside.until("microphone"))["open"]
        await desktop.turn("Deactivated")
        assert not (await inside.until("microphone"))["open"]
