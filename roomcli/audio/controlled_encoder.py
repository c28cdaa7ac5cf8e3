"""An encoder of one's own voice that does what a control says, and tells it what that costs."""

from __future__ import annotations

import time
from collections.abc import Callable

from .encoder_control import EncoderControl
from .opus import Encoder
from .samples import RATE, Samples


class ControlledEncoder:
    """Encodes as ``control`` says at each frame; libopus makes the change without a click.

    ``clock`` gives seconds, to measure how long encoding takes. ``is_sent`` says whether others get
    what is encoded, or its owner alone.
    """

    def __init__(
        self,
        control: EncoderControl,
        clock: Callable[[], float] = time.perf_counter,
        *,
        is_sent: bool = True,
    ) -> None:
        self._control = control
        self._clock = clock
        self._is_sent = is_sent
        self._bitrate, self._complexity = control.bitrate, control.complexity
        self._encoder = Encoder(self._bitrate, self._complexity)
        self._is_music = False

    def encode(self, pcm: Samples) -> bytes:
        """Encode a frame as one packet."""
        control = self._control
        if control.bitrate != self._bitrate:
            self._bitrate = self._encoder.bitrate = control.bitrate
        if control.complexity != self._complexity:
            self._complexity = self._encoder.complexity = control.complexity
        if control.is_music != self._is_music:
            self._is_music = self._encoder.is_music = control.is_music
        began = self._clock()
        payload = self._encoder.encode(pcm)
        control.encoded(len(pcm) / RATE, self._clock() - began, is_sent=self._is_sent)
        return payload

    def close(self) -> None:
        """Free the encoder."""
        self._encoder.close()
