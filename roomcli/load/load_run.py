"""A load on a server: processes that speak and listen in one room, for some seconds."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import trio

from ..errors import CommandRefused, ConnectionFailed
from ..protocol.address import Address
from .process import LoadPart
from .totals import LoadTotals, Said

PER_PROCESS = 1000
"""The most listeners of one process, so that it needs no more than a part of a core."""
WARM_UP = 2.0
"""Seconds for which they talk before it counts."""
GRACE = 10.0
"""Seconds for a process to leave the room."""


@dataclass(frozen=True)
class LoadPlan:
    """How many speak and listen in a room, by TCP or UDP, and for how many seconds it counts."""

    address: Address
    speakers: int
    listeners: int
    seconds: int
    udp: bool = False


class LoadRun:
    """One load, and how far it is; ``changed`` is called with it when there is something new."""

    def __init__(self, plan: LoadPlan, changed: Callable[[LoadRun], None]) -> None:
        self.plan = plan
        self.totals = LoadTotals(plan.listeners)
        self.on_stage = 0
        self.in_audience = 0
        self.waits_for_moderator = False
        self._changed = changed

    async def run(self) -> None:
        """Bring everybody in, measure, and leave the room.

        Raises CommandRefused, ConnectionFailed.
        """
        plan = self.plan
        async with contextlib.AsyncExitStack() as stack:
            part = LoadPart(True, str(plan.address), plan.speakers, udp=plan.udp)
            speakers = await stack.enter_async_context(_running(part))
            ready = await self._until_ready(speakers, self._count_on_stage)
            self.on_stage, self.waits_for_moderator = plan.speakers, False
            invited = replace(plan.address, invite=ready["invite"] or plan.address.invite)
            listeners = list[_LoadProcess]()
            for first in range(0, plan.listeners, PER_PROCESS):
                count = min(PER_PROCESS, plan.listeners - first)
                part = LoadPart(False, str(invited), count, first + 1, plan.udp)
                child = await stack.enter_async_context(_running(part))

                def count_in(said: Said, before: int = first) -> None:
                    self.in_audience = before + said.get("count", 0)

                await self._until_ready(child, count_in)
                self.in_audience = first + count
                listeners.append(child)
            await self._measure(speakers, listeners)

    def _count_on_stage(self, said: Said) -> None:
        self.waits_for_moderator |= said["event"] == "hands_raised"
        self.on_stage = said.get("count", self.on_stage)

    async def _until_ready(self, child: _LoadProcess, note: Callable[[Said], None]) -> Said:
        while (said := await child.receive())["event"] != "ready":
            note(said)
            self._changed(self)
        return said

    async def _measure(self, speakers: _LoadProcess, listeners: list[_LoadProcess]) -> None:
        begin = time.monotonic_ns() + int(WARM_UP * 1e9)
        starts = [begin + second * 1_000_000_000 for second in range(self.plan.seconds)]
        for child in (speakers, *listeners):
            for start in starts:
                await child.send({"begin": start, "end": start + 1_000_000_000})
        for _ in starts:
            spoken = await speakers.receive()
            self.totals.add(spoken, [await each.receive() for each in listeners])
            self._changed(self)


class _LoadProcess:
    """A process of the load."""

    def __init__(self, process: trio.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        self._process = process
        self._rest = b""

    async def send(self, what: dict[str, Any]) -> None:
        """Write one line to it."""
        with contextlib.suppress(trio.BrokenResourceError):  # its last words say why
            await self._input.send_all(json.dumps(what).encode() + b"\n")

    async def receive(self) -> Said:
        """Return what it says next. Raises CommandRefused and ConnectionFailed if it failed."""
        while b"\n" not in self._rest:
            data = await self._output.receive_some()
            if not data:
                raise ConnectionFailed("a process of the load ended before its time")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        if said["event"] != "failed":
            return said
        if said["code"]:
            raise CommandRefused(said["code"], said["text"])
        raise ConnectionFailed(said["text"])

    async def finish(self) -> None:
        """Let it leave the room, and end it if it does not."""
        with trio.CancelScope(shield=True):
            await self._input.aclose()
            with trio.move_on_after(GRACE):
                await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            await self._output.aclose()


@contextlib.asynccontextmanager
async def _running(part: LoadPart) -> AsyncIterator[_LoadProcess]:
    # A session of its own: Ctrl+C is for the command, which then lets its processes leave.
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "roomcli.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    child = _LoadProcess(process)
    try:
        await child.send(asdict(part))
        yield child
    finally:
        await child.finish()
