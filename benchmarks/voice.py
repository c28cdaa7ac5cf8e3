"""Measure what is done to a voice before it is sent: echo, noise, level, and the first word.

``python -m benchmarks.voice [--seconds 30] [--minutes 30] [--json]``. Voices (``voices``) go
through the stages that ship, with a simulated desk (``acoustics``) between loudspeaker and
microphone. Time is simulated: a busy machine changes nothing but how long it takes. What of the
microphone's is the voice and what the echo, once both were processed together, is found by least
squares in bands of third octaves over 100 ms.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from roomcli.audio.gate import VoiceGate
from roomcli.audio.processing.chain import PLAIN, Processing, ProcessingChain
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.samples import BLOCK, RATE, Samples, silence
from roomcli.audio.uplink import Uplink

from . import acoustics, machine
from .report import conclude, parser, publish, rounded
from .speech_quality import score
from .voices import level_of, voices

ECHO = Processing(high_pass=True, echo="on", noise=False, level=False)
AUTO = Processing(high_pass=True, echo="auto", noise=False, level=False)
NOISE = Processing(high_pass=True, echo="off", noise=True, level=False)
LEVEL = Processing(high_pass=True, echo="off", noise=False, level=True)
SETTLED = 2 * RATE
AHEAD = 4
"""Blocks that lie ready for the loudspeaker."""
MOST_BEGIN = 1.5
"""Seconds from an echo's begin until it has to be cancelled."""
SPOKEN = 1e-5
"""Mean power of 10 ms in which a voice is heard, -50 dBov."""
BRIDGED = 30
"""Blocks after a loud one that count as speech."""
JITTER = 0.002
"""Seconds by which the cards tell their times late."""

Voices = dict[str, Samples]


