"""A session bus of our own with a portal that plays the desktop's, for tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import trio
from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.trio import DBusConnection, open_dbus_connection

from benchmarks.processes import guard
from roomcli.engine.global_shortcut import PLACE, PORTAL, REQUEST, SHORTCUTS

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class SessionBus(NamedTuple):
    """A bus that runs, and where it listens."""

    address: str
    process: subprocess.Popen[str]


@contextmanager
def session_bus(folder: Path) -> Iterator[SessionBus]:
    """Run a bus until the block ends."""
    configuration = folder / "bus.conf"
    configuration.write_text(CONFIGURATION.format(socket=folder / "bus"))
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]},
        text=True,
    )
    guard.watch(bus.pid)
    with bus:
        try:
            assert bus.stdout is not None
            yield SessionBus(bus.stdout.readline().strip(), bus)
        finally:
            bus.kill()


class FakePortal:
    """Gives shortcuts to whoever asks, or to nobody if it ``refuses``."""

    def __init__(self, bus: DBusConnection, *, refuses: bool) -> None:
        self._bus = bus
        self._refuses = refuses
        self.asked: list[str] = []
        self.shortcuts: list[Any] = []
        self.session = ""

    async def serve(self) -> None:
        """Answer what is asked, until the bus ends."""
        with suppress(trio.EndOfChannel, trio.BrokenResourceError):
            while True:
                message = await self._bus.receive()
                if message.header.message_type is MessageType.method_call:
                    await self._answer(message)

    async def _answer(self, call: Any) -> None:
        fields, body = call.header.fields, call.body
        member = fields[HeaderFields.member]
        self.asked.append(member)
        if member == "Get":
            await self._bus.send(new_method_return(call, "v", (("u", 1),)))
            return
        if fields.get(HeaderFields.interface) != SHORTCUTS:
            await self._bus.send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod"))
            return
        sender = fields[HeaderFields.sender][1:].replace(".", "_")
        token = body[-1]["handle_token"][1]
        request = f"{PLACE}/request/{sender}/{token}"
        results: dict[str, Any] = {}
        if member == "CreateSession":
            self.session = f"{PLACE}/session/{sender}/{body[-1]['session_handle_token'][1]}"
            results = {"session_handle": ("s", self.session)}
        else:
            self.shortcuts = body[1]
        await self._bus.send(new_method_return(call, "o", (request,)))
        refused = self._refuses and member == "BindShortcuts"
        told = DBusAddress(request, interface=REQUEST)
        await self._bus.send(new_signal(told, "Response", "ua{sv}", (int(refused), results)))

    async def turn(self, member: str, shortcut: str = "", session: str = "") -> None:
        """Tell of a press (``Activated``) or a release (``Deactivated``)."""
        body: tuple[Any, ...] = (session or self.session, shortcut or self.shortcuts[0][0], 0, {})
        told = DBusAddress(PLACE, interface=SHORTCUTS)
        await self._bus.send(new_signal(told, member, "osta{sv}", body))


@asynccontextmanager
async def portal(*, refuses: bool = False) -> AsyncIterator[FakePortal]:
    """Serve the portal on the session bus until the block ends."""
    bus = await open_dbus_connection()
    async with bus, trio.open_nursery() as nursery:
        async with bus.router() as router:
            await router.send_and_get_reply(message_bus.RequestName(PORTAL))
        served = FakePortal(bus, refuses=refuses)
        nursery.start_soon(served.serve)
        yield served
        nursery.cancel_scope.cancel()
