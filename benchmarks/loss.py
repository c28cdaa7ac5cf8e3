"""Measure what a bad network leaves of a voice, by UDP and by TCP.

``python -m benchmarks.loss [--seconds 60] [--case NAME] [--leg listener|speaker] [--json]``. A real
server, and two real engines in a room on it: one of them on a path of 80 ms whose packets are late
or lost, the other beside the server. First the listener is the one far away, then the speaker. A
frame is late when it comes more than 100 ms after the time that the quickest one took, which is
what a jitter buffer of 100 ms cannot play. The peer is the same voice by TCP. Linux, and root.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from roomcli.audio.samples import FRAME, RATE, Samples

from . import chirps, machine, namespaces, processes, speech_quality
from .impairment import Impairment
from .namespaces import BadLink, NetworkNamespace
from .processes import Child
from .report import Figures, conclude, parser, publish, ratios, rounded
from .traces import Times

CASES = {
    "random_2": Impairment(loss=0.02),
    "bursts_2": Impairment(loss=0.02, burst=4.0),
    "outage_1s": Impairment(outage=1.0, outage_every=10.0),
}
LEGS = ("listener", "speaker")
WAYS = ("udp", "tcp")
BUFFER = 0.100
"""Seconds that the jitter buffer waits for a frame, beyond the time that the quickest took."""
FIRST = 5.0
"""Seconds in which repetition may begin."""
SETTLING = 4.0
"""Seconds of a good network, once voice goes the way that it should."""
PATIENCE = 30.0
SPARE = 2 * PATIENCE
"""Seconds that the voice goes on beyond those that are measured."""
CENTER = "10.77.0.1"
COMPARED = ("late_or_lost", "silence_ms")


@dataclass(frozen=True)
class Transmission:
    """When each frame of a voice was said and when it came (infinite: never), in seconds.

    ``began`` is when the network became bad.
    """

    sent: Times
    came: Times
    began: float

    def figures(self, seconds: float) -> Figures:
        """Return what was late or lost of it in so many seconds."""
        took = self.came - self.sent
        missing = took > np.min(took) + BUFFER
        since = self.sent - self.began
        measured = (since >= 0) & (since < seconds)
        first = measured & (since < FIRST)
        after = measured & ~first
        return {
            "late_or_lost": _share(missing[measured]),
            "first_5_s": _share(missing[first]),
            "after_5_s": _share(missing[after]),
            "lost": _share(np.isinf(took[measured])),
            "silence_ms": _longest_run(missing[measured]) * FRAME / RATE * 1000,
            "frames": float(np.sum(measured)),
        }


def measure(case: str, leg: str, seconds: float, seed: int) -> dict[str, Figures]:
    """Measure one case on one leg, by both ways at once, each on a path of its own."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loss")))
        center = NetworkNamespace()
        stack.callback(center.close)
        center.add_address(CENTER)
        with center.entered():
            served = processes.server(folder, "--open-hosting", tls=True, host=CENTER)
            _, url = stack.enter_context(served)
        pairs = {}
        for number, way in enumerate(WAYS):
            path = stack.enter_context(_path(center, number + 1, seed + 100 * number))
            home = folder / way
            home.mkdir()
            pairs[way] = (
                path,
                stack.enter_context(_pair(url, way, leg, home, center, path, seconds)),
            )
        for way, (_, (speaker, listener)) in pairs.items():
            _until(speaker, listener, way)
        time.sleep(SETTLING)
        began = time.monotonic()
        for path, _ in pairs.values():
            path.link.impair(CASES[case])
        time.sleep(seconds)
        for path, _ in pairs.values():
            path.link.impair(Impairment())  # so that all ends in order
        time.sleep(1.0)
        homes = {way: folder / way for way in WAYS}
        for _, (speaker, listener) in pairs.values():
            for engine in (listener, speaker):
                engine.write({"command": "leave"})
                engine.event("left", PATIENCE, instead=())
                engine.process.wait(PATIENCE)
        return {way: _transmission(home, began).figures(seconds) for way, home in homes.items()}


@dataclass(frozen=True)
class FarAway:
    """A far network, and the bad path there."""

    far: NetworkNamespace
    link: BadLink


@contextlib.contextmanager
def _path(center: NetworkNamespace, number: int, seed: int) -> Iterator[FarAway]:
    """Have a network at the end of a path of 80 ms from the center and back."""
    near, far_end = f"10.77.{number}.1", f"10.77.{number}.2"
    far = NetworkNamespace()
    try:
        ends = (
            center.open_tun(f"near{number}", near, far_end),
            far.open_tun(f"far{number}", far_end, near, f"{CENTER}/32"),
        )
        link = BadLink(*ends, seed)
        try:
            yield FarAway(far, link)
        finally:
            link.close()
    finally:
        far.close()


