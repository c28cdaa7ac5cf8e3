"""Opus (RFC 6716) as this program uses it: 48 kHz mono, frames of 10 or 20 ms, VBR, voice.

With ``libopus``, this is the only user of ``opuslib``, and it uses only the thin ``api`` layer: the
classes of ``opuslib`` drop the argument of the in-band FEC and DTX setters, cannot conceal
(``None`` raises), and print from ``__del__`` at the interpreter's exit.

Importing this module never fails because a library is missing; making an encoder or decoder does.
"""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import Any, Final

import numpy as np

from roomcli.errors import AudioError

from .libopus import LibraryInfo, libopus
from .samples import BLOCK, FRAME, RATE, Samples, silence

__all__ = ["Decoder", "Encoder", "LibraryInfo", "libopus", "warm_up"]

_VOIP: Final = 2048  # OPUS_APPLICATION_VOIP, which takes away what is lower than a voice
_AUDIO: Final = 2049  # OPUS_APPLICATION_AUDIO
_SET_PREDICTION_DISABLED: Final = 4042  # OPUS_SET_PREDICTION_DISABLED_REQUEST
_SIGNAL_VOICE: Final = 3001  # OPUS_SIGNAL_VOICE
_SIGNAL_MUSIC: Final = 3002  # OPUS_SIGNAL_MUSIC
_LARGEST_PAYLOAD: Final = 1275 * 6 + 7  # six frames of 20 ms, RFC 6716 section 3.2
_LONGEST: Final = RATE * 120 // 1000  # samples in the longest packet, 120 ms


class Encoder:
    """Turns frames of 10 or 20 ms into Opus packets. Not for use by two threads at once."""

    def __init__(self, bitrate: int = 40_000, complexity: int = 9) -> None:
        """Make an encoder; ``complexity`` is 0 (fast) to 10 (best).

        ``bitrate`` is in bit/s, and a mean (VBR).
        """
        libopus()
        import opuslib.api.ctl
        import opuslib.api.encoder

        self._api: Any = opuslib.api.encoder
        self._ctl: Any = opuslib.api.ctl
        try:
            self._state = self._api.create_state(RATE, 1, _VOIP)
        except Exception as error:
            raise AudioError(f"the Opus encoder cannot start: {error}") from error
        # A finaliser runs before the interpreter takes the library away; a __del__ may not.
        self._destroy = weakref.finalize(self, self._api.destroy, self._state)
        self._packet = ctypes.create_string_buffer(_LARGEST_PAYLOAD)
        self._frame: Samples = np.zeros(FRAME, dtype=np.float32)
        self._first = _float_pointer(self._frame)
        self._control("set_signal", _SIGNAL_VOICE)
        self._control("set_vbr", 1)
        self._control("set_dtx", 1)
        self._control("set_inband_fec", 0)
        self.bitrate = bitrate
        self.complexity = complexity
        self._is_music = False
        self._before: Samples | None = None
        self._is_apart = False

    @property
    def bitrate(self) -> int:
        """Mean bits per second; may be set at any time."""
        return int(self._control("get_bitrate"))

    @bitrate.setter
    def bitrate(self, bits: int) -> None:
        self._control("set_bitrate", bits)

    @property
    def complexity(self) -> int:
        """The complexity, 0 (fast) to 10 (best); may be set at any time."""
        return int(self._control("get_complexity"))

    @complexity.setter
    def complexity(self, value: int) -> None:
        self._control("set_complexity", value)

    @property
    def is_music(self) -> bool:
        """Whether music is encoded, with its lowest tones; may be set at any time.

        What is soft in music is no silence: there is no DTX then.
        """
        return self._is_music

    @is_music.setter
    def is_music(self, music: bool) -> None:
        if music == self._is_music:
            return
        self._is_music = music
        self._control("reset_state")  # only an encoder that begins can be told what it is for
        self._control("set_application", _AUDIO if music else _VOIP)
        self._control("set_signal", _SIGNAL_MUSIC if music else _SIGNAL_VOICE)
        self._control("set_dtx", 0 if music else 1)
        if self._before is not None:  # the next frame overlaps with it
            self._encoded(self._before)
            self._disable_prediction(True)  # from what the decoder does not know
            self._is_apart = True

    @property
    def lookahead(self) -> int:
        """Samples by which the decoded signal is late."""
        return int(self._control("get_lookahead"))

    def encode(self, pcm: Samples) -> bytes:
        """Encode ``pcm``, float32[480] or [960], as one packet.

        A packet of one or two bytes is DTX: nothing was heard. It is still worth sending, so that
        the listener's noise goes on smoothly.
        """
        if len(pcm) not in (BLOCK, FRAME):
            raise ValueError(f"a frame has {BLOCK} or {FRAME} samples, not {len(pcm)}")
        self._check_open()
        payload = self._encoded(pcm)
        self._before = pcm
        if self._is_apart:
            self._is_apart = False
            self._disable_prediction(False)
        return payload

    def _encoded(self, pcm: Samples) -> bytes:
        self._frame[: len(pcm)] = pcm
        count = self._api.libopus_encode_float(
            self._state, self._first, len(pcm), self._packet, _LARGEST_PAYLOAD
        )
        if count < 0:
            raise AudioError(f"the Opus encoder refused a frame (libopus error {count})")
        return self._packet.raw[:count]

    def close(self) -> None:
        """Free the encoder's state; a second call does nothing."""
        self._destroy()

    def _disable_prediction(self, disabled: bool) -> None:
        request = self._ctl.ctl_set(_SET_PREDICTION_DISABLED)
        self._api.encoder_ctl(self._state, request, int(disabled))

    def _control(self, name: str, *value: int) -> Any:
        self._check_open()
        try:
            return self._api.encoder_ctl(self._state, getattr(self._ctl, name), *value)
        except Exception as error:
            raise AudioError(f"the Opus encoder refused {name}{value}: {error}") from error

    def _check_open(self) -> None:
        if not self._destroy.alive:
            raise AudioError("the Opus encoder is closed")


