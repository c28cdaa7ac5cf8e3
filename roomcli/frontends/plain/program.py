"""Runs the plain room on standard input and output until the user leaves it.

It has lines of words instead of a screen: for screen readers, pipes, and terminals that cannot
draw.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from ...protocol import local
from ...signals import heeded
from ..engine_process import LEAVE_WAIT, Engine, EngineProcess, heard_here
from ..model.own_devices import KeepDevice, kept_for_now
from ..model.sound_memory import SoundMemory
from ..outcome import INTERRUPTED, Outcome
from .output import Output
from .room import PlainRoom
from .typed_lines import typed_lines


def run_plain(
    enter: local.Enter,
    *,
    share_line: str | None = None,
    notices: local.Notices | None = None,
    keep_device: KeepDevice = kept_for_now,
    sound: SoundMemory | None = None,
    engine_command: Sequence[str] | None = None,
    log: Path,
) -> Outcome:
    """Enter a room line by line and return when the user has left; end of input leaves the room.

    ``share_line`` is the line for friends, with ``{invite}`` in the place of the room's invite.
    ``notices`` brings what the user's own server has for its admin; such a server ends with this
    process. ``keep_device`` is told which microphone or speakers are chosen, ``sound`` how the
    user's voice is treated.
    """
    # Levels say who speaks.
    opening = replace(enter, levels=True, chimes=enter.chimes is not False)
    engine = EngineProcess(opening, log=log, command=engine_command, mic=enter.mic)
    output = Output()
    ends_room = notices is not None
    room = PlainRoom(
        engine,
        output.say,
        enter,
        share_line,
        ends_room=ends_room,
        keep_device=keep_device,
        sound=sound,
    )
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(room, engine, output, notices))
    return Outcome(INTERRUPTED)


async def _run(
    room: PlainRoom, engine: Engine, output: Output, notices: local.Notices | None
) -> Outcome:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    output.on_end = stop.set
    for number in heeded((signal.SIGTERM, signal.SIGHUP, signal.SIGINT)):
        loop.add_signal_handler(number, stop.set)
    async with typed_lines(output, room.obey, room.end_input, room.completions):
        talking = asyncio.create_task(room.run())
        if notices is not None:
            notices(heard_here(room.receive))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({talking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                return talking.result()
            room.leave()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(talking, LEAVE_WAIT)
            if output.fault is not None:
                raise output.fault
            return Outcome(INTERRUPTED)
        finally:
            stopping.cancel()
            talking.cancel()
            await engine.close()
