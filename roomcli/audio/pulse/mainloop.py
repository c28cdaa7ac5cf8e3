"""The one thread that calls libpulse and that libpulse calls.

Others hand it what to do; none of them ever takes libpulse's lock, so that none can keep it from
the sound while it waits for Python's.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from typing import Any, Final, TypeVar

from roomcli.errors import AudioError

from . import layouts as at
from .library import Functions

T = TypeVar("T")

_READABLE: Final = 1  # PA_IO_EVENT_INPUT


class Mainloop:
    """libpulse's own thread; it runs until the process ends."""

    def __init__(self, pulse: Functions) -> None:
        """Start the thread. Raises AudioError if it does not start."""
        self._pulse = pulse
        self._orders: deque[Callable[[], object]] = deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._on_ring = at.ON_READABLE(self._do_what_was_ordered)
        self._loop = pulse.pa_threaded_mainloop_new()
        self.api = pulse.pa_threaded_mainloop_get_api(self._loop)
        self.api.contents.io_new(self.api, self._bell, _READABLE, self._on_ring, None)
        if pulse.pa_threaded_mainloop_start(self._loop) < 0:
            raise AudioError("libpulse cannot start its thread")
        # Python's state for the thread is made once, not in each callback: a fourth of its cost.
        self.order(ctypes.pythonapi.PyGILState_Ensure)
        atexit.register(self._end_thread)

    def order(self, action: Callable[[], object]) -> None:
        """Have ``action`` run on the thread soon; it must not raise or wait. From any thread."""
        self._orders.append(action)
        os.eventfd_write(self._bell, 1)

    def run_there(self, question: Callable[[], T], patience: float) -> T:
        """Run ``question`` on the thread and return what it does. Raises what it does.

        Raises AudioError after ``patience`` seconds. Never from the thread itself.
        """
        answer: Future[T] = Future()

        def answered() -> None:
            try:
                answer.set_result(question())
            except Exception as error:  # for whoever asked
                answer.set_exception(error)

        self.order(answered)
        return await_answer(answer, patience)

    def _do_what_was_ordered(self, *_: Any) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._bell)
        while self._orders:
            with contextlib.suppress(Exception):  # nothing may be raised into libpulse
                self._orders.popleft()()

    def _end_thread(self) -> None:
        # Before the interpreter ends, and with it what the thread's callbacks are made of.
        self._pulse.pa_threaded_mainloop_stop(self._loop)


def await_answer(answer: Future[T], patience: float) -> T:
    """Return what comes within ``patience`` seconds, else raise AudioError."""
    try:
        return answer.result(patience)
    except TookTooLong:
        raise AudioError(f"the sound server does not answer within {patience:g} s") from None
