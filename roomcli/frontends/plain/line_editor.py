"""The line that somebody types in a terminal: it can be edited, has history and completion.

What is said meanwhile stands above it: the line is taken away, the news printed, and the line put
again. What stands above is never drawn again, since a screen reader would read it again.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from prompt_toolkit.history import InMemoryHistory
    from prompt_toolkit.key_binding import KeyPressEvent

Completions = Callable[[str], Sequence[str]]
"""Returns the lines that a begun line may become, the likeliest first."""

MOST_OFFERED = 30
"""Most completions that are named at once."""


def can_edit() -> bool:
    """Whether standard input and output are a terminal on which a line can be edited."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return os.environ.get("TERM", "dumb") not in ("", "dumb", "unknown")


class LineEditor:
    """Reads lines from the terminal; ``say`` prints one, as the answer to Tab."""

    def __init__(self, say: Callable[[str], None], completions: Completions) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.key_binding import KeyBindings
        from prompt_toolkit.output import ColorDepth
        from prompt_toolkit.output.vt100 import Vt100_Output

        self._say = say
        self._completions = completions
        keys = KeyBindings()
        keys.add("tab")(self._complete)
        shown = Vt100_Output.from_pty(
            sys.stdout, term=os.environ.get("TERM"), default_color_depth=ColorDepth.DEPTH_1_BIT
        )
        shown.enable_cpr = False  # an answer that came late would be typed into what comes next
        self._session: PromptSession[str] = PromptSession(
            output=shown,
            key_bindings=keys,
            history=_history(),
            enable_suspend=True,
            complete_while_typing=False,
            reserve_space_for_menu=0,
            erase_when_done=True,  # what comes of it is said: a message, an answer
        )

    @classmethod
    async def open_editor(cls, say: Callable[[str], None], completions: Completions) -> Self:
        """Return an editor. Its library takes a while to import, and nobody waits for that."""
        await asyncio.to_thread(importlib.import_module, "prompt_toolkit.shortcuts.prompt")
        return cls(say, completions)

    async def read_line(self) -> str | None:
        """Return the next line that is typed; None at the end, which is Ctrl+D on an empty line."""
        while True:
            try:
                line: str = await self._session.prompt_async(
                    handle_sigint=False, set_exception_handler=False
                )
                return line
            except KeyboardInterrupt:
                signal.raise_signal(signal.SIGINT)  # as a terminal does by itself
            except EOFError:
                return None

    def print_above(self, print_line: Callable[[], None]) -> None:
        """Print above what is being typed."""
        app = self._session.app
        if app.renderer.last_rendered_screen is not None:
            app.renderer.erase()
        print_line()
        app.invalidate()

    def _complete(self, event: KeyPressEvent) -> None:
        """Type on as far as it is clear; else say what it may become."""
        buffer = event.current_buffer
        begun = buffer.document.text_before_cursor
        lines = self._completions(begun)
        sure = _shared_beginning(lines)
        if len(sure) > len(begun) or len(lines) == 1:
            buffer.delete_before_cursor(len(begun))
            buffer.insert_text(sure)
        elif lines:
            said = sure.rfind(" ") + 1  # the words before are the same in all
            offered = [line[said:].strip() for line in lines[:MOST_OFFERED]]
            more = f" and {len(lines) - MOST_OFFERED} more" if lines[MOST_OFFERED:] else ""
            self._say(f"{', '.join(offered)}{more}")


@functools.cache
def _history() -> InMemoryHistory:
    """Return what was typed since the program began, at home and in rooms; no file has it."""
    from prompt_toolkit.history import InMemoryHistory

    return InMemoryHistory()


def _shared_beginning(lines: Sequence[str]) -> str:
    """Return what all lines begin with."""
    same = takewhile(lambda each: len(set(each)) == 1, zip(*lines, strict=False))
    return "".join(each[0] for each in same)
