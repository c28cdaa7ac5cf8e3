"""Measure how long a word takes from one person's microphone to another's loudspeaker.

``python -m benchmarks.mouth_to_ear [--joins 20] [--device DEVICE] [--low-delay] [--json]``. Two
real engines are in a room on a real server on loopback. Without a device both ends are files whose
samples are due at known times of the monotonic clock. With one they are null sinks of a sound
server of the benchmark's own, and one recording has both ends: ``pulse`` is PulseAudio by libpulse,
``pipewire`` PipeWire by libpulse, ``portaudio`` PulseAudio by PortAudio and ALSA. The peer is the
chain of devices alone, so that the difference is what roomcli adds.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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
FLOOR_SECONDS = 20.0
FLOOR_EVERY = 4
"""Joins in which the chain of devices is measured once: its phase is another one each time."""
QUIET_SECONDS, BURN_SECONDS, AFTER_SECONDS = 20.0, 60.0, 20.0
BACK_SECONDS = 10.0
"""Seconds after the burning from which on the delay should be the quiet one again."""
PROCESSED: dict[str, object] = {"high_pass": True, "echo": "auto", "noise": True, "level": True}
UNPROCESSED: dict[str, object] = {"high_pass": False, "echo": "off", "noise": False, "level": False}
"""What is done to the voice, with processing and without, whatever the device is."""
MOST_LATENESS = 1.0
"""Seconds of lateness after which a file device has skipped time and the run is worthless."""


@dataclass(frozen=True)
class Join:
    """What one listener heard: the delay of each chirp in ms, by the sample of its beginning."""

    signal: chirps.Chirps
    delays: dict[int, float]
    gap: float
    """The longest gap within a spurt, in seconds."""
    others: Figures

    def between(self, begin: float, end: float) -> list[float]:
        """Return the delays of the chirps that were said between these seconds."""
        return [each for at, each in self.delays.items() if begin * RATE <= at < end * RATE]


def over_joins(joins: list[Join]) -> Figures:
    """Return the figures over all chirps of all joins, and medians of the others."""
    delays = [each for join in joins for each in join.delays.values()]
    firsts = [
        each for join in joins for at, each in join.delays.items() if at in join.signal.firsts
    ]
    count = sum(len(join.signal.starts) for join in joins)
    middles = [quantile(list(join.delays.values()), 0.50) for join in joins]
    return {
        "p50_ms": rounded(quantile(delays, 0.50)),
        "p99_ms": rounded(quantile(delays, 0.99)),
        "least_ms": rounded(min(delays, default=None)),
        "worst_join_p50_ms": rounded(max((each for each in middles if each), default=None)),
        "spurt_start_p50_ms": rounded(quantile(firsts, 0.50)),
        "chirps": float(count),
        "missed_rate": rounded(1 - len(delays) / count),
        **medians([join.others for join in joins if join.others] or [{}]),
    }


@dataclass(frozen=True)
class Playback:
    """The sound that is played: chirps, followed by speech if its quality is measured too."""

    signal: chirps.Chirps
    sound: Samples
    speech_at: int | None
    speech: Samples

    @classmethod
    def written(cls, seconds: float, with_speech: bool, *, filled: bool = False) -> Playback:
        """Make a playback with ``seconds`` of chirps."""
        signal = chirps.signal(seconds, filled=filled)
        pause = silence(int(PAUSE * RATE))
        if not with_speech:
            return cls(signal, np.concatenate((signal.sound, pause)), None, silence(0))
        speech = speech_quality.speech()
        sound = np.concatenate((signal.sound, pause, speech, pause))
        return cls(signal, sound, len(signal.sound) + len(pause), speech)

    def heard(self, heard: Samples, mouth: list[chirps.Delay], speech: Samples) -> Join:
        """Look for everything in the recording ``heard``.

        ``mouth`` has the position in ``heard`` at which each chirp was said; ``speech`` is the
        speech as it was said after the chirps.
        """
        ear = chirps.delays(self.signal, heard)
        delays = {
            each.start: (each.samples - said.samples) / RATE * 1000
            for each, said in zip(ear, mouth, strict=True)
            if each.samples is not None and said.samples is not None
        }
        quality: Figures = {}
        if self.speech_at is not None:
            quality = speech_quality.figures(speech, heard[self.speech_in(ear) :])
        return Join(self.signal, delays, chirps.longest_gap(self.signal, ear, heard), quality)

    def speech_in(self, found: list[chirps.Delay]) -> int:
        """Return the sample from which to look for speech, a little before the least delay."""
        least = min((each.samples for each in found if each.samples is not None), default=0)
        return max(0, (self.speech_at or 0) + least - RATE // 20)


@dataclass(frozen=True)
class Way:
    """How the sound goes: as what, with which delay, and what the machine does meanwhile."""

    low_delay: bool = False
    processing: bool = False
    burners: int = 0

    def listen(self, listener: Child, seconds: float) -> list[dict[str, Any]]:
        """Return what the listener tells for so long; with burners they burn meanwhile."""
        if not self.burners:
            return listener.lines_for(seconds)
        told = listener.lines_for(QUIET_SECONDS)
        with processes.burning(self.burners):
            told += listener.lines_for(BURN_SECONDS)
        return told + listener.lines_for(seconds - QUIET_SECONDS - BURN_SECONDS)


def with_files(play: Playback, folder: Path, way: Way, *, peer: bool) -> Join:
    """Listen once with files as devices."""
    said, heard, stamps = folder / "said.wav", folder / "heard.wav", folder / "stamps.json"
    speech_quality.write_wav(said, play.sound)
    mouth_stamps = folder / "mouth.json"
    told: list[dict[str, Any]] = []
    seconds = len(play.sound) / RATE + 0.5
    if peer:
        with _chain(stamps, f"file:{said}", f"file:{heard}", {}):
            time.sleep(seconds)
        mouth_stamps = stamps
    else:
        devices = f"file:{said}", f"file:{heard}"
        with _room(folder, mouth_stamps, stamps, devices, ({}, {}), way) as (speaker, listener):
            _unmute(speaker)
            told = way.listen(listener, seconds)
    mouth, ear = json.loads(mouth_stamps.read_text()), json.loads(stamps.read_text())
    if max(mouth["lateness"], ear["lateness"]) > MOST_LATENESS:
        raise ChildFailed("a file device was more than a second late: the machine is too busy")
    # The first sample of the mouth was due at this sample of what was heard.
    begun = round((float(mouth["microphone"]) - float(ear["speaker"])) * RATE)
    said_at = [chirps.Delay(start, begun) for start in play.signal.starts]
    found = play.heard(speech_quality.read_wav(heard), said_at, play.speech)
    return replace(found, others=found.others | _waiting(told))


def with_sound_cards(
    sounds: SoundServer, card: str, play: Playback, folder: Path, way: Way, *, peer: bool
) -> Join:
    """Listen once with a sound server's devices, named so to roomcli."""
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
            with _room(folder, *stamps, (card, card), environments, way) as (speaker, listener):
                _unmute(speaker)
                listener.lines_for(1.0)  # the capture stream begins
                with _played(sounds, said):
                    told = way.listen(listener, len(play.sound) / RATE)
                told += listener.lines_for(0.5)
    mouth_said, heard = mouth_and_ear.channels(path)
    said_at = chirps.delays(play.signal, mouth_said)
    speech = mouth_said[play.speech_in(said_at) :][: len(play.speech) + RATE // 10]
    found = play.heard(heard, said_at, speech)
    return replace(found, others=found.others | _waiting(told))


def run(seconds: float, device: str, with_speech: bool, joins: int, way: Way) -> dict[str, object]:
    """Measure our chain over ``joins`` joins, beside the chain of devices alone.

    Speech is listened to in the first one.
    """
    if way.burners:
        seconds, joins, with_speech = QUIET_SECONDS + BURN_SECONDS + AFTER_SECONDS, 1, False
    play = Playback.written(seconds, with_speech, filled=way.burners > 0)
    again = floor = Playback.written(min(seconds, FLOOR_SECONDS), False)
    if not way.burners:
        again = Playback.written(seconds, False)
    ours, chain = [], []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ear")))
        measured = with_files
        if device in SERVERS:
            sounds = stack.enter_context(
                sound_server.sound_server(*mouth_and_ear.MODULES, kind=SERVERS[device])
            )
            measured = functools.partial(with_sound_cards, sounds, CARDS[device])
        for number in range(joins):
            ours.append(measured(again if number else play, folder, way, peer=False))
            if number % FLOOR_EVERY == 0:
                chain.append(measured(floor, folder, way, peer=True))
    figures, peer = over_joins(ours), over_joins(chain)
    if way.burners:
        figures |= burnt(ours[0])
    compared = {name: figures[name] for name in COMPARED}
    return {
        "benchmark": "mouth_to_ear",
        "settings": {
            "seconds": seconds,
            "device": device,
            "pesq": with_speech,
            "joins": joins,
            "processing": way.processing,
            "low_delay": way.low_delay,
            "burn": way.burners,
        },
        **figures,
        "added_p50_ms": _difference(figures["p50_ms"], peer["p50_ms"]),
        "peers": {"loopback_chain": peer},
        "ratio_to": {"loopback_chain": ratios(compared, peer)},
        "machine": machine.description(),
    }


def burnt(join: Join) -> Figures:
    """Return what the burning cost: before it, in it, and from 10 s after its end on."""
    began = 1.0 + QUIET_SECONDS
    quiet = quantile(join.between(1.0, began), 0.50)
    burning = quantile(join.between(began, QUIET_SECONDS + BURN_SECONDS), 0.50)
    after = quantile(join.between(QUIET_SECONDS + BURN_SECONDS + BACK_SECONDS, math.inf), 0.50)
    return {
        "quiet_p50_ms": rounded(quiet),
        "burn_added_p50_ms": _difference(burning, quiet),
        "longest_gap_ms": rounded(join.gap * 1000),
        "back_added_p50_ms": _difference(after, quiet),
    }


@contextlib.contextmanager
def _played(sounds: SoundServer, said: Path) -> Iterator[None]:
    """Play a file at the mouth meanwhile, to its end."""
    with ThreadPoolExecutor(1) as pool:
        playing = pool.submit(sounds.play, "mouth", said, "--latency-msec=500")
        yield
        playing.result()


@contextlib.contextmanager
def _room(
    folder: Path,
    mouth_stamps: Path,
    ear_stamps: Path,
    devices: tuple[str, str],
    environments: tuple[dict[str, str], dict[str, str]],
    way: Way,
) -> Iterator[tuple[Child, Child]]:
    """Run a speaker and a listener in one room of a server, for as long as the block lasts."""
    with processes.server(folder) as (_, url):
        url = f"{url}/r/ear"
        host: dict[str, str | bool]
        host = {"url": url, "name": "Mouth", "intent": "host", "mic": devices[0]}
        host |= {"speaker": "none", "levels": True}
        guest: dict[str, str | bool]
        guest = {"url": url, "name": "Ear", "mic": "none", "speaker": devices[1], "levels": True}
        with _engine(mouth_stamps, host, folder / "a", environments[0]) as mouth:
            mouth.event("joined", PATIENCE)
            if not way.low_delay:
                mouth.write({"command": "change_settings", "low_delay": False, "ref": 1})
                mouth.event("done", PATIENCE, lambda said: said["ref"] == 1)
            done_to_it = PROCESSED if way.processing else UNPROCESSED
            mouth.write({"command": "change_sound", **done_to_it, "ref": 2})
            mouth.event("done", PATIENCE, lambda said: said["ref"] == 2)
            with _engine(ear_stamps, guest, folder / "b", environments[1]) as ear:
                ear.event("joined", PATIENCE)
                if way.low_delay:
                    for engine in (mouth, ear):
                        engine.event("connection", PATIENCE, lambda said: bool(said["low_delay"]))
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
    options.add_argument("--seconds", type=float, default=8.0, help="of chirps, in each join")
    options.add_argument("--device", choices=("file", *SERVERS), default="file")
    options.add_argument("--joins", type=int, default=20, help="each with a phase of its own")
    options.add_argument("--processing", choices=("on", "off"), default="off", help="as of a card")
    options.add_argument("--low-delay", action="store_true", help="frames of 10 ms")
    options.add_argument("--burn", type=int, default=0, help="busy processes for a minute")
    options.add_argument("--no-pesq", action="store_true", help="leave speech quality out")
    given = options.parse_args()
    if not 1 <= given.seconds <= 600 or not 1 <= given.joins <= 100 or not 0 <= given.burn <= 64:
        options.error("--seconds: 1 to 600; --joins: 1 to 100; --burn: 0 to 64")
    if given.device in SERVERS and (lacking := SERVERS[given.device].missing()):
        options.error(f"--device {given.device} needs {', '.join(lacking)}")
    with_speech = speech_quality.available() and not given.no_pesq
    way = Way(given.low_delay, given.processing == "on", given.burn)
    publish(run(given.seconds, given.device, with_speech, given.joins, way), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
