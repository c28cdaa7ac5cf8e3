"""Keeps text that C libraries print on standard error off the screen."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

_changing = threading.Lock()
_quiet = 0  # who wants it quiet; several threads may at once, and one of them may hang
_stderr: int | None = None  # what the descriptor was before the first of them


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Discard standard error of the whole process within the ``with`` block.

    ALSA, JACK and mpg123 print over a full screen.
    """
    _silence()
    try:
        yield
    finally:
        _restore()


def _silence() -> None:
    global _quiet, _stderr
    with _changing:
        _quiet += 1
        if _quiet > 1:
            return
        try:
            _stderr = os.dup(2)
        except OSError:  # there is none
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _restore() -> None:
    global _quiet, _stderr
    with _changing:
        _quiet -= 1
        if _quiet == 0 and _stderr is not None:
            os.dup2(_stderr, 2)
            os.close(_stderr)
            _stderr = None
