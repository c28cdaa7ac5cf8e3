"""Tests of faults in the screen itself: no traceback is shown, and no key comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
from typing import IO, cast

import pytest
from textual.command import Hit
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from roomcli.frontends.tui.lost_terminal import Forgiving, ForgivingDriver
from roomcli.frontends.tui.palette import Palette
from roomcli.frontends.tui.program import Program
from roomcli.frontends.tui.screens.help import HelpScreen
from roomcli.frontends.tui.screens.room import RoomScreen
from roomcli.protocol import commands as c

from ....support.patience import PATIENCE
from ....support.processes import Journey
from ....support.terminal import needs_tmux, terminal
from ....support.tui_seat import seat


def test_a_page_that_is_left_twice_at_once_is_left_once() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("question_mark")
            await you.until(lambda: isinstance(you.app.screen, HelpScreen))
            page = you.app.screen
            assert isinstance(page, HelpScreen)
            page.action_back()
            page.action_back()
            await you.until(lambda: isinstance(you.app.screen, RoomScreen))
            await you.presses("question_mark")
            await you.sees("Keys")

    asyncio.run(scenario())


@pytest.mark.parametrize("page", ["invite", "settings", "people", "log", "emoji", "leave"])
def test_a_page_that_opens_while_the_program_ends_is_no_fault(page: str) -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            getattr(you.visit.pages, page)()
            you.app.exit()
        you.app.raise_fault()

    asyncio.run(scenario())


@pytest.mark.parametrize("page", ["invite", "settings", "people", "log", "emoji", "leave"])
def test_a_key_that_comes_before_its_page_does_nothing(page: str) -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            getattr(you.visit.pages, page)()
            sheet = you.app.screen
            assert not isinstance(sheet, RoomScreen)
            await you.app._check_bindings("enter", priority=True)
            assert not sheet.is_mounted
            await you.until(lambda: sheet.is_mounted)
            assert you.app.screen is sheet
            assert you.sent == [] or you.sent == [c.ListRoomInvites()] or page in ("people", "log")

    asyncio.run(scenario())


@needs_tmux
def test_a_fault_ends_in_one_line_and_a_terminal_as_it_was(journey: Journey) -> None:
    with terminal("fault", journey.environment("robin")) as shell:
        shell.types("tests.support.faulty_screen")
        shell.sees("over=1")
        assert "roomcli met a fault of its own; the details are in" in shell.screen
        assert "Traceback" not in shell.screen
        assert shell.modes == "0 0"
    logs = [path.read_text() for path in (journey.folder / "robin").rglob("roomcli.log")]
    assert any("ZeroDivisionError: made for the test" in log for log in logs)


def test_a_terminal_that_is_gone_holds_nobody_up() -> None:
    # Textual's thread queues thirty writes and then waits for room: for ever, if it died.
    reads, writes = os.pipe()
    os.close(reads)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writes, "w") as gone:
        thread = WriterThread(cast("IO[str]", Forgiving(gone)))
        thread.start()
        for _ in range(100):
            thread.write("text" * 1000)
        thread.stop()


def test_the_screen_has_a_driver_that_forgives() -> None:
    assert Program[None]().driver_class is ForgivingDriver


def test_a_stop_never_falls_into_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    parts = {"stop": "_sigtstp_application", "go on": "_sigcont_application"}
    for what, name in parts.items():
        monkeypatch.setattr(LinuxDriver, name, lambda *_, what=what: done.append(what))
    monkeypatch.setattr(LinuxDriver, "suspend_application_mode", lambda _: done.append("give back"))
    monkeypatch.setattr(Program, "is_running", True)

    async def scenario() -> None:
        ForgivingDriver(Program())
        os.kill(os.getpid(), signal.SIGTSTP)
        assert done == []  # what runs now runs on
        os.kill(os.getpid(), signal.SIGCONT)
        await until("stop", "go on")
        os.kill(os.getpid(), signal.SIGCONT)  # after a stop that nobody was asked about
        await until("give back", "go on")
        monkeypatch.setattr(Program, "is_running", False)
        os.kill(os.getpid(), signal.SIGCONT)  # a terminal that goes continues who leaves
        await until()

    async def until(*wanted: str) -> None:
        """Wait for these, and see that no more comes."""
        async with asyncio.timeout(PATIENCE):
            while len(done) < len(wanted):  # noqa: ASYNC110 - a signal sets no event
                await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)
        assert done == [*wanted]
        done.clear()

    usual = [signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)]
    try:
        asyncio.run(scenario())
    finally:
        for number, handler in zip((signal.SIGTSTP, signal.SIGCONT), usual, strict=True):
            signal.signal(number, handler)


def test_a_letter_that_the_terminal_lacks_is_a_question_mark() -> None:
    for encoding, shown in (("latin-1", "?é?"), ("ascii", "???"), ("utf-8", "─é?")):
        written = io.BytesIO()
        screen = io.TextIOWrapper(written, encoding, write_through=True)
        Forgiving(screen).write("─é\udce9")
        assert written.getvalue().decode(encoding) == shown


def test_keys_that_come_faster_than_the_palette_do_what_was_chosen_once() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            app = you.app
            for _ in range(3):
                app.action_command_palette()
                app.action_command_palette()
                palette = app.screen
                assert isinstance(palette, Palette)
                while not palette.is_mounted:
                    await you.pilot.pause()
                palette._action_escape()
                palette._action_escape()
                await you.until(lambda: isinstance(app.screen, RoomScreen))
            await you.presses("ctrl+p")
            await you.types("unmute")
            await you.sees("Unmute: open")
            await you.presses("enter")
            await you.until(lambda: isinstance(app.screen, RoomScreen))
            await you.sends(c.Unmute(lease=True))

    asyncio.run(scenario())


def test_a_second_enter_in_the_palette_asks_for_nothing_more() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            done: list[str] = []
            palette = Palette()
            await you.app.push_screen(palette)
            palette._selected_command = Hit(1, "x", lambda: done.append("x"))
            palette._list_visible = False
            palette._select_or_command()
            palette._select_or_command()
            await you.until(lambda: isinstance(you.app.screen, RoomScreen))
            await you.pilot.pause()
            assert done == ["x"]

    asyncio.run(scenario())


def test_the_first_screen_does_not_wait_for_a_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 3600.0)

    async def scenario() -> None:
        app = Program[None]()
        async with app.run_test():
            assert not app.screen._repaint_required

    asyncio.run(scenario())
