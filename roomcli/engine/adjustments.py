"""How the user hears single people, remembered by key in a file of the user's.

A file of lines, ``KEY VOLUME heard|muted as-sent|less-noise SECONDS``; ``SECONDS`` since 1970 say
when the person was last met. Lines that make no sense are passed over, and gone once something is
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError
from ..files import replace_private
from ..folders import data_folder, data_place
from ..protocol.adjustment import AS_SENT, MAX_VOLUME, Adjustment

FILE = "voices"
MAX_PEOPLE = 500
"""People who are remembered; who was not met for the longest time is forgotten first."""
MAX_BYTES = 256 * 1024
MET_AGAIN = 24 * 3600.0
"""Seconds after which it is written down anew that somebody was met."""
_LINE = re.compile(r"([0-9a-f]{32}) (\d{1,3}) (heard|muted) (as-sent|less-noise) (\d{1,12})")


class Remembered(NamedTuple):
    """How a person is heard, and when they were last met, in seconds since 1970."""

    adjustment: Adjustment
    met_at: int


def parse_adjustments(text: str) -> dict[str, Remembered]:
    """Return what the lines of a file say, by key; of several lines for a key the last counts."""
    found = {}
    for match in filter(None, map(_LINE.fullmatch, text.splitlines())):
        key, volume, heard, noise, met_at = match.groups()
        if int(volume) <= MAX_VOLUME:
            adjustment = Adjustment(int(volume), heard == "muted", noise == "less-noise")
            found[key] = Remembered(adjustment, int(met_at))
    return found


def adjustment_lines(people: Mapping[str, Remembered]) -> str:
    """Return the lines of a file, of those who were met last."""
    newest = sorted(people.items(), key=lambda each: each[1].met_at)[-MAX_PEOPLE:]
    return "".join(
        f"{key} {heard.volume} {'muted' if heard.muted else 'heard'} "
        f"{'less-noise' if heard.noise_suppressed else 'as-sent'} {met_at}\n"
        for key, (heard, met_at) in newest
    )


class Adjustments:
    """The adjustments in the file at ``path``, by default in the user's data folder.

    Where the file cannot be used, all that is set holds until the program ends.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._given = path
        self._people: dict[str, Remembered] = {}
        self._unwritten: dict[str, Remembered] = {}

    @property
    def is_empty(self) -> bool:
        """Whether everybody is heard as they are sent."""
        return not self._people

    def of_key(self, key: str) -> Adjustment:
        """Return how the person with this key is heard."""
        known = self._people.get(key)
        return known.adjustment if known is not None else AS_SENT

    def recall(self) -> None:
        """Read the file: another program of the user's may have written it. Raises ConfigError."""
        try:
            with (self._given or data_place() / FILE).open("rb") as file:
                text = file.read(MAX_BYTES).decode("ascii", "replace")
        except FileNotFoundError:
            text = ""
        except OSError as error:
            raise self._of_no_use(error) from None
        self._people = {**parse_adjustments(text), **self._unwritten}

    def remember_voice(self, key: str, adjustment: Adjustment, now: float) -> None:
        """Hear a person like this from now on. Raises ConfigError if it could not be written down.

        It holds all the same.
        """
        self._write_down({key: Remembered(adjustment, int(now))})

    def meet(self, keys: Iterable[str], now: float) -> None:
        """Note who is met, as who is met is not forgotten. Raises ConfigError."""
        known = {key: self._people[key] for key in keys if key in self._people}
        again = {key: each for key, each in known.items() if now - each.met_at >= MET_AGAIN}
        if again:
            self._write_down({key: each._replace(met_at=int(now)) for key, each in again.items()})

    def _write_down(self, people: Mapping[str, Remembered]) -> None:
        self._people.update(people)
        self._unwritten.update(people)
        self.recall()
        people = {key: each for key, each in self._people.items() if each.adjustment != AS_SENT}
        try:
            path = self._given or data_folder() / FILE
            replace_private(path, adjustment_lines(people).encode())
        except OSError as error:
            raise self._of_no_use(error) from None
        self._unwritten.clear()
        self._people = people

    def _of_no_use(self, error: OSError) -> ConfigError:
        return ConfigError(
            f"how you hear people cannot be remembered in {self._given or data_place() / FILE}: "
            f"{error.strerror}; what you set holds until you leave"
        )
