"""A real terminal for tests: a shell in tmux that takes keys and shows a screen."""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import pytest

from benchmarks.processes import guard

from .. import ROOT
from .patience import PATIENCE

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


_numbers = itertools.count()


class Terminal:
    """A shell in a terminal of a given size, in a tmux server of its own.

    ``variables`` are those of the shell alone: tmux itself has what it needs.
    """

    def __init__(
        self,
        name: str,
        environment: dict[str, str],
        size: tuple[int, int] = (80, 24),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        # A name of its own each time: a server that ends still answers to the old one.
        socket = f"roomcli-{os.getpid()}-{next(_numbers)}-{name}"
        self._tmux = ("tmux", "-L", socket, "-f", os.devnull)
        columns, rows = size
        self._run(
            *("new-session", "-d", "-x", str(columns), "-y", str(rows)),
            *("env", "PS1=$ ", *(f"{name}={value}" for name, value in variables.items())),
            *("bash", "--norc", "--noprofile"),
            environment={**environment, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"},
        )
        self._run("set-option", "-s", "set-clipboard", "on")
        guard.watch(int(self._told("#{pid}")))
        self.sees("$")
        self.shell = int(self._told("#{pane_pid}"))

    def types(self, *words: str) -> None:
        """Type a command line for Python's ``-m``, and press Enter."""
        line = shlex.join((sys.executable, "-m", *words))
        self._run("send-keys", "-l", f"cd {shlex.quote(str(ROOT))}; clear; {line}; echo over=$?")
        self.presses("Enter")

    def presses(self, *keys: str) -> None:
        """Press keys, named as in tmux."""
        self._run("send-keys", *keys)

    def types_text(self, text: str) -> None:
        """Type a text as it is."""
        self._run("send-keys", "-l", text)

    def pastes(self, data: bytes) -> None:
        """Send bytes as they are, text or not."""
        subprocess.run([*self._tmux, "load-buffer", "-"], input=data, check=True, timeout=PATIENCE)
        self._run("paste-buffer", "-r", "-d")

    def resizes(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as somebody does who drags its window."""
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def clicks(self, text: str) -> None:
        """Click on the beginning of a text."""
        x, y = self._place(text)
        self.pastes(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m".encode())

    def drags(self, text: str) -> None:
        """Drag the mouse over a text, from the beginning to the end."""
        x, y = self._place(text)
        end = x + len(text) - 1
        self.pastes(f"\x1b[<0;{x};{y}M\x1b[<32;{end};{y}M\x1b[<0;{end};{y}m".encode())

    def _place(self, text: str) -> tuple[int, int]:
        lines = self.screen.splitlines()
        row = next(row for row, line in enumerate(lines) if text in line)
        return lines[row].index(text) + 1, row + 1

    @property
    def clipboard(self) -> str:
        """The text that a program has last put on the terminal's clipboard."""
        return self._run("show-buffer") if self._told("#{buffer_size}") else ""

    @property
    def screen(self) -> str:
        """The text on the screen now."""
        return self._run("capture-pane", "-p")

    @property
    def look(self) -> str:
        """The text on the screen with the codes of its colours."""
        return self._run("capture-pane", "-p", "-e")

    @property
    def whole_lines(self) -> list[str]:
        """The lines of the screen, including the spaces at their ends."""
        return self._run("capture-pane", "-p", "-N").splitlines()

    @property
    def modes(self) -> str:
        """Two flags: whether the alternate screen is on, and whether the mouse is reported."""
        return self._told("#{alternate_on} #{mouse_any_flag}")

    def sees(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until the screen shows a text."""
        until(lambda: text in self.screen, f"{text!r}", patience, lambda: self.screen)

    def misses(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until the screen no longer shows a text."""
        until(lambda: text not in self.screen, f"no {text!r}", patience, lambda: self.screen)

    def program(self) -> int:
        """Wait for the program in the shell, and return its process id."""
        until(lambda: children(self.shell), "a program", PATIENCE, lambda: self.screen)
        return children(self.shell)[0]

    def close(self) -> None:
        """End the terminal and every program in it."""
        with contextlib.suppress(subprocess.SubprocessError):
            self._run("kill-server")

    def _told(self, what: str) -> str:
        return self._run("display-message", "-p", what).strip()

    def _run(self, *words: str, environment: dict[str, str] | None = None) -> str:
        return subprocess.run(
            [*self._tmux, *words],
            env=environment,
            check=True,
            timeout=PATIENCE,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


def until(
    condition: Callable[[], object],
    what: str,
    patience: float = PATIENCE,
    seen: Callable[[], str] = str,
) -> None:
    """Wait until ``condition`` is true; fail the test if it does not become true."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {patience:.0f} s for {what}; there is:\n{seen()}")
        time.sleep(0.03)


def children(pid: int) -> list[int]:
    """Return the ids of the processes that ``pid`` has started."""
    found = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], stdout=subprocess.PIPE, text=True, check=True
    )
    rows = (line.split(None, 2) for line in found.stdout.splitlines())
    return [int(own) for own, parent, stat in rows if int(parent) == pid and stat[0] != "Z"]


def lives(pid: int) -> bool:
    """Whether the process still runs; a zombie does not."""
    found = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True, check=False
    )
    return found.stdout.strip()[:1] not in ("", "Z")


@contextlib.contextmanager
def terminal(
    name: str,
    environment: dict[str, str],
    size: tuple[int, int] = (80, 24),
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Terminal]:
    """Open a terminal until the block ends."""
    opened = Terminal(name, environment, size, variables)
    try:
        yield opened
    finally:
        opened.close()
