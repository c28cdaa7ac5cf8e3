"""Measure what Opus's complexities cost and bring, at several bitrates.

``python -m benchmarks.encoder [--json]``. The encoder that ships encodes 13 s of speech by two
voices at each; CPU time of this process, so that a busy machine changes little.
"""

from __future__ import annotations

import time

import numpy as np

from roomcli.audio.encoder_control import LEAST, LEAST_COMPLEXITY, MOST_COMPLEXITY, VOICE
from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.samples import FRAME, RATE

from . import machine, speech_quality
from .report import Figures, conclude, parser, publish, rounded

BITRATES = (LEAST, 24_000, VOICE)
COMPLEXITIES = (LEAST_COMPLEXITY, 7, MOST_COMPLEXITY, 10)


def measured(bitrate: int, complexity: int) -> Figures:
    """Return CPU time a frame of 20 ms, payload bits a second, the most in one, and PESQ."""
    speech = speech_quality.speech()
    frames = speech[: len(speech) // FRAME * FRAME].reshape(-1, FRAME)
    encoder, decoder = Encoder(bitrate, complexity), Decoder()
    began = time.process_time()
    packets = [encoder.encode(frame) for frame in frames]
    spent = time.process_time() - began
    bits = np.array([8 * len(packet) for packet in packets])
    second = np.convolve(bits, np.ones(RATE // FRAME), "valid")
    heard = np.concatenate([decoder.decode(packet) for packet in packets])
    return {
        "us_per_frame": rounded(1e6 * spent / len(frames)),
        "bits_per_s": rounded(float(np.mean(bits)) * RATE / FRAME),
        "most_bits_in_a_second": rounded(float(np.max(second))),
        "pesq_wb": rounded(speech_quality.score(speech, heard))
        if speech_quality.available()
        else None,
    }


def run() -> dict[str, object]:
    """Measure all of them."""
    result: dict[str, object] = {"benchmark": "encoder", "settings": {"voices": 2}}
    for bitrate in BITRATES:
        for complexity in COMPLEXITIES:
            result[f"{bitrate // 1000}_kbps_at_{complexity}"] = measured(bitrate, complexity)
    return result | {"peers": {}, "ratio_to": {}, "machine": machine.description()}


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    given = parser("What Opus's complexities cost and bring.").parse_args()
    publish(run(), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
