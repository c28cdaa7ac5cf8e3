"""Resamples between 48 kHz and a sound card's own rate, on a thread beside the card's callback."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import numpy as np
import soxr

from .ring import Ring
from .samples import BLOCK, RATE, Samples

_CUSHION: Final = 3  # blocks that wait at the card's rate: the thread may be that late


class _Resampler:
    """A thread that resamples when the callback says that there is work to do."""

    def __init__(self, source: int, target: int, card_rate: int) -> None:
        self._stream = soxr.ResampleStream(source, target, 1, dtype="float32", quality="HQ")
        self._card = Ring(card_rate)  # samples at the card's own rate: a second of them
        self._block = card_rate // 100
        self._due = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="audio resampler", daemon=True)

    def close(self) -> None:
        """Stop the thread; a second call does nothing."""
        self._closing = True
        self._due.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            self._due.wait()
            self._due.clear()
            self._work()

    def _work(self) -> None:
        raise NotImplementedError

    def _resample(self, samples: Samples) -> Samples:
        return np.asarray(self._stream.resample_chunk(samples), dtype=np.float32)


class InputResampler(_Resampler):
    """Resamples from a microphone at ``rate`` Hz into ``ring``; calls ``wake`` every 10 ms."""

    def __init__(self, rate: int, ring: Ring, wake: Callable[[], None]) -> None:
        super().__init__(rate, RATE, rate)
        self._ring = ring
        self._wake = wake
        self._thread.start()

    def put(self, samples: Samples) -> None:
        """Take captured samples; called by the card's callback."""
        self._card.write(samples)
        self._due.set()

    def _work(self) -> None:
        while self._card.fill >= self._block and not self._closing:
            self._ring.write(self._resample(self._card.read(self._block)[0]))
            self._wake()


class OutputResampler(_Resampler):
    """Resamples from ``ring`` to speakers at ``rate`` Hz; calls ``wake`` for each 10 ms taken."""

    def __init__(self, rate: int, ring: Ring, wake: Callable[[], None]) -> None:
        super().__init__(RATE, rate, rate)
        self._ring = ring
        self._wake = wake
        self.latency = _CUSHION * BLOCK / RATE  # seconds
        self._thread.start()

    def next_block(self, out: Samples) -> None:
        """Fill ``out`` with the samples to play; called by the card's callback."""
        self._card.read_into(out)
        self._due.set()

    def _work(self) -> None:
        while self._card.fill < _CUSHION * self._block and not self._closing:
            self._card.write(self._resample(self._ring.read(BLOCK)[0]))
            self._wake()
