"""Runs the app in the terminal, with the one engine that serves home and every room."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import RoomcliError
from ...protocol import commands as c
from ...protocol import local
from ...signals import heeded
from ..engine_process import Engine, EngineProcess
from ..engine_start import ENGINE_COMMAND, EngineStart
from ..model.call_settings import CallSettings
from ..model.open_rooms import HomeServer, HomeServers
from ..model.own_devices import KeepDevice, kept_for_now
from ..model.own_settings import OwnSettings
from ..model.sound_memory import SoundMemory
from ..outcome import Outcome
from ..shared_engine import SharedEngine
from .app import RoomcliApp
from .theme import KeepTheme

if TYPE_CHECKING:
    from .screens.first_run import OwnAnswers


async def _run(app: RoomcliApp, shared: SharedEngine) -> Outcome:
    loop = asyncio.get_running_loop()
    for number in heeded((signal.SIGTERM, signal.SIGHUP)):
        loop.add_signal_handler(number, app.interrupt)
    try:
        outcome = await app.run_async()
    finally:
        # The terminal is restored by now: the user waits for the engine at a prompt.
        await app.close_engines()
        await shared.close()
    app.raise_fault()
    return outcome or Outcome(app.return_code or 0)


def run_app(
    enter: local.Enter,
    servers: tuple[HomeServer, ...],
    *,
    kept: HomeServers | None = None,
    entered: Callable[[str], object] = str,
    log: Path,
    engine_command: Sequence[str] | None = None,
    newcomer: Callable[[OwnAnswers], str] | None = None,
    share_line: str | None = None,
    ends_room: bool = False,
    notices: local.Notices | None = None,
    theme: str | None = None,
    keep_theme: KeepTheme | None = None,
    keep_device: KeepDevice = kept_for_now,
    sound: SoundMemory | None = None,
    keys: Mapping[str, str] | None = None,
    calls: CallSettings | None = None,
    own_settings: OwnSettings | None = None,
) -> Outcome:
    """Run the app in the terminal and return when the user has left it.

    ``engine_command`` replaces the engine, whose output goes to ``log``. For everything else see
    :class:`RoomcliApp`.
    """
    with _engine_that_loads(servers, log, enter.mic, engine_command) as engine:
        waiting = [engine]

        def start(opening: c.Command) -> Engine:
            first = waiting.pop() if waiting else None
            return EngineProcess(
                opening, log=log, command=engine_command, mic=enter.mic, started=first
            )

        shared = SharedEngine(start)

        def engine_for(opening: c.Command) -> Engine:
            # The first run has an engine of its own, so that no microphone stays open after it.
            return shared.visit(opening) if isinstance(opening, local.Enter) else start(opening)

        app = RoomcliApp(
            enter,
            engine_for,
            servers,
            shared.rooms,
            kept=kept,
            entered=entered,
            leave_home=shared.leave_home,
            ask=shared.ask,
            sign_on=shared.sign_on,
            newcomer=newcomer,
            share_line=share_line,
            ends_room=ends_room,
            notices=notices,
            theme=theme,
            keep_theme=keep_theme,
            keep_device=keep_device,
            sound=sound,
            keys=keys,
            calls=calls,
            own_settings=own_settings,
        )
        shared.hear_at_home = app.hear_at_home
        outcome = asyncio.run(_run(app, shared))
    text = "\n".join(line for line in (outcome.text, app.last_words()) if line)
    return Outcome(outcome.exit_code, text, outcome.code)


def _engine_that_loads(
    servers: Sequence[HomeServer], log: Path, mic: str | None, command: Sequence[str] | None
) -> AbstractContextManager[EngineStart | None]:
    """Return an engine that loads while the app draws its first screen.

    It is None if none will be needed, or can be started: then it is told where it is needed.
    """
    with suppress(OSError, RoomcliError):
        if servers:
            return EngineStart(log, mic, command or ENGINE_COMMAND)
    return nullcontext()
