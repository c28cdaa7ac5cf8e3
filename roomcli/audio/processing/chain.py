"""What is done to one's own voice before it is sent: a list of stages, each switched live."""

from __future__ import annotations

from dataclasses import dataclass

from ..samples import Samples
from .echo import EchoCancelling, EchoMode
from .high_pass import HighPass
from .leveller import Leveller
from .noise import NoiseSuppression
from .reference import EchoReference


@dataclass(frozen=True, slots=True)
class Processing:
    """Which stages a voice goes through."""

    high_pass: bool = True
    echo: EchoMode = "auto"
    noise: bool = True
    level: bool = True


PLAIN = Processing(high_pass=False, echo="off", noise=False, level=False)
"""Nothing is done, as for music."""


class ProcessingChain:
    """The stages of one microphone in their order: high-pass, echo, noise, level."""

    def __init__(self, processing: Processing, reference: EchoReference) -> None:
        self._reference = reference
        self._high_pass: HighPass | None = None
        self._echo: EchoCancelling | None = None
        self._noise: NoiseSuppression | None = None
        self._leveller: Leveller | None = None
        self.processing = processing
        self.switch(processing)

    def switch(self, processing: Processing) -> None:
        """Switch stages from the next block on; those that stay keep what they have learnt."""
        self.processing = processing
        self._high_pass = (self._high_pass or HighPass()) if processing.high_pass else None
        if processing.echo == "off":
            self._echo = None
        else:
            self._echo = self._echo or EchoCancelling()
            self._echo.mode = processing.echo
        self._noise = (self._noise or NoiseSuppression()) if processing.noise else None
        self._leveller = (self._leveller or Leveller()) if processing.level else None

    @property
    def delay(self) -> int:
        """Samples by which the output lags behind the input."""
        return sum(stage.delay for stage in (self._echo, self._noise) if stage is not None)

    @property
    def cancels_echo(self) -> bool:
        """Whether the echo canceller's output is what is sent."""
        return self._echo is not None and self._echo.is_heard

    def lose(self, count: int) -> None:
        """Note that ``count`` samples of the microphone did not come."""
        self._reference.skip_captured(count)

    def process(self, block: Samples, captured_at: float) -> Samples:
        """Return the next block, float32[480]; ``captured_at`` is the time of its first sample."""
        reference = self._reference.block_at(captured_at)
        if self._high_pass is not None:
            block = self._high_pass.process(block)
        if self._echo is not None:
            block = self._echo.process(block, reference)
        if self._noise is not None:
            block = self._noise.process(block)
        if self._leveller is not None:
            block = self._leveller.process(block)
        return block