def processed(
    processing: Processing,
    near: Samples,
    far: Samples | None = None,
    *,
    seed: int = 1,
    far_from: int = 0,
    ppm: float = 0.0,
) -> tuple[Samples, list[bool]]:
    """Return the microphone's sound ``near`` after processing, without its delay.

    ``far`` is what the speakers play, known to the reference from sample ``far_from`` on. The
    microphone's clock is ``ppm`` millionths faster than the speakers'. The list says for each block
    whether the echo canceller was heard.
    """
    random = np.random.default_rng(seed)
    reference = EchoReference()
    chain = ProcessingChain(processing, reference)
    count, near = len(near), np.concatenate((near, silence(RATE // 10)))
    blocks: list[Samples] = []
    cancelled: list[bool] = []
    played = 0
    for index in range(len(near) // BLOCK):
        while far is not None and played <= index + AHEAD and (played + 1) * BLOCK <= len(far):
            if played * BLOCK >= far_from:
                block = far[played * BLOCK : (played + 1) * BLOCK]
                reference.add(block, played * BLOCK / RATE + random.uniform(0.0, JITTER))
            played += 1
        captured_at = index * BLOCK / (RATE * (1.0 + ppm * 1e-6)) + random.uniform(0.0, JITTER)
        block = near[index * BLOCK : (index + 1) * BLOCK]
        blocks.append(chain.process(block, captured_at))
        cancelled.append(chain.cancels_echo)
    sound = np.concatenate(blocks)
    return sound[chain.delay : chain.delay + count], cancelled


def decibels(ratio: float) -> float:
    """Return a ratio of powers in dB."""
    return float(10.0 * np.log10(max(ratio, 1e-12)))


def power(sound: Samples) -> float:
    """Return the mean power."""
    return float(np.mean(np.square(sound, dtype=np.float64)))


def shares(out: Samples, near: Samples, echo: Samples) -> tuple[float, float]:
    """Return the shares of the powers of ``near`` and ``echo`` that are in ``out``."""
    spectra = [_spectra(sound) for sound in (out, near, echo)]
    bands = _third_octaves(spectra[0].shape[1])
    left_near = left_echo = 0.0
    of_near = of_echo = 0.0
    for first in range(0, len(spectra[0]) - 10, 10):
        for low, high in bands:
            o, n, e = (each[first : first + 10, low:high].reshape(-1) for each in spectra)
            nn, ee, ne = np.vdot(n, n).real, np.vdot(e, e).real, np.vdot(n, e)
            determinant = nn * ee - abs(ne) ** 2
            if nn < 1e-6 or ee < 1e-6 or determinant < 0.05 * nn * ee:
                continue
            no, eo = np.vdot(n, o), np.vdot(e, o)
            a_near = (ee * no - ne * eo) / determinant
            a_echo = (nn * eo - np.conj(ne) * no) / determinant
            of_near += nn
            of_echo += ee
            left_near += abs(a_near) ** 2 * nn
            left_echo += abs(a_echo) ** 2 * ee
    return left_near / of_near, left_echo / of_echo


def _spectra(sound: Samples) -> np.ndarray:
    frames = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    pairs = np.concatenate((frames[:-1], frames[1:]), axis=1)
    return np.fft.rfft(pairs * np.hanning(2 * BLOCK), axis=1)


def _third_octaves(bins: int) -> list[tuple[int, int]]:
    edges = [200.0 * 2.0 ** (k / 3) for k in range(17)]
    at = [round(edge * 2 * BLOCK / RATE) for edge in edges]
    return [(low, max(high, low + 2)) for low, high in itertools.pairwise(at) if high < bins]


def rooms(seed: int) -> Iterator[tuple[str, Samples, float | None, float, int]]:
    """Yield desks: name, response, where the loudspeaker bends, ppm, when the reference starts."""
    for late in (20.0, 60.0, 120.0):
        taps = acoustics.response(late, 250.0, seed + int(late))
        yield f"{late:g} ms", taps, None, 0.0, 0
        yield f"{late:g} ms, clipped", taps, 0.15, 0.0, 0
        yield f"{late:g} ms, +100 ppm", taps, None, 100.0, 0
        yield f"{late:g} ms, -100 ppm", taps, None, -100.0, 0
    yield "60 ms, late reference", acoustics.response(60.0, 250.0, seed), None, 0.0, 5 * RATE


def echoes(said: Voices, seed: int) -> dict[str, object]:
    """Measure the echo alone, double talk, headphones and ``auto``."""
    names = list(said)
    alone, double, near_loss = {}, {}, {}
    for index, (room, taps, clip, ppm, late) in enumerate(rooms(seed)):
        far, near = said[names[index % 3]], said[names[3 + index % (len(names) - 3)]]
        echo = acoustics.echo(far, taps, clip)
        echo = acoustics.drifted(echo, ppm) if ppm else echo
        since = SETTLED + late
        out, _ = processed(ECHO, echo, far, seed=seed, far_from=late, ppm=ppm)
        alone[room] = decibels(power(echo[since:]) / power(out[since:]))
        out, _ = processed(ECHO, near + echo, far, seed=seed, far_from=late, ppm=ppm)
        plain = processed(Processing(True, "off", False, False), near)[0]
        of_near, of_echo = shares(out[since:], plain[since:], echo[since:])
        double[room], near_loss[room] = -decibels(of_echo), -decibels(of_near)
    return {
        "erle_db": rounded(min(alone.values())),
        "double_talk_erle_db": rounded(min(double.values())),
        "double_talk_near_loss_db": rounded(max(near_loss.values())),
        "rooms": {
            room: [rounded(alone[room]), rounded(double[room]), rounded(near_loss[room])]
            for room in alone
        },
    }


def headphones(said: Voices, seed: int) -> dict[str, object]:
    """Measure what ``auto`` costs when the microphone does not hear the speakers."""
    names = list(said)
    lost, wrong = [], []
    for index, name in enumerate(names):
        near, far = said[name], said[names[(index + 3) % len(names)]]
        out, cancelled = processed(AUTO, near, far, seed=seed)
        lost.append(_lost(near, out))
        wrong.append(statistics.mean(cancelled))
    return {
        "headphones_pesq_loss": rounded(statistics.median(lost)),
        "headphones_wrong_rate": rounded(statistics.mean(wrong)),
    }


def watched(said: Voices, seed: int, minutes: int) -> dict[str, object]:
    """Measure when ``auto`` begins and ends, over minutes in which an echo comes and goes.

    In each minute one speaks and one answers, with pauses and at times both at once. The echo comes
    at a random moment, often in the middle of a word, of a desk that is another one each time. Time
    in which the other one is silent does not count: then there is no echo to be found. An echo of
    less speech than it may take to begin is left out of the begins.
    """
    random = np.random.default_rng([seed, 60])
    names, desks = list(said), list(rooms(seed))
    begins, ends, wrong, never = list[float](), list[float](), 0, 0
    allowed = int(MOST_BEGIN * RATE) // BLOCK
    for minute in range(minutes):
        of_far, of_near = random.choice(len(names), 2, replace=False)
        far, near = _turns(said[names[of_far]], random), _turns(said[names[of_near]], random)
        _, taps, clip, _, _ = desks[minute % len(desks)]
        spoken = _spoken(far)
        came = int(random.uniform(1200.0, 2000.0))
        came += int(np.argmax(spoken[came:]))
        went = came + int(random.uniform(800.0, 1600.0))
        heard = acoustics.echo(far, taps, clip)
        heard[: came * BLOCK] = heard[went * BLOCK :] = 0.0
        cancelled = np.array(processed(AUTO, near + heard, far, seed=seed + minute)[1])
        said_of_it, found = spoken[came:went], cancelled[came:went]
        off = went + int(np.argmin(np.append(cancelled[went:], False)))
        if np.sum(said_of_it) >= allowed:
            on = int(np.argmax(found)) if found.any() else len(found)
            begins.append(float(np.sum(said_of_it[:on])) * BLOCK / RATE)
            never += not found.any()
        if found[-1]:
            ends.append((off - went) * BLOCK / RATE)
        wrong += int(np.sum(cancelled[:came]) + np.sum(cancelled[off:]))
        wrong += max(int(np.sum(said_of_it & ~found)) - allowed, 0)
    return {
        "auto_minutes": minutes,
        "auto_echoes": len(begins),
        "auto_never_found": never,
        "auto_wrong_rate": rounded(wrong * BLOCK / RATE / (minutes * 60)),
        "auto_begin_p50_s": rounded(statistics.median(begins)),
        "auto_begin_worst_s": rounded(max(begins)),
        "auto_late_begins": sum(each > MOST_BEGIN for each in begins),
        "auto_end_least_s": rounded(min(ends)),
        "auto_end_p50_s": rounded(statistics.median(ends)),
    }


def _turns(sound: Samples, random: np.random.Generator) -> Samples:
    """Return a minute in which a voice speaks for about half of the time, in turns."""
    sound = np.resize(np.roll(sound, -int(random.integers(len(sound)))), 60 * RATE)
    at, speaks = 0, bool(random.integers(2))
    while at < len(sound):
        until = at + int(random.exponential(4.0) * RATE)
        if not speaks:
            sound[at:until] = 0.0
        at, speaks = until, not speaks
    return sound


def _spoken(sound: Samples) -> npt.NDArray[np.bool_]:
    """Return for each block whether somebody speaks; short pauses between words count as well."""
    loud = np.mean(sound.reshape(-1, BLOCK) ** 2, axis=1) > SPOKEN
    return np.convolve(loud, np.ones(BRIDGED), "full")[: len(loud)] > 0


def noises(said: Voices, seed: int) -> dict[str, object]:
    """Measure noise suppression: at 5, 10 and 15 dB of SNR, and on clean speech."""
    gains, snrs, clean = [], [], []
    kinds = ("white", "pink", "fan", "hum")
    for index, near in enumerate(said.values()):
        clean.append(_lost(near, processed(NOISE, near)[0]))
        snr, kind = (5.0, 10.0, 15.0)[index % 3], kinds[index % 4]
        below = 10.0 ** ((level_of(near) - snr) / 20.0)
        noise = (acoustics.noise(kind, len(near), seed + index) * below).astype(np.float32)
        out, _ = processed(NOISE, near + noise)
        gains.append(
            score(near[SETTLED:], out[SETTLED:]) - score(near[SETTLED:], (near + noise)[SETTLED:])
        )
        pauses = _pauses(near)
        snrs.append(decibels(power(noise[pauses]) / power(out[pauses])))
    return {
        "noise_pesq_gain": rounded(statistics.median(gains)),
        "noise_snr_gain_db": rounded(statistics.median(snrs)),
        "noise_clean_pesq_loss": rounded(statistics.median(clean)),
    }


def levels(said: Voices) -> dict[str, object]:
    """Measure the leveller with speech from -40 to -6 dBov, from 5 s on."""
    errors, clean = [], []
    for near in said.values():
        for level in (-40.0, -30.0, -20.0, -12.0, -6.0):
            given = near * np.float32(10.0 ** ((level - level_of(near)) / 20.0))
            out, _ = processed(LEVEL, np.clip(given, -1.0, 1.0))
            errors.append(abs(level_of(out[5 * RATE :]) + 20.0))
        clean.append(_lost(near, processed(LEVEL, near)[0]))
    return {
        "gain_level_error_db": rounded(max(errors)),
        "gain_clean_pesq_loss": rounded(statistics.median(clean)),
    }


def onsets(said: Voices, seed: int) -> dict[str, object]:
    """Measure how much of the first sound of a spurt is lost, over words cut from the voices."""
    random = np.random.default_rng(seed)
    lost: list[float] = []
    for near in said.values():
        for word in _words(near):
            quiet = silence(RATE * 3)
            room = (random.standard_normal(len(quiet) + len(word)) * 3e-4).astype(np.float32)
            sound = np.concatenate((quiet, word)) + room
            uplink = Uplink(ProcessingChain(PLAIN, EchoReference()), _NoCodec(), VoiceGate())
            uplink.begin_sending(0)
            frames = [
                frame
                for at in range(0, len(sound) - BLOCK, BLOCK)
                for frame in uplink.push(sound[at : at + BLOCK], at / RATE)
            ]
            first = min((f.media_time for f in frames if f.media_time > RATE), default=len(sound))
            lost.append(max(0.0, (first - len(quiet)) * 1000 / RATE))
    return {"onset_lost_ms": rounded(max(lost)), "words": len(lost)}


class _NoCodec:
    def encode(self, pcm: Samples) -> bytes:
        return b"."

    def close(self) -> None:
        pass


def _words(near: Samples) -> Iterator[Samples]:
    """Yield what begins after a pause of 0.15 s, from its first audible sample on."""
    blocks = near[: len(near) // 120 * 120].reshape(-1, 120)
    levels = 10 * np.log10(np.mean(blocks.astype(np.float64) ** 2, axis=1) + 1e-12)
    quiet = 0
    for index, level in enumerate(levels):
        if level > -66.0 and quiet > 60 and index + 80 < len(levels):
            yield near[index * 120 : index * 120 + RATE // 5]
        quiet = 0 if level > -66.0 else quiet + 1


def _pauses(near: Samples) -> np.ndarray:
    blocks = near.reshape(-1, BLOCK)
    quiet = np.mean(blocks.astype(np.float64) ** 2, axis=1) < 1e-7
    quiet[: SETTLED // BLOCK] = False
    return np.repeat(quiet, BLOCK)


def _lost(said: Samples, heard: Samples) -> float:
    return score(said[SETTLED:], said[SETTLED:]) - score(said[SETTLED:], heard[SETTLED:])


def run(seconds: float, seed: int, minutes: int) -> dict[str, object]:
    """Measure all of it."""
    said = voices(seconds)
    parts: list[Callable[[], dict[str, object]]] = [
        lambda: echoes(said, seed),
        lambda: headphones(said, seed),
        lambda: watched(said, seed, minutes),
        lambda: noises(said, seed),
        lambda: levels(said),
        lambda: onsets(said, seed),
    ]
    result: dict[str, object] = {
        "benchmark": "voice",
        "settings": {"seconds": seconds, "seed": seed, "minutes": minutes, "voices": len(said)},
    }
    for part in parts:
        result |= part()
    return result | {"peers": {}, "ratio_to": {}, "machine": machine.description()}


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What is done to a voice before it is sent, and what it costs the voice.")
    options.add_argument("--seconds", type=float, default=30.0, help="speech of each voice")
    options.add_argument("--minutes", type=int, default=30, help="in which an echo comes and goes")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    publish(run(given.seconds, given.seed, given.minutes), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
