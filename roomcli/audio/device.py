"""One interface for all microphones and speakers: sound cards, files, a tone or nothing.

A device moves blocks of 10 ms in real time between itself and a ring of 48 kHz mono samples, on a
thread of its own, and calls ``wake`` after each block. Its owner reads or fills the ring and calls
``check`` about once a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # what lists cards needs no numpy
    from .ring import Ring

Wake = Callable[[], None]


class AudioDevice(Protocol):
    """The base of all microphones and speakers."""

    name: str
    kind: str  # "device" | "file" | "pipe" | "tone" | "none"
    ring: Ring
    latency: float  # seconds that the device itself adds, as it reports; it may change
    buffered: float | None  # seconds of sound that the sound system holds, if it says so
    failed: str | None  # one line for a person once the device has died

    def start(self, wake: Wake) -> None:
        """Start the device; it calls ``wake`` on its own thread after each block of 10 ms.

        ``wake`` must not wait or raise. Starting twice, or after ``close``, is a mistake.
        """

    def check(self, now: float) -> str | None:
        """Check whether the device is still alive; return ``failed``.

        ``now`` is in seconds of any monotonic clock, the same in each call.
        """

    def close(self) -> None:
        """Stop and release the device; a second call does nothing."""


class InputDevice(AudioDevice, Protocol):
    """A microphone: the device writes what it captured into ``ring``."""


class OutputDevice(AudioDevice, Protocol):
    """Speakers: the device plays samples from ``ring``, and silence where samples are missing."""

    takes_blocks: bool  # whether it takes 10 ms every 10 ms; else it takes what it needs
    least_ready: int  # samples that should lie in ``ring`` at all times, on a machine in time

    @property
    def gaps(self) -> int:
        """How often it had nothing to play so far; it may begin anew with another card."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A sound card as ``roomcli devices`` lists it."""

    index: int
    name: str
    host_api: str
    inputs: int  # channels
    outputs: int
    rate: int  # its own, in Hz
    default_input: bool
    default_output: bool

    def channels(self, direction: str) -> int:
        """Return the number of channels; ``direction`` is "input" or "output"."""
        return self.inputs if direction == "input" else self.outputs

    def is_default(self, direction: str) -> bool:
        """Whether the card is the default one; ``direction`` is "input" or "output"."""
        return self.default_input if direction == "input" else self.default_output
