"""The one connection of this process to the sound server, PulseAudio or PipeWire.

It is made when first needed, within a second or not at all, and stays: it hears of cards that come
and go. A server is never started for it.
"""

from __future__ import annotations

import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from ctypes import c_char_p
from typing import Any, Final, Protocol

from roomcli.audio.quiet import quiet_stderr
from roomcli.errors import AudioError

from . import layouts as at
from .endpoints import Direction, Endpoint, Landscape
from .library import Functions, load_functions
from .mainloop import Mainloop, await_answer

log = logging.getLogger(__name__)

PATIENCE: Final = 1.0
"""Seconds within which a sound server answers, or is done without."""
_NOAUTOSPAWN: Final = 1
_READY, _FAILED, _TERMINATED = 4, 5, 6
_SINKS, _SOURCES, _SERVER = 0x01, 0x02, 0x80
_FACILITY, _EVENT, _IS_CHANGE = 0x0F, 0x30, 0x10
_KEYS: Final = itertools.count(1)  # what libpulse gives back to callbacks, in place of objects

Told = Callable[[Landscape], None]


class Dependent(Protocol):
    """Whoever lives on a connection; all is called on the mainloop's thread."""

    def hear_of_landscape(self, landscape: Landscape) -> None:
        """Take note of cards that came, went, or became the default."""

    def lose_server(self, why: str) -> None:
        """Take note that the connection is lost."""


class _Inquiry:
    """One question after all that the server has."""

    def __init__(self, then: Told, failed: Callable[[str], None]) -> None:
        self.then = then
        self.failed = failed
        self.server = self.default_input = self.default_output = ""
        self.endpoints: list[Endpoint] = []


