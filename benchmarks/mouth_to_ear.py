"""Measure how long a word takes from one person's microphone to another's loudspeaker.

``python -m benchmarks.mouth_to_ear [--seconds 20] [--device DEVICE] [--json]``. Two real engines
are in a room on a real server on loopback. Without a device both ends are files whose samples are
due at known times of the monotonic clock. With one they are null sinks of a sound server of the
benchmark's own, and one recording has both ends: ``pulse`` is PulseAudio by libpulse, ``pipewire``
PipeWire by libpulse, ``portaudio`` PulseAudio by PortAudio and ALSA. The peer is the chain of
devices alone, so that the difference is what roomcli adds.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roomcli.audio.samples import RATE, Samples, silence

from . import chirps, machine, mouth_and_ear, processes, sound_server, speech_quality
from .processes import Child, ChildFailed
from .report import Figures, conclude, medians, parser, publish, quantile, ratios, rounded
from .sound_server import PipeWireServer, SoundServer

COMPARED = ("p50_ms", "p99_ms")
SERVERS = {"pulse": SoundServer, "pipewire": PipeWireServer, "portaudio": SoundServer}
CARDS = {"pulse": "default", "pipewire": "default", "portaudio": "portaudio:pulse"}
"""How roomcli is told to use each device; the sound server's default is set for each process."""
PATIENCE = 30.0
PAUSE = 1.5
MOST_LATENESS = 1.0
"""Seconds of lateness after which a file device has skipped time and the run is worthless."""


