"""What is done to one's own voice before it is sent: a list of stages, each switched live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..samples import Samples
from .echo import EchoCancelling, EchoMode
from .high_pass import HighPass
from .leveller import Leveller
from .noise import NoiseSuppression
from .reference import EchoReference
from .switched import Switched

Part = Literal["high_pass", "echo", "noise", "level"]


@dataclass(frozen=True, slots=True)
class Processing:
    """Which stages a voice goes through."""

    high_pass: bool = True
    echo: EchoMode = "auto"
    noise: bool = True
    level: bool = True


PLAIN = Processing(high_pass=False, echo="off", noise=False, level=False)
"""Nothing is done: as for music, and for what a file plays."""


class ProcessingChain:
    """The stages of one microphone in their order: high-pass, echo, noise, level."""

    def __init__(self, processing: Processing, reference: EchoReference) -> None:
        self._reference = reference
        self._high_pass = Switched(HighPass, on=processing.high_pass)
        self._echo = Switched(EchoCancelling, on=processing.echo != "off")
        self._noise = Switched(NoiseSuppression, on=processing.noise)
        self._leveller = Switched(Leveller, on=processing.level)
        self.processing = processing
        self._is_broken = False
        self.judge: Callable[[Samples, Samples | None], object] | None = None
        """Gets each block as the device gave it, and what the speakers played then.

        None where that is not known, or some of the microphone's sound was lost before.
        """
        self.switch(processing)

    def switch(self, processing: Processing) -> None:
        """Switch stages from the next blocks on, without a click; they keep what they learnt.

        ``delay`` follows when the fade is over.
        """
        self.processing = processing
        self._high_pass.switch(processing.high_pass)
        self._echo.switch(processing.echo != "off")
        if self._echo.stage is not None and processing.echo != "off":
            self._echo.stage.mode = processing.echo
        self._noise.switch(processing.noise)
        self._leveller.switch(processing.level)

    @property
    def delay(self) -> int:
        """Samples by which the output lags behind the input."""
        return self._echo.delay + self._noise.delay

    @property
    def cancels_echo(self) -> bool:
        """Whether the echo canceller's output is what is sent."""
        echo = self._echo
        return echo.is_on and echo.stage is not None and echo.stage.is_heard

    @property
    def works(self) -> tuple[Part, ...]:
        """The stages that change the voice now."""
        parts: dict[Part, bool] = {
            "high_pass": self._high_pass.is_on,
            "echo": self.cancels_echo,
            "noise": self._noise.is_on,
            "level": self._leveller.is_on,
        }
        return tuple(part for part, is_at_work in parts.items() if is_at_work)

    def lose(self, count: int) -> None:
        """Note that ``count`` samples of the microphone did not come."""
        self._is_broken = True
        self._reference.skip_captured(count)

    def process(self, block: Samples, captured_at: float) -> Samples:
        """Return the next block, float32[480]; ``captured_at`` is the time of its first sample."""
        reference = self._reference.block_at(captured_at)
        if self.judge is not None:
            is_sure = self._reference.is_sure and not self._is_broken
            self.judge(block, reference if is_sure else None)
        self._is_broken = False
        block = self._high_pass.process(block)
        block = self._echo.process(block, reference)
        block = self._noise.process(block)
        return self._leveller.process(block)