class PulseConnection:
    """A connection to a sound server; made by ``connect``."""

    def __init__(self, pulse: Functions, mainloop: Mainloop) -> None:
        self.pulse = pulse
        self.mainloop = mainloop
        self.lost = ""
        """Why the connection is no more; empty while it lives."""
        self.dependents: set[Dependent] = set()
        self.context: int | None = None
        self._opened: Future[None] = Future()
        self._inquiries: dict[int, _Inquiry] = {}
        self._on_state = at.ON_CHANGE(_guard(self._state_changed))
        self._on_news = at.ON_NEWS(_guard(self._hear_news))
        self._on_server = at.ON_SERVER(_guard(self._server_told))
        self._on_sink = at.ON_ENDPOINT(_guard(functools.partial(self._told_of, "output")))
        self._on_source = at.ON_ENDPOINT(_guard(functools.partial(self._told_of, "input")))

    def establish(self) -> None:
        """Connect. Raises AudioError if no server answers in time."""
        deadline = time.monotonic() + PATIENCE
        with quiet_stderr():  # a server of another user is complained about there
            try:
                self.mainloop.run_there(self._begin, PATIENCE)
                await_answer(self._opened, max(deadline - time.monotonic(), 0.0))
            except AudioError:
                self.mainloop.order(self.shut)
                raise

    def shut(self) -> None:
        """Disconnect; on the mainloop's thread."""
        if self.context is not None:
            self.pulse.pa_context_set_state_callback(self.context, at.ON_CHANGE(), None)
            self.pulse.pa_context_set_subscribe_callback(self.context, at.ON_NEWS(), None)
            self.pulse.pa_context_disconnect(self.context)
            self.pulse.pa_context_unref(self.context)
            self.context = None

    def survey(self) -> Landscape:
        """Return what the server has now. Raises AudioError if it does not say."""
        answer: Future[Landscape] = Future()
        self.mainloop.order(
            lambda: self.inquire(
                answer.set_result, lambda why: answer.set_exception(AudioError(why))
            )
        )
        return await_answer(answer, PATIENCE)

    def inquire(self, then: Told, failed: Callable[[str], None] = log.info) -> None:
        """Ask what the server has; ``then`` or ``failed`` is told. On the mainloop's thread."""
        if self.lost or self.context is None:
            failed(self.lost or "not connected")
            return
        key = next(_KEYS)
        self._inquiries[key] = _Inquiry(then, failed)
        pulse = self.pulse
        for begun in (  # the server answers in this order
            pulse.pa_context_get_server_info(self.context, self._on_server, key),
            pulse.pa_context_get_sink_info_list(self.context, self._on_sink, key),
            pulse.pa_context_get_source_info_list(self.context, self._on_source, key),
        ):
            self.let_run(begun)

    def let_run(self, operation: int | None) -> None:
        """Let an operation run to its end without watching it."""
        if operation:
            self.pulse.pa_operation_unref(operation)

    def last_error(self) -> str:
        """Return why the last call failed, in libpulse's words."""
        return self.words(self.pulse.pa_context_errno(self.context) if self.context else 0)

    def words(self, error: int) -> str:
        """Return the words for an error of libpulse."""
        return text_of(self.pulse.pa_strerror(error)) or "no reason given"

    def _begin(self) -> None:
        pulse = self.pulse
        about = pulse.pa_proplist_new()
        for key, value in ((b"application.name", b"roomcli"), (b"application.id", b"roomcli")):
            pulse.pa_proplist_sets(about, key, value)
        self.context = pulse.pa_context_new_with_proplist(self.mainloop.api, b"roomcli", about)
        pulse.pa_proplist_free(about)
        if self.context is None:
            raise AudioError("libpulse makes no connection")
        pulse.pa_context_set_state_callback(self.context, self._on_state, None)
        if pulse.pa_context_connect(self.context, None, _NOAUTOSPAWN, None) < 0:
            raise AudioError(f"no sound server answers: {self.last_error()}")

    def _state_changed(self, context: int, _: Any) -> None:
        state = self.pulse.pa_context_get_state(context)
        if state == _READY:
            self.pulse.pa_context_set_subscribe_callback(context, self._on_news, None)
            mask = _SINKS | _SOURCES | _SERVER
            self.let_run(self.pulse.pa_context_subscribe(context, mask, None, None))
            self._opened.set_result(None)
        elif state in (_FAILED, _TERMINATED) and not self.lost:
            self.lost = f"the sound server has gone ({self.last_error()})"
            if not self._opened.done():
                why = f"no sound server answers: {self.last_error()}"
                self._opened.set_exception(AudioError(why))
            for inquiry in self._inquiries.values():
                inquiry.failed(self.lost)
            self._inquiries.clear()
            for each in list(self.dependents):
                each.lose_server(self.lost)

    def _hear_news(self, _: int, kind: int, index: int, __: Any) -> None:
        # A sink changes whenever somebody turns its volume; the server, when its default does.
        if (kind & _EVENT) == _IS_CHANGE and (kind & _FACILITY) != 7:
            return
        if self.dependents:
            self.inquire(self._spread)

    def _spread(self, landscape: Landscape) -> None:
        for each in list(self.dependents):
            each.hear_of_landscape(landscape)

    def _server_told(self, _: int, info: Any, key: int) -> None:
        if info and (inquiry := self._inquiries.get(key)):
            said = info.contents
            name, version = text_of(said.server_name), text_of(said.server_version)
            inquiry.server = _server_words(name, version)
            inquiry.default_output = text_of(said.default_sink_name)
            inquiry.default_input = text_of(said.default_source_name)

    def _told_of(self, direction: Direction, _: int, info: Any, end: int, key: int) -> None:
        inquiry = self._inquiries.get(key)
        if inquiry is None:
            return
        if not end:
            said = info.contents
            inquiry.endpoints.append(
                Endpoint(
                    direction,
                    text_of(said.name),
                    text_of(said.description) or text_of(said.name),
                    said.sample_spec.channels,
                    said.sample_spec.rate,
                    direction == "input" and said.monitor != at.UNSET,
                )
            )
        elif direction == "input":  # the last answer of the three
            del self._inquiries[key]
            inquiry.then(
                Landscape(
                    inquiry.server,
                    tuple(inquiry.endpoints),
                    inquiry.default_input,
                    inquiry.default_output,
                )
            )


_connecting = threading.Lock()
_current: PulseConnection | None = None


@functools.cache
def _mainloop() -> Mainloop:
    return Mainloop(load_functions())


def connect() -> PulseConnection:
    """Return the living connection, or make one. Raises AudioError if no server answers in 1 s."""
    global _current
    with _connecting:
        if _current is not None and not _current.lost:
            return _current
        mainloop = _mainloop()
        if _current is not None:
            mainloop.order(_current.shut)
            _current = None
        connection = PulseConnection(load_functions(), mainloop)
        connection.establish()
        _current = connection
        return connection


def text_of(said: bytes | c_char_p | None) -> str:
    """Return a text of the server's without what would change a terminal."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else ""
    return "".join(each if each.isprintable() else " " for each in text).strip()


def _server_words(name: str, version: str) -> str:
    """Return the server in a few words: PipeWire says "PulseAudio (on PipeWire 0.3.65)"."""
    if "PipeWire" in name:
        return name[name.index("PipeWire") :].rstrip(")")
    return f"PulseAudio {version}".strip() if name.casefold() == "pulseaudio" else name


def _guard(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function so that it raises nothing into libpulse."""

    def guarded(*arguments: Any) -> None:
        try:
            function(*arguments)
        except Exception:
            log.exception("a callback of the sound server failed")

    return guarded