@contextlib.contextmanager
def _pair(
    url: str,
    way: str,
    leg: str,
    home: Path,
    center: NetworkNamespace,
    path: FarAway,
    seconds: float,
) -> Iterator[tuple[Child, Child]]:
    """Run a speaker and a listener in a room, one of them at the far end of a path."""
    said = home / "said.wav"
    speech_quality.write_wav(said, _talk(seconds + SPARE))
    room, hash_, fragment = url.partition("#")
    address = f"{room}/r/{way}{hash_}{fragment}"
    enter = {"url": address, "udp": way == "udp", "speaker": "none"}
    with contextlib.ExitStack() as stack:
        engines = []
        for who, settings in (
            ("speaker", {"name": "Mouth", "intent": "host", "mic": f"file:{said}"}),
            ("listener", {"name": "Ear", "mic": "none"}),
        ):
            world = home / who
            world.mkdir()
            arguments = str(home / f"{who}.json"), json.dumps(enter | settings)
            network = path.far if who == leg else center
            with network.entered():
                environment = processes.own_world(world)
                started = processes.module(
                    "benchmarks.logging_engine", *arguments, environment=environment
                )
                engines.append(stack.enter_context(started))
            engines[-1].event("joined", PATIENCE)
            if who == "speaker":
                engines[-1].write({"command": "change_settings", "low_delay": False, "ref": 1})
                engines[-1].event("done", PATIENCE)
        speaker, listener = engines
        speaker.write({"command": "unmute"})
        speaker.event("microphone", PATIENCE)
        yield speaker, listener


def _until(speaker: Child, listener: Child, way: str) -> None:
    """Wait until voice goes its way from one to the other."""
    for engine, direction in ((speaker, "uplink"), (listener, "downlink")):
        engine.write({"command": "watch_stats"})
        engine.event("stats", PATIENCE, lambda told, by=direction: told[by]["by"] == way)  # type: ignore[misc]
        engine.write({"command": "watch_stats", "on": False})


def _talk(seconds: float) -> Samples:
    """Return chirps without a pause."""
    count = round(seconds * RATE / chirps.LENGTH)
    return np.concatenate([chirps.chirp(number) for number in range(count)])


def _transmission(home: Path, began: float) -> Transmission:
    sent = json.loads((home / "speaker.json").read_text())["sent"]
    came = json.loads((home / "listener.json").read_text())["came"]
    said = sorted((float(at), time_) for time_, at in sent.items())
    return Transmission(
        np.array([at for at, _ in said]),
        np.array([came.get(time_, np.inf) for _, time_ in said]),
        began,
    )


def _share(missing: npt.NDArray[np.bool_]) -> float | None:
    return rounded(float(np.mean(missing))) if missing.size else None


def _longest_run(missing: npt.NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], missing.astype(np.int8), [0]))))
    return int(np.max(edges[1::2] - edges[::2], initial=0))


def run(cases: list[str], legs: list[str], seconds: float, seed: int) -> dict[str, object]:
    """Measure all cases on all legs; of two legs the worse one counts."""
    found: dict[str, dict[str, object]] = {}
    ratio: dict[str, object] = {}
    for case in cases:
        by_leg = {leg: measure(case, leg, seconds, seed) for leg in legs}
        worst = {
            way: {name: max(by_leg[leg][way][name] or 0.0 for leg in legs) for name in COMPARED}
            for way in WAYS
        }
        found[case] = {
            way: {**worst[way], **{leg: by_leg[leg][way] for leg in legs}} for way in WAYS
        }
        ratio[case] = ratios({**worst["udp"]}, {**worst["tcp"]})
    return {
        "benchmark": "loss",
        "settings": {
            "seconds": seconds,
            "seed": seed,
            "path_ms": 2000 * Impairment().delay,
            "buffer_ms": BUFFER * 1000,
            "legs": legs,
        },
        "cases": found,
        "peers": {"tcp": {case: found[case]["tcp"] for case in cases}},
        "ratio_to": {"tcp": ratio},
        "machine": machine.description(),
    }


def main() -> int:
    """Run the benchmark and print the result. Returns the exit code."""
    options = parser("What a bad network leaves of a voice, by UDP and by TCP.")
    options.add_argument("--case", choices=sorted(CASES), action="append")
    options.add_argument("--leg", choices=LEGS, action="append", help="whose network is bad")
    options.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if not 1 <= given.seconds <= 3600:
        options.error("--seconds: 1 to 3600")
    if lacking := namespaces.missing():
        options.error(f"it {lacking}")
    cases, legs = given.case or list(CASES), given.leg or list(LEGS)
    publish(run(cases, legs, given.seconds, given.seed), given.json)
    return 0


if __name__ == "__main__":
    conclude(main)
