"""Measure what the way of a voice through roomcli costs of its quality, beside Opus alone.

``python -m benchmarks.quality [--seconds 30] [--trace FILE] [--jitter MS] [--json]``. Voices
(``voices``) go through the stages that ship: the microphone's (gate and encoder, no processing), a
network, the jitter buffer and the mixer. The network is simulated, and so is time: TCP that delays
each frame by up to ``--jitter`` ms, or a trace. The peer is Opus at the same settings with nothing
around it.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from roomcli.audio.gate import VoiceGate
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Encoder
from roomcli.audio.packets import Packet
from roomcli.audio.processing.chain import PLAIN, ProcessingChain
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.samples import BLOCK, RATE, Samples, silence
from roomcli.audio.uplink import Uplink, VoiceFrame

from . import machine, traces
from .report import conclude, parser, publish, rounded
from .speech_quality import codec_alone, score
from .voices import voices

BLOCK_SECONDS = BLOCK / RATE
TAIL = RATE // 2
"""Silent samples after the speech, in which the last of it comes out."""
TRANSIT = 0.001
"""Seconds that the fastest frame takes."""

Network = Callable[[Sequence[float]], Sequence[float]]
"""The times of arrival of frames that were sent at these times, in seconds; in their order."""


def even(seed: int, most: float) -> Network:
    """Return TCP whose frames take up to ``most`` seconds longer than the fastest."""

    def arrivals(sent: Sequence[float]) -> Sequence[float]:
        chance = np.random.default_rng(seed)
        late = np.asarray(sent) + TRANSIT + chance.uniform(0.0, most, len(sent))
        # What leaves at once travels together, and nothing overtakes.
        _, groups = np.unique(sent, return_inverse=True)
        return [float(at) for at in np.maximum.accumulate(late[np.searchsorted(groups, groups)])]

    return arrivals


def traced(trace: traces.Trace) -> Network:
    """Return a network whose delay at a time is that of the trace's frame of then; it repeats."""
    send = (trace.send - trace.send[0]) / 1000.0
    delay = (trace.arrival - trace.send - np.min(trace.arrival - trace.send)) / 1000.0

    def arrivals(sent: Sequence[float]) -> Sequence[float]:
        times = np.asarray(sent)
        late = times + TRANSIT + delay[np.searchsorted(send, times % send[-1])]
        return [float(at) for at in np.maximum.accumulate(late)]

    return arrivals


def said(sound: Samples) -> list[tuple[float, VoiceFrame]]:
    """Return what a microphone that hears ``sound`` sends, and when, in seconds."""
    uplink = Uplink(ProcessingChain(PLAIN, EchoReference()), Encoder(), VoiceGate())
    uplink.begin_sending(0)
    return [
        ((at + BLOCK) / RATE, frame)
        for at in range(0, len(sound), BLOCK)
        for frame in uplink.push(sound[at : at + BLOCK], at / RATE)
    ]


def heard(sound: Samples, network: Network, phase: float) -> tuple[Samples, float]:
    """Return what a listener hears of ``sound``, and the share of it that was made up.

    The device takes a block every 10 ms, at a phase of ``phase`` seconds.
    """
    sound = np.concatenate((sound, silence(TAIL - len(sound) % BLOCK)))
    frames = said(sound)
    arrivals = network([at for at, _ in frames])
    mixer = Mixer()
    buffer = mixer.buffer_of("speaker")
    blocks: list[Samples] = []
    following = 0
    for block in range(len(sound) // BLOCK):
        now = block * BLOCK_SECONDS + phase
        while following < len(frames) and arrivals[following] <= now:
            _, frame = frames[following]
            packet = Packet(
                frame.sequence,
                frame.media_time,
                frame.payload,
                frame.start,
                frame.end,
                frame.discontinuity,
                frame.level,
            )
            buffer.push(packet, arrivals[following])
            following += 1
        blocks.append(mixer.pull(now))
    concealed = buffer.stats().concealed / max(len(frames) * 2 * BLOCK, 1)
    mixer.close()
    return np.concatenate(blocks), concealed


def run(
    seconds: float, network: Callable[[int], Network], settings: dict[str, object]
) -> dict[str, object]:
    """Measure each voice; return the JSON object."""
    through, alone, concealed = {}, {}, []
    for seed, (name, sound) in enumerate(voices(seconds).items()):
        phase = float(np.random.default_rng(seed).uniform(0.0, BLOCK_SECONDS))
        listened, made_up = heard(sound, network(seed), phase)
        through[name] = score(sound, listened)
        alone[name] = score(sound, codec_alone(sound))
        concealed.append(made_up)
    losses = {name: alone[name] - through[name] for name in through}
    pesq, pesq_alone = statistics.median(through.values()), statistics.median(alone.values())
    return {
        "benchmark": "quality",
        "settings": {"seconds": seconds, "voices": len(losses), **settings},
        "pesq_wb": rounded(pesq),
        "pesq_loss": rounded(statistics.median(losses.values())),
        "concealed_rate": rounded(statistics.mean(concealed)),
        "losses": {name: rounded(loss) for name, loss in losses.items()},
        "peers": {"libopus": {"pesq_wb": rounded(pesq_alone)}},
        "ratio_to": {"libopus": {"pesq_wb": rounded(pesq / pesq_alone)}},
        "machine": machine.description(),
    }


def network_of(given: argparse.Namespace) -> Callable[[int], Network]:
    """Return the network that was asked for, by the seed of a voice. Raises ValueError."""
    if given.trace is None:
        return lambda seed: even(given.seed + seed, given.jitter / 1000.0)
    trace = traces.read(given.trace)
    return lambda seed: traced(trace)


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What the way through roomcli costs of the quality of speech.")
    options.add_argument("--seconds", type=float, default=30.0, help="speech of each voice")
    options.add_argument("--jitter", type=float, default=0.0, help="ms by which frames are late")
    options.add_argument("--trace", type=Path, help="CSV with send_ms,arrival_ms")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    try:
        network = network_of(given)
    except ValueError as error:
        options.error(str(error))
    settings = {"jitter_ms": given.jitter, "trace": given.trace and given.trace.stem}
    publish(run(given.seconds, network, settings), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