class Decoder:
    """Turns the packets of one speaker into samples. Not for use by two threads at once."""

    def __init__(self) -> None:
        libopus()
        import opuslib.api.decoder

        self._api: Any = opuslib.api.decoder
        try:
            self._state = self._api.create_state(RATE, 1)
        except Exception as error:
            raise AudioError(f"the Opus decoder cannot start: {error}") from error
        self._destroy = weakref.finalize(self, self._api.destroy, self._state)
        self._pcm: Samples = np.zeros(_LONGEST, dtype=np.float32)
        self._first = _float_pointer(self._pcm)

    def decode(self, payload: bytes) -> Samples:
        """Decode one packet: 960 samples for ours, 120 to 5760 for anything legal.

        Raises AudioError for a payload that is not an Opus packet; the decoder stays usable.
        """
        if not 0 < len(payload) <= _LARGEST_PAYLOAD:  # empty would mean "conceal 120 ms"
            raise AudioError(f"not an Opus packet: {len(payload)} bytes")
        return self._decode_into(payload, _LONGEST)

    def conceal(self, samples: int) -> Samples:
        """Return ``samples`` (a multiple of 120, at most 5760) in place of a missing packet."""
        if samples <= 0 or samples % 120 or samples > _LONGEST:
            raise ValueError(f"cannot conceal {samples} samples")
        return self._decode_into(None, samples)

    def close(self) -> None:
        """Free the decoder's state; a second call does nothing."""
        self._destroy()

    def _decode_into(self, payload: bytes | None, room: int) -> Samples:
        if not self._destroy.alive:
            raise AudioError("the Opus decoder is closed")
        size = 0 if payload is None else len(payload)
        count = self._api.libopus_decode_float(self._state, payload, size, self._first, room, 0)
        if count < 0:
            raise AudioError(f"not an Opus packet (libopus error {count})")
        pcm = self._pcm[:count].copy()
        if not np.isfinite(np.dot(pcm, pcm)):  # a crafted packet must not poison the mix
            raise AudioError("an Opus packet decoded to no finite samples")
        return pcm


@functools.cache
def warm_up() -> None:
    """Load the codec and use it once: the first time takes some 25 ms, in which all sound waits.

    Raises AudioError without libopus.
    """
    encoder, decoder = Encoder(), Decoder()
    decoder.decode(encoder.encode(silence(FRAME)))
    decoder.conceal(FRAME)
    encoder.close()
    decoder.close()


def _float_pointer(samples: Samples) -> Any:
    return samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
