"""Measure what sound costs an engine: 10 speakers heard, one's own voice processed and sent.

``python -m benchmarks.client_cpu [--speakers 10] [--seconds 20] [--json]``. The parts that ship are
run as an engine runs them, a block of 10 ms after the other, without devices and network: CPU time
of this process, so that a busy machine changes little. All talk all the time, and the microphone
hears the loudspeakers, so that the echo canceller has to work; then only as many as a server
forwards at once, and then nobody. Then each stage is run by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from roomcli.audio.controlled_encoder import ControlledEncoder
from roomcli.audio.encoder_control import EncoderControl
from roomcli.audio.gate import VoiceGate
from roomcli.audio.jitter import JitterBuffer
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Decoder, Encoder
from roomcli.audio.packets import Packet
from roomcli.audio.processing.chain import Processing, ProcessingChain
from roomcli.audio.processing.echo import EchoCancelling
from roomcli.audio.processing.high_pass import HighPass
from roomcli.audio.processing.leveller import Leveller
from roomcli.audio.processing.noise import NoiseSuppression
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.samples import BLOCK, FRAME, RATE, Samples
from roomcli.audio.uplink import Uplink
from server.rooms.rules.state import DEFAULT_LIMITS

from . import acoustics, machine, speech_quality
from .report import conclude, parser, publish, rounded

BLOCK_SECONDS = BLOCK / RATE
PLAYED_AFTER = 0.02
"""Seconds from a block's mix to the loudspeaker."""
DESK = acoustics.response(20.0, 250.0, 1)
ON = Processing(echo="on")


def speech(seconds: float, number: int = 0) -> Samples:
    """Return ``seconds`` of speech, another part of it for each number."""
    sound = np.roll(speech_quality.speech(), -number * RATE)
    return np.resize(sound, int(seconds * RATE) // FRAME * FRAME)


def packets(seconds: float, number: int) -> list[Packet]:
    """Return what a speaker sends in this time."""
    encoder = Encoder()
    frames = speech(seconds, number).reshape(-1, FRAME)
    sent = [
        Packet(index, index * FRAME, encoder.encode(frame), start=index == 0)
        for index, frame in enumerate(frames)
    ]
    encoder.close()
    return sent


def engine_seconds(
    speakers: int, seconds: float, processing: Processing, talking: int | None = None
) -> float:
    """Return the CPU time of hearing the speakers, and of sending one's own voice.

    So many of them are ``talking``, all if that is not given.
    """
    sent = [packets(seconds, number) for number in range(speakers)][:talking]
    voice, echo = speech(seconds, speakers), acoustics.echo(speech(seconds), DESK)
    sound = (voice + echo).astype(np.float32).reshape(-1, BLOCK)
    mixer, reference = Mixer(), EchoReference()
    buffers = [mixer.buffer_of(number) for number in range(speakers)]
    encoder = ControlledEncoder(EncoderControl())
    uplink = Uplink(ProcessingChain(processing, reference), encoder, VoiceGate())
    uplink.begin_sending(0)
    began = time.process_time()
    for index, block in enumerate(sound):
        now = index * BLOCK_SECONDS
        if index % 2 == 0:
            for buffer, theirs in zip(buffers, sent, strict=False):
                buffer.push(theirs[index // 2], now)
        reference.add(mixer.pull(now), now + PLAYED_AFTER)
        uplink.push(block, now)
    spent = time.process_time() - began
    mixer.close()
    uplink.give_back()
    return spent


def stages(seconds: float) -> dict[str, float | None]:
    """Return the CPU time of each stage by itself, in µs for 10 ms of one voice."""
    blocks = speech(seconds).reshape(-1, BLOCK)
    far = speech(seconds, 3).reshape(-1, BLOCK)
    echo, noise, gate, encoder = EchoCancelling(), NoiseSuppression(), VoiceGate(), Encoder()
    echo.mode = "on"
    buffer, theirs = JitterBuffer(Decoder()), packets(seconds, 0)

    def hear(index: int) -> None:
        if index % 2 == 0:
            buffer.push(theirs[index // 2], index * BLOCK_SECONDS)
        buffer.pull(index * BLOCK_SECONDS)

    high_pass, leveller = HighPass(), Leveller()
    frames = blocks.reshape(-1, FRAME)
    every: dict[str, Callable[[int], object]] = {
        "high_pass": lambda index: high_pass.process(blocks[index]),
        "echo": lambda index: echo.process(blocks[index], far[index]),
        "noise": lambda index: noise.process(blocks[index]),
        "level": lambda index: leveller.process(blocks[index]),
        "gate": lambda index: index % 2 or gate.process(frames[index // 2]),
        "encoder": lambda index: index % 2 or encoder.encode(frames[index // 2]),
        "hearing_one": hear,
    }
    spent: dict[str, float | None] = {}
    for name, run_stage in every.items():
        began = time.process_time()
        for index in range(len(blocks)):
            run_stage(index)
        spent[name] = rounded((time.process_time() - began) * 1e6 / len(blocks))
    return spent


def run(speakers: int, seconds: float) -> dict[str, object]:
    """Measure all of it; return the JSON object."""
    whole = engine_seconds(speakers, seconds, ON)
    forwarded = engine_seconds(speakers, seconds, ON, DEFAULT_LIMITS.heard)
    alone = engine_seconds(speakers, seconds, ON, 0)
    without = engine_seconds(speakers, seconds, Processing(False, "off", False, False))
    return {
        "benchmark": "client_cpu",
        "settings": {"speakers": speakers, "seconds": seconds},
        "cpu_share": rounded(whole / seconds),
        "cpu_share_of_forwarded": rounded(forwarded / seconds),
        "cpu_share_while_others_are_silent": rounded(alone / seconds),
        "cpu_share_without_processing": rounded(without / seconds),
        "us_per_10_ms": stages(seconds),
        "peers": {},
        "ratio_to": {},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What sound costs an engine of CPU, and each stage of it.")
    options.add_argument("--speakers", type=int, default=10)
    options.add_argument("--seconds", type=float, default=20.0)
    given = options.parse_args()
    publish(run(given.speakers, given.seconds), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