@dataclass(frozen=True)
class Playback:
    """The sound that is played: chirps, followed by speech if its quality is measured too."""

    signal: chirps.Chirps
    sound: Samples
    speech_at: int | None
    speech: Samples

    @classmethod
    def written(cls, seconds: float, with_speech: bool) -> Playback:
        """Make a playback with ``seconds`` of chirps."""
        signal = chirps.signal(seconds)
        pause = silence(int(PAUSE * RATE))
        if not with_speech:
            return cls(signal, np.concatenate((signal.sound, pause)), None, silence(0))
        speech = speech_quality.speech()
        sound = np.concatenate((signal.sound, pause, speech, pause))
        return cls(signal, sound, len(signal.sound) + len(pause), speech)

    def figures(self, heard: Samples, mouth: list[chirps.Delay], speech: Samples) -> Figures:
        """Compute the figures from the recording ``heard``.

        ``mouth`` has the position in ``heard`` at which each chirp was said; ``speech`` is the
        speech as it was said after the chirps.
        """
        ear = chirps.delays(self.signal, heard)
        pairs = [
            (each.start, (each.samples - said.samples) / RATE * 1000)
            for each, said in zip(ear, mouth, strict=True)
            if each.samples is not None and said.samples is not None
        ]
        delays = [delay for _, delay in pairs]
        firsts = [delay for start, delay in pairs if start in self.signal.firsts]
        result: Figures = {
            "p50_ms": rounded(quantile(delays, 0.50)),
            "p99_ms": rounded(quantile(delays, 0.99)),
            "least_ms": rounded(min(delays, default=None)),
            "spurt_start_p50_ms": rounded(quantile(firsts, 0.50)),
            "chirps": float(len(ear)),
            "missed_rate": rounded(1 - len(delays) / len(ear)),
        }
        if self.speech_at is not None:
            result |= speech_quality.figures(speech, heard[self.speech_in(ear) :])
        return result

    def speech_in(self, found: list[chirps.Delay]) -> int:
        """Return the sample from which to look for speech, a little before the least delay."""
        least = min((each.samples for each in found if each.samples is not None), default=0)
        return max(0, (self.speech_at or 0) + least - RATE // 20)


def with_files(play: Playback, folder: Path, *, peer: bool) -> Figures:
    """Run once with files as devices."""
    said, heard, stamps = folder / "said.wav", folder / "heard.wav", folder / "stamps.json"
    speech_quality.write_wav(said, play.sound)
    mouth_stamps = folder / "mouth.json"
    told: list[dict[str, Any]] = []
    if peer:
        with _chain(stamps, f"file:{said}", f"file:{heard}", {}):
            time.sleep(len(play.sound) / RATE + 0.5)
        mouth_stamps = stamps
    else:
        with _room(folder, mouth_stamps, stamps, f"file:{said}", f"file:{heard}", ({}, {})) as (
            speaker,
            listener,
        ):
            _unmute(speaker)
            told = listener.lines_for(len(play.sound) / RATE + 0.5)
    mouth, ear = json.loads(mouth_stamps.read_text()), json.loads(stamps.read_text())
    if max(mouth["lateness"], ear["lateness"]) > MOST_LATENESS:
        raise ChildFailed("a file device was more than a second late: the machine is too busy")
    # The first sample of the mouth was due at this sample of what was heard.
    begun = round((float(mouth["microphone"]) - float(ear["speaker"])) * RATE)
    said_at = [chirps.Delay(start, begun) for start in play.signal.starts]
    return play.figures(speech_quality.read_wav(heard), said_at, play.speech) | _waiting(told)


def with_sound_cards(
    sounds: SoundServer, card: str, play: Playback, folder: Path, *, peer: bool
) -> Figures:
    """Run once with a sound server's devices, named so to roomcli."""
    said = folder / "said.wav"
    speech_quality.write_wav(said, play.sound)
    told: list[dict[str, Any]] = []
    mouth, ear = ({"PULSE_SOURCE": "mic"}, {"PULSE_SINK": "ear"})
    with mouth_and_ear.recording(sounds) as path:
        if peer:
            environment = sounds.environment | mouth | ear
            with _chain(folder / "stamps.json", card, card, environment):
                sounds.play("mouth", said, "--latency-msec=500")
        else:
            environments = (sounds.environment | mouth, sounds.environment | ear)
            stamps = folder / "mouth.json", folder / "ear.json"
            with _room(folder, *stamps, card, card, environments) as (speaker, listener):
                _unmute(speaker)
                listener.lines_for(1.0)  # the capture stream begins
                sounds.play("mouth", said, "--latency-msec=500")
                told = listener.lines_for(0.5)
    mouth_said, heard = mouth_and_ear.channels(path)
    said_at = chirps.delays(play.signal, mouth_said)
    speech = mouth_said[play.speech_in(said_at) :][: len(play.speech) + RATE // 10]
    return play.figures(heard, said_at, speech) | _waiting(told)


def run(seconds: float, device: str, with_speech: bool, rounds: int) -> dict[str, object]:
    """Measure our chain and the peer's in turn, ``rounds`` times; return medians of the figures."""
    play = Playback.written(seconds, with_speech)
    floor = Playback.written(seconds, False)
    ours, chain = [], []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ear")))
        measured = with_files
        if device in SERVERS:
            sounds = stack.enter_context(
                sound_server.sound_server(*mouth_and_ear.MODULES, kind=SERVERS[device])
            )
            measured = functools.partial(with_sound_cards, sounds, CARDS[device])
        for _ in range(rounds):
            ours.append(measured(play, folder, peer=False))
            chain.append(measured(floor, folder, peer=True))
    figures, peer = medians(ours), medians(chain)
    compared = {name: figures[name] for name in COMPARED}
    return {
        "benchmark": "mouth_to_ear",
        "settings": {
            "seconds": seconds,
            "device": device,
            "pesq": with_speech,
            "rounds": rounds,
        },
        **figures,
        "added_p50_ms": _difference(figures["p50_ms"], peer["p50_ms"]),
        "peers": {"loopback_chain": peer},
        "ratio_to": {"loopback_chain": ratios(compared, peer)},
        "machine": machine.description(),
    }


@contextlib.contextmanager
def _room(
    folder: Path,
    mouth_stamps: Path,
    ear_stamps: Path,
    mic: str,
    speaker: str,
    environments: tuple[dict[str, str], dict[str, str]],
) -> Iterator[tuple[Child, Child]]:
    """Run a speaker and a listener in one room of a server, for as long as the block lasts."""
    with processes.server(folder) as (_, url):
        url = f"{url}/r/ear"
        host: dict[str, str | bool]
        host = {"url": url, "name": "Mouth", "intent": "host", "mic": mic, "speaker": "none"}
        guest: dict[str, str | bool]
        guest = {"url": url, "name": "Ear", "mic": "none", "speaker": speaker, "levels": True}
        with _engine(mouth_stamps, host, folder / "a", environments[0]) as mouth:
            mouth.event("joined", PATIENCE)
            with _engine(ear_stamps, guest, folder / "b", environments[1]) as ear:
                ear.event("joined", PATIENCE)
                time.sleep(1.0)  # the playout begins
                yield mouth, ear


@contextlib.contextmanager
def _engine(
    stamps: Path, enter: dict[str, str | bool], home: Path, environment: dict[str, str]
) -> Iterator[Child]:
    home.mkdir(exist_ok=True)
    arguments = [str(stamps), json.dumps(enter)]
    world = processes.own_world(home) | environment
    with processes.module("benchmarks.stamped_engine", *arguments, environment=world) as child:
        yield child


@contextlib.contextmanager
def _chain(stamps: Path, mic: str, speaker: str, environment: dict[str, str]) -> Iterator[Child]:
    arguments = [str(stamps), mic, speaker]
    name = "benchmarks.peers.loopback_chain"
    with processes.module(name, *arguments, environment={**os.environ, **environment}) as child:
        child.event("ready", PATIENCE)
        yield child


def _unmute(speaker: Child) -> None:
    speaker.write({"command": "unmute"})
    speaker.event("microphone", PATIENCE)


def _waiting(told: list[dict[str, Any]]) -> Figures:
    """Return the mean delay in the jitter buffer, as the listening engine reports it."""
    delays = [
        delay
        for event in told
        if event.get("event") == "levels"
        for delay in event["delays_ms"].values()
    ]
    return {"mean_delay_ms": rounded(sum(delays) / len(delays))} if delays else {}


def _difference(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or theirs is None else rounded(ours - theirs)


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("Delay from mouth to ear, beside the chain of devices alone.")
    options.add_argument("--seconds", type=float, default=20.0, help="of chirps")
    options.add_argument("--device", choices=("file", *SERVERS), default="file")
    options.add_argument("--rounds", type=int, default=1, help="runs of each; medians count")
    options.add_argument("--no-pesq", action="store_true", help="leave speech quality out")
    given = options.parse_args()
    if not 1 <= given.seconds <= 600 or not 1 <= given.rounds <= 20:
        options.error("--seconds: 1 to 600; --rounds: 1 to 20")
    if given.device in SERVERS and (lacking := SERVERS[given.device].missing()):
        options.error(f"--device {given.device} needs {', '.join(lacking)}")
    with_speech = speech_quality.available() and not given.no_pesq
    publish(run(given.seconds, given.device, with_speech, given.rounds), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
