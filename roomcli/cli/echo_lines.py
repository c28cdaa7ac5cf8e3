"""What `roomcli echo` prints: a line for each piece of news, and below them a meter."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

import trio

from ..engine.echo import EchoReport
from ..engine.other_device import BY_OPTION
from ..engine.verdict import SteadyVerdict, words_for
from ..protocol import events as e
from ..protocol.local import Connection, Device, Problem
from ..protocol.text import cleaned

BEAT: Final = 0.1
"""Seconds between two looks at what there is to print."""
METER_WIDTH: Final = 24
FAINTEST: Final = -60
"""The level at the left end of the meter, in dBov."""
NOTABLE: Final = 30.0
"""Milliseconds by which a round trip changes before there is a new line on it."""
MAX_TEXT: Final = 400
"""Characters of what a server or a device says."""
_CLEAR: Final = "\r\x1b[K"


class EchoLines:
    """Takes what an ``EchoTest`` tells, and prints it.

    With ``silent`` nothing is printed. A terminal that is stopped holds up no sound, since a thread
    prints.
    """

    def __init__(self, *, meter: bool, silent: bool) -> None:
        self._has_meter = meter
        self._silent = silent
        self._verdict = SteadyVerdict()
        self._lines: list[str] = []
        self._troubles: dict[str, str] = {}
        self._report: EchoReport | None = None
        self._told_trip: float | None = None
        self._fault: OSError | None = None
        self.listens = trio.Event()
        """Set once a microphone is in use."""

    def hear(self, news: EchoReport | e.Event) -> None:
        """Take a report, or news of a device, the connection or a problem."""
        match news:
            case EchoReport():
                self._report = news
                self._say_changes(news)
            case Device(kind=kind, name=name, problem=problem):
                self._troubles[kind] = problem
                if kind == "microphone" and not problem:
                    self.listens.set()
                self.say(f"{kind}: {name}" + (f": {problem}" if problem else ""))
            case Connection(state="reconnecting", text=text):
                self.say(f"the connection is lost: {text}")
            case Problem(text=text):
                self.say(text)

    def say(self, text: str) -> None:
        """Print a line, soon."""
        self._lines.append(cleaned(text, MAX_TEXT))

    async def run(self, scope: trio.CancelScope) -> None:
        """Print until cancelled; cancel ``scope`` when nothing can be printed any more."""
        while True:
            await trio.sleep(BEAT)
            if text := self._due():
                try:
                    await trio.to_thread.run_sync(_print, text)
                except OSError as fault:
                    self._fault = fault
                    scope.cancel()

    def finish(self) -> None:
        """Print what is left, and the last word on a round trip. Raises OSError if it could not."""
        if self._fault is not None:
            raise self._fault
        self._has_meter, had_meter = False, self._has_meter
        if self._report is not None and self._report.trips.back:
            self.say(f"in all: {_trip_words(self._report)}")
        if text := self._due():
            _print((_CLEAR if had_meter and not self._silent else "") + text)

    def figures(self) -> dict[str, object]:
        """Return how it was, for a script."""
        report = self._report
        microphone = self._troubles.get("microphone")
        findings: list[str] = [] if report is None else [*report.sound.findings]
        if microphone is None or microphone:
            findings = ["no_microphone"]
        said = [microphone] if microphone else [] if report is None else [*_words_for(report)]
        speech = report.sound.speech if report is not None else None
        told: dict[str, object] = {
            "ok": not findings and speech is not None,
            "findings": findings,
            "said": said,
            "speech_dbov": _rounded(speech),
            "noise_dbov": _rounded(report.sound.noise if report is not None else None),
            "clipped": round(report.sound.clipped, 5) if report is not None else 0.0,
        }
        if report is not None and report.link_ms is not None:
            trips = report.trips
            told |= {
                "link_rtt_ms": report.link_ms,
                "voice_rtt_ms": trips.middle_ms,
                "worst_voice_rtt_ms": trips.worst_ms,
                "frames_back": trips.back,
                "frames_lost": trips.lost,
            }
        return told

    def _say_changes(self, report: EchoReport) -> None:
        """Say what has changed."""
        if self._verdict.is_news(report.sound, trio.current_time()):
            for line in _words_for(report):
                self.say(line)
        trip = report.trips.middle_ms
        if trip is not None and (self._told_trip is None or abs(trip - self._told_trip) >= NOTABLE):
            self._told_trip = trip
            if not self._has_meter:
                self.say(_trip_words(report))

    def _due(self) -> str:
        lines, self._lines = self._lines, []
        if self._silent:
            return ""
        text = "".join(f"{line}\n" for line in lines)
        if self._has_meter and self._report is not None:
            return f"{_CLEAR}{text}{_meter(self._report)}"
        return text


def _meter(report: EchoReport) -> str:
    """Return the meter and the round trip, in less than 80 columns."""
    share = (report.level - FAINTEST) / -FAINTEST
    filled = round(min(max(share, 0.0), 1.0) * METER_WIDTH)
    trip = f"  {_trip_words(report)}" if report.trips.back else ""
    return f"[{'#' * filled:<{METER_WIDTH}}] {report.level:4} dBov{trip}"


def _words_for(report: EchoReport) -> tuple[str, ...]:
    return words_for(report.sound, BY_OPTION["microphone"])


def _trip_words(report: EchoReport) -> str:
    trips = report.trips
    return f"voice back in {trips.middle_ms:.0f} ms, worst {trips.worst_ms:.0f}, {trips.lost} lost"


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 1)


def _print(text: str) -> None:
    with suppress(ValueError):  # closed
        sys.stdout.write(text)
        sys.stdout.flush()
