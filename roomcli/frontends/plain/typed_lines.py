"""The lines that are typed: in a terminal, through a pipe, from a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import threading
from collections.abc import AsyncIterator, Callable

from ...protocol.lines import LineSplitter
from ..engine_process import LEAVE_WAIT
from .line_editor import Completions, LineEditor, can_edit
from .output import Output

MAX_LINE = 4096
"""Bytes that a typed line may have, as in a terminal."""
TOO_LONG = f"Not sent: a line has {MAX_LINE} bytes at most"
NOT_TEXT = "Not sent, your terminal writes letters in an encoding that is not known here; UTF-8 is"


@contextlib.asynccontextmanager
async def typed_lines(
    output: Output,
    obey: Callable[[str], None],
    end_input: Callable[[], None],
    completions: Completions,
    *,
    one_by_one: bool = False,
) -> AsyncIterator[Callable[[], None]]:
    """Within the block ``obey`` gets each line that is typed; ``end_input`` is told of the end.

    What is typed after it is for another program, maybe a password. With ``one_by_one`` nothing
    after a line is read before the function is called that the block gets: what follows may be for
    somebody else. In a terminal the line can be edited, and Tab completes it; a pipe, and a
    terminal that cannot move its cursor, are read as they are.
    """
    encoding = getattr(sys.stdin, "encoding", None) or "utf-8"

    def typed(line: bytes) -> bool:
        """Obey a line, or say why not; whether it was obeyed."""
        text = text_of(line, encoding) if len(line) <= MAX_LINE else None
        if text is not None:
            obey(text)
            return True
        output.say(NOT_TEXT if len(line) <= MAX_LINE else TOO_LONG)
        return False

    if can_edit():
        way = _edited_lines(output, typed, end_input, completions, one_by_one=one_by_one)
    else:
        way = _lines_as_they_are(typed, end_input, one_by_one=one_by_one)
    async with way as read_on:
        yield read_on


@contextlib.asynccontextmanager
async def _edited_lines(
    output: Output,
    typed: Callable[[bytes], bool],
    end_input: Callable[[], None],
    completions: Completions,
    *,
    one_by_one: bool,
) -> AsyncIterator[Callable[[], None]]:
    turns = asyncio.Semaphore(0)

    async def read() -> None:
        editor = await LineEditor.open_editor(output.say, completions)
        output.around = editor.print_above
        while (text := await editor.read_line()) is not None:
            for line in text.splitlines() or [""]:  # more than one were pasted
                if typed(line.encode("utf-8", "surrogateescape")) and one_by_one:
                    await turns.acquire()
        end_input()

    reading = asyncio.create_task(read())
    reading.add_done_callback(lambda task: None if task.cancelled() else end_input())
    try:
        yield turns.release
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading


@contextlib.asynccontextmanager
async def _lines_as_they_are(
    typed: Callable[[bytes], bool], end_input: Callable[[], None], *, one_by_one: bool
) -> AsyncIterator[Callable[[], None]]:
    turns = threading.Semaphore(0) if one_by_one else None

    def read_on() -> None:
        if turns is not None:
            turns.release()

    def receive_line(line: bytes | None) -> None:
        if not typed(bytes(MAX_LINE + 1) if line is None else line):
            read_on()

    ended, end = os.pipe()
    loop = asyncio.get_running_loop()
    heard = (loop, receive_line, end_input, ended, turns)
    reading = threading.Thread(target=_read_lines, args=heard, daemon=True)
    reading.start()
    try:
        yield read_on
    finally:
        os.close(end)
        read_on()
        reading.join(LEAVE_WAIT)
        os.close(ended)


def text_of(line: bytes, encoding: str) -> str | None:
    """Return the typed text; None if the bytes are neither UTF-8 nor text in this encoding.

    UTF-8 is tried first: text that can be read as UTF-8 is hardly ever anything else, and many
    terminals write it whatever the locale says.
    """
    for each in ("utf-8-sig", encoding):
        with contextlib.suppress(UnicodeError, LookupError):
            return line.decode(each)
    return None


def _read_lines(
    loop: asyncio.AbstractEventLoop,
    typed: Callable[[bytes | None], None],
    end_input: Callable[[], None],
    ended: int,
    turns: threading.Semaphore | None,
) -> None:
    """Read lines of standard input on a thread, until the other end of ``ended`` is closed.

    ``typed`` gets each line, None for one that is too long; ``end_input`` is called at the end.
    Standard input may be a terminal, a pipe or a file. Reading is unbuffered: what was not read
    stays there. With ``turns`` nothing behind a line is read before the line had its turn, which
    takes reading byte by byte.
    """
    most = 1 if turns is not None else 4096
    lines = LineSplitter(MAX_LINE)
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
        while True:
            try:
                if ended in select.select([0, ended], [], [])[0]:
                    return
                chunk = os.read(0, most)
            except (OSError, ValueError):  # closed
                chunk = b""
            if not chunk:
                if rest := lines.rest():
                    loop.call_soon_threadsafe(typed, rest)
                loop.call_soon_threadsafe(end_input)
                return
            for line in lines.feed(chunk):
                loop.call_soon_threadsafe(typed, line)
                if turns is not None:
                    turns.acquire()
