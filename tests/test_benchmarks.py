"""Tests that benchmarks run, print what they promise and leave nothing behind.

No figure is judged here.
"""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import (
    acting,
    chirps,
    control,
    entry,
    floods,
    frozen,
    fuzz,
    jitter,
    processes,
    quality,
    recovery,
    report,
    slow_listeners,
    soak,
    storm,
    traces,
    voice,
)
from benchmarks.foresight import unforeseen
from benchmarks.listening import listen
from benchmarks.mutants import Mutants
from benchmarks.peers.fixed_delay import best_delay, block_lateness, in_steps
from benchmarks.sound_server import PipeWireServer
from benchmarks.terminal import seconds_until
from roomcli.audio.samples import RATE, Samples
from roomcli.load.tally import draw_payload
from roomcli.protocol.audio import Bundle, BundleEntry, Flags

from . import ROOT
from .support.patience import PATIENCE
from .support.terminal import children, lives
from .support.valkey import needed

FANOUT = ("cpu_us_per_frame", "relay_p50_ms", "relay_p99_ms", "drop_rate", "rss_kib_per_listener")

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def said_by(name: str, *arguments: str) -> dict[str, Any]:
    """Run a benchmark and return the JSON object in its last line."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *arguments, "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,  # its processes start one after the other
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert {"settings", "machine", "peers", "ratio_to"} <= said.keys()
    assert {"cpu", "cores", "python"} <= said["machine"].keys()
    return said


@linux
def test_fanout_gives_its_figures_beside_the_peer() -> None:
    # More speakers than the server forwards at once: what is due is counted, not what was sent.
    size = ("--speakers", "6", "--listeners", "3", "--seconds", "1")
    said = said_by("fanout", *size, "--heard", "2", "--tls")
    assert (said["settings"]["tls"], said["settings"]["heard_at_once"]) == (True, 2)
    for figures in (said, said["peers"]["trio_websocket"]):
        assert figures.keys() >= {*FANOUT, "egress_mbit_s"}
        assert figures["deliveries_per_s"] > 0
        assert 0 <= figures["drop_rate"] < 1
        assert figures["connections_lost"] == 0
    assert said["frames_forwarded_per_s"] < said["frames_sent_per_s"] / 2
    assert said["ratio_to"]["trio_websocket"]["relay_p50_ms"] == pytest.approx(
        said["relay_p50_ms"] / said["peers"]["trio_websocket"]["relay_p50_ms"], rel=0.01
    )


@linux
def test_control_counts_joins_and_what_a_storm_of_them_costs() -> None:
    setting = control.ControlSetting(listeners=3, joins=4, storm_joins=6, seconds=0.3, tls=True)
    joined = control.joining(setting, setting.listeners)
    assert joined["joins_failed"] == 0
    assert 0 < (joined["join_p50_ms"] or 0) <= (joined["join_p99_ms"] or 0)
    stormed = control.storm(setting)
    assert (stormed["joined"], stormed["joins_failed"], stormed["connections_lost"]) == (6, 0, 0)
    assert 0 <= (stormed["drop_rate"] or 0) < 1
    assert (stormed["relay_p99_ms"] or 0) > 0


@linux
async def test_entry_counts_who_is_back_after_a_crash_and_who_comes_in() -> None:
    back = await entry.returning(3)
    assert (back["had_a_seat"], back["have_it_back"]) == (4, 4)
    assert 0 < (back["median_s"] or 0) <= (back["last_s"] or 0)


@linux
async def test_entry_counts_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "WARM_UP", 0.2)
    monkeypatch.setattr(entry, "COLLEAGUES", 2)
    came = await entry.guessing(["127.0.0.9"])
    assert (came["came"], came["are_in"]) == (2, 2)
    assert (came["guesses"] or 0) > 0


@linux
def test_home_gives_its_figures_beside_a_tenth_of_it() -> None:
    size = ("--people", "30", "--communities", "4", "--events", "8", "--known", "3")
    said = said_by("home", *size, "--rooms", "2", "--watchers", "3")
    for figures in (said, said["peers"]["a_tenth"]):
        assert figures.keys() >= {"open_ms", "search_ms", "idle_kib"}
        assert figures["open_p99_ms"] > 0
        assert figures["search_p99_ms"] > 0
    assert said["settings"]["people"] == 30


@linux
@needed("valkey")
def test_cluster_counts_what_rooms_take_that_span_servers() -> None:
    said = said_by("cluster", "--rooms", "5", "--seconds", "0.4")
    assert (said["settings"]["rooms"], said["settings"]["server"]) == (5, "valkey")
    assert said["drop_rate"] < 1
    assert min(said["publisher_us_per_bundle"], said["subscriber_us_per_bundle"]) > 0
    assert 0 < said["relay_p50_ms"] <= said["relay_p99_ms"]


@linux
@needed("valkey")
def test_cluster_tells_voice_within_a_server_from_voice_across_two() -> None:
    said = said_by("cluster", "--speakers", "2", "--listeners", "4", "--seconds", "0.5")
    assert 0 < said["within_p50_ms"] <= said["within_p99_ms"]
    assert 0 < said["across_p50_ms"] <= said["across_p99_ms"]
    assert (said["fewest_listeners"], said["connections_lost"]) == (2, 0)
    assert said["across_drop_rate"] < 1


@linux
@needed("valkey")
def test_cluster_counts_what_rooms_take_in_which_nothing_happens() -> None:
    said = said_by("cluster", "--leases", "20", "--seconds", "0.5")
    assert said["settings"]["leases"] == 20
    assert said["owner_us_per_room_second"] > 0


@linux
def test_cluster_tells_voice_within_a_worker_from_voice_across_them() -> None:
    said = said_by(
        "cluster", "--workers", "2", "--speakers", "3", "--listeners", "12", "--seconds", "0.5"
    )
    alone = said["peers"]["one_process"]
    assert 0 < said["across_p50_ms"] <= said["across_p99_ms"]
    assert 0 < alone["within_p50_ms"] <= alone["within_p99_ms"]
    assert alone["across_p99_ms"] is None
    assert 0 <= said["parent_cpu_share"] < said["server_cpu_share"]
    assert (said["drop_rate"], alone["drop_rate"]) == (0, 0)


@linux
@pytest.mark.parametrize("kind", ["pongs", "refused_commands"])
def test_floods_measure_the_relay_in_quiet_and_under_the_flood(kind: str) -> None:
    # On a busy machine there is no time that others leave.
    setting = floods.FloodSetting(connections=3, seconds=1.0, stands_back=False)
    quiet, flooded = floods.measured(setting, kind)
    assert (quiet["delivered"] or 0) > 0
    assert (flooded["delivered"] or 0) > 0
    assert (flooded["flood_done_per_s"] or 0) > 0
    assert flooded["connections_lost"] == 0


@linux
def test_fuzz_leaves_nothing_of_what_it_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "QUIET", 0.3)
    monkeypatch.setattr(fuzz, "WARM_UP", 0.2)
    did = fuzz.run(seconds=1.0, seed=5)
    kinds = {"heads", "hellos", "commands", "voice_and_acks", "datagrams", "broken_frames"}
    assert did["inputs_by_kind"].keys() == kinds
    assert did["delivered"] > 0
    assert did["held"], did


def test_the_same_chance_makes_the_same_mutants() -> None:
    one, other = (Mutants(random.Random(7)) for _ in range(2))
    for _ in range(50):
        assert one.command() == other.command()
        assert one.frames() == other.frames()
        assert one.head("a") == other.head("a")


def test_mouth_to_ear_gives_its_figures_beside_the_chain() -> None:
    said = said_by("mouth_to_ear", "--seconds", "2", "--joins", "1", "--no-pesq")
    chain = said["peers"]["loopback_chain"]
    for figures in (said, chain):
        assert figures["chirps"] > 2
        assert figures["p50_ms"] <= figures["p99_ms"]
    # A frame and the codec's lookahead are 26.5 ms: nothing can be quicker than its own clock.
    assert said["p50_ms"] > 26.5
    assert chain["p50_ms"] > 0
    assert said["ratio_to"]["loopback_chain"].keys() == {"p50_ms", "p99_ms"}


def test_mouth_to_ear_gives_them_with_a_sound_server_too() -> None:
    if lacking := PipeWireServer.missing():
        pytest.skip(f"needs PipeWire, {', '.join(lacking)} not installed")
    options = ("--seconds", "2", "--joins", "1", "--no-pesq", "--device", "pipewire")
    said = said_by("mouth_to_ear", *options)
    assert said["settings"]["device"] == "pipewire"
    for figures in (said, said["peers"]["loopback_chain"]):
        assert figures["missed_rate"] < 1


def test_client_cpu_says_what_each_stage_costs() -> None:
    said = said_by("client_cpu", "--speakers", "2", "--seconds", "1")
    assert 0 < said["cpu_share_without_processing"] < said["cpu_share"]
    assert min(said["us_per_10_ms"].values()) > 0


def test_an_echo_that_comes_and_goes_is_watched_in_each_minute() -> None:
    random = np.random.default_rng(5)
    said = {name: speech_like(random) for name in "abcdef"}
    told = voice.watched(said, 1, 1)
    assert 0.0 < told["auto_begin_worst_s"] < 20.0  # type: ignore[operator]
    assert told["auto_end_least_s"] > 0.0  # type: ignore[operator]


def speech_like(random: np.random.Generator) -> Samples:
    """Return 10 s of noise that comes and goes five times a second."""
    loudness = np.abs(np.sin(np.arange(10 * RATE) * 5 * np.pi / RATE))
    return (0.05 * loudness * random.standard_normal(10 * RATE)).astype(np.float32)


def test_startup_gives_its_figures_beside_a_bare_python() -> None:
    said = said_by("startup", "--runs", "2", "--no-screen")
    assert said["version_ms"] > 0
    assert said["peers"]["python"]["version_ms"] > 0
    assert said["ratio_to"]["python"]["version_ms"] > 0


def test_readable_output_has_no_json() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.startup", "--runs", "1", "--no-screen"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0
    assert "version_ms" in done.stdout
    assert "{" not in done.stdout


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_a_benchmark_that_is_ended(number: int) -> None:
    mark = f"benchmark-test-{os.getpid()}-{number}"
    command = [sys.executable, "-m", "benchmarks.fanout", "--listeners", "2", "--seconds", "50"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "BENCHMARK_MARK": mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # The benchmark, its guard, the server, speakers, listeners.
        wait_until(lambda: len(marked(mark)) >= 5)
        process.send_signal(number)
        process.wait(PATIENCE)
        wait_until(lambda: not marked(mark))
    finally:
        process.kill()
        process.wait()


STARTER = """
import subprocess, sys, time
from benchmarks import processes
for command in (["sleep", "600"], ["sh", "-c", "sleep 600 & wait"]):
    print(processes.start(command).pid, flush=True)
time.sleep(600)
"""


def test_nothing_outlives_a_starter_that_is_killed() -> None:
    starter = processes.LineProcess.start([sys.executable, "-c", STARTER])
    try:
        started = [int(starter.read_line(PATIENCE)) for _ in range(2)]
        wait_until(lambda: bool(children(started[1])))
        started += children(started[1])
        assert all(lives(pid) for pid in started)
        starter.process.kill()
        wait_until(lambda: not any(lives(pid) for pid in started))
    finally:
        starter.kill()


def test_what_is_said_is_read_while_nobody_waits_for_it() -> None:
    talk = 'for n in range(100_000): print(\'{"event": "told", "n": %d}\' % n)'
    with processes.running([sys.executable, "-c", talk]) as child:
        assert child.process.wait(PATIENCE) == 0, "it had to wait for a reader"
        assert child.event("told", PATIENCE, lambda said: said["n"] == 99_999)
        with pytest.raises(processes.ChildFailed, match="ended"):
            child.next_line(PATIENCE)
        with pytest.raises(processes.ChildFailed, match="ended"):
            child.next_line(PATIENCE)


def test_a_child_that_ends_says_why() -> None:
    with (
        processes.running([sys.executable, "-c", "raise SystemExit('no room')"]) as child,
        pytest.raises(processes.ChildFailed, match="ended: no room"),
    ):
        child.event("ready", PATIENCE)


def test_chirps_are_found_where_they_are() -> None:
    sent = chirps.signal(5.0)
    heard = np.concatenate((np.zeros(70_000, np.float32), sent.sound * np.float32(0.5)))
    later = sent.starts[len(sent.starts) // 2] - 960 + 70_000
    heard = np.insert(heard, later, np.zeros(4_800, np.float32))
    delays = [each.samples for each in chirps.delays(sent, heard)]
    half = len(sent.starts) // 2
    assert delays == [70_000] * half + [74_800] * (len(sent.starts) - half)


def test_chirp_that_is_not_heard_has_no_delay() -> None:
    sent = chirps.signal(5.0)
    heard = sent.sound.copy()
    start = sent.starts[3]
    heard[start : start + chirps.LENGTH] = 0.0
    delays = [each.samples for each in chirps.delays(sent, heard)]
    assert delays[3] is None
    assert [delay for delay in delays if delay is not None] == [0] * (len(delays) - 1)


def test_quantiles_medians_and_ratios() -> None:
    assert report.quantile([], 0.5) is None
    assert report.quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert report.quantile([float(n) for n in range(1, 101)], 0.99) == 99.0
    assert report.medians([{"a": 1.0, "b": None}, {"a": 3.0, "b": 2.0}]) == {"a": 2.0, "b": 2.0}
    assert report.ratios({"a": 1.0, "b": 1.0}, {"a": 4.0, "b": 0.0}) == {"a": 0.25}
    assert math.isclose(report.rounded(123.456) or 0, 123.5)


def test_terminal_waits_for_a_text_and_ends_the_program() -> None:
    program = "import time; print('\\x1b[1mwel', end='\\x1b[m', flush=True); time.sleep(0.1); "
    program += "print('come', flush=True); time.sleep(60)"
    seconds = seconds_until("welcome", [sys.executable, "-c", program], os.environ, 30.0)
    assert 0.1 < seconds < 30.0


def marked(mark: str) -> list[int]:
    """Return the processes whose environment has the mark, except zombies."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_until(condition: Any) -> None:
    """Wait until ``condition`` is true; only pytest's timeout limits the wait."""
    while not condition():
        time.sleep(0.05)


def steady(seconds: float, transit: float = 30.0) -> traces.Trace:
    send = np.arange(round(seconds * 50), dtype=np.float64) * 20.0
    return traces.Trace("steady", send, np.asarray(send + transit, np.float64))


def test_jitter_gives_its_figures_for_each_trace_beside_the_best_fixed_delay() -> None:
    chosen = {name: [(traces.made(name, 1, 12.0), 1)] for name in ("wifi", "stalls")}
    said = jitter.run(chosen, {})
    json.dumps(said, allow_nan=False)
    assert said["traces"].keys() == {"wifi", "stalls"}  # type: ignore[attr-defined]
    for each in said["traces"].values():  # type: ignore[attr-defined]
        assert 0 < each["mean_delay_ms"] < 500
        assert each["best_fixed_ms"] > 0
        assert 0 <= each["foreseeable_rate"] <= each["concealed_rate"] < 0.5
    assert said["ratio_to"]["best_fixed"]["mean_delay_ms"] > 0  # type: ignore[index]


@pytest.mark.parametrize("name", traces.KINDS)
def test_a_shipped_trace_is_one_that_its_model_made(name: str) -> None:
    shipped = traces.read(traces.FOLDER / f"{name}.csv")
    made = traces.made(name, 1, 120.0)
    count = len(shipped.send)
    assert count == 6000
    np.testing.assert_allclose(shipped.arrival, made.arrival[:count], atol=0.06)


def test_a_file_that_is_no_trace_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    for text in ("", "a,b\n1,2\n", "send_ms,arrival_ms\n0,x\n", "send_ms,arrival_ms\n0,1\n"):
        path.write_text(text)
        with pytest.raises(ValueError, match="trace") as raised:
            traces.read(path)
        assert "\n" not in str(raised.value)


def test_a_steady_network_is_listened_to_with_the_delay_that_the_device_makes() -> None:
    said = next(jitter.talks(steady(20.0), 1))
    for phase in (1.0, 4.0, 9.0):
        heard = listen(steady(20.0), said, phase)
        assert heard.concealed_rate == 0.0
        assert heard.played == pytest.approx(heard.speech, rel=0.01)
        # The first second is played with caution.
        assert phase <= heard.mean_delay <= phase + 5


def test_speech_that_is_missing_counts_as_concealed_however_it_is_missing() -> None:
    trace = steady(20.0)
    said = next(jitter.talks(trace, 1))
    held_up = trace.arrival.copy()
    held_up[500:520] = held_up[520]  # 0.4 s, then all at once
    stalled = listen(traces.Trace("stalled", trace.send, held_up), said, 4.0)
    assert stalled.made_up == pytest.approx(400, abs=60)
    assert stalled.skipped == 0
    kept = np.r_[0:500, 525:1000]
    lost = listen(traces.Trace("lost", trace.send[kept], trace.arrival[kept]), said, 4.0)
    assert lost.skipped == 500
    assert lost.concealed_rate == pytest.approx(0.025, abs=0.003)


def test_the_best_fixed_delay_is_the_least_that_conceals_no_more() -> None:
    send, arrival = np.array([0.0, 20, 40, 60]), np.array([30.0, 50, 80, 91])
    lateness = block_lateness(send, arrival, 20.0)
    assert sorted(lateness) == [20, 20, 21, 30, 30, 30, 31, 40]
    assert best_delay(lateness, 0.0) == 40
    assert best_delay(lateness, 0.124) == 40
    assert best_delay(lateness, 0.125) == 31
    assert [in_steps(delay, 4.0) for delay in (31, 34, 34.1)] == [34, 34, 44]
    assert best_delay(block_lateness(send, np.array([30.0, np.inf, 80, 91]), 20.0), 0.0) == 40


def test_only_what_is_later_than_all_before_is_unforeseen() -> None:
    trace = steady(30.0)
    arrival = trace.arrival.copy()
    for begin in (500, 700, 1300):  # the last is more than ten seconds later
        arrival[begin : begin + 5] = arrival[begin + 5]
    blocks = unforeseen(trace.send, arrival, 20.0).reshape(-1, 2).any(axis=1)
    assert list(np.flatnonzero(blocks)) == [*range(500, 505), *range(1300, 1305)]


def test_the_buffer_recovers_from_a_stall_from_repeats_and_from_its_own_machine() -> None:
    found = recovery.figures()
    assert found["played_twice"] == 0
    assert (found["stall_excess_ms"] or 0) <= 20
    assert (found["repeats_grown_ms"] or 0) <= 1
    assert (found["own_stall_grown_ms"] or 0) <= 10


@given(st.lists(st.floats(0.0, 60.0), min_size=1, max_size=50), st.integers(0, 9))
def test_nothing_overtakes_on_a_simulated_network_and_what_left_at_once_comes_at_once(
    times: list[float], seed: int
) -> None:
    sent = sorted(times)
    trace = traces.made("wifi", seed, 5.0)
    for network in (quality.even(seed, 0.1), quality.traced(trace)):
        came = network(sent)
        assert list(came) == sorted(came)
        assert all(arrival > departure for arrival, departure in zip(came, sent, strict=True))
        together = {at: {came[n] for n, other in enumerate(sent) if other == at} for at in sent}
        assert all(len(arrivals) == 1 for arrivals in together.values())


def arrived(sent: float, at: float) -> frozen.ArrivedBundle:
    """Return a bundle of one voice, sent and received at these times in seconds."""
    number = round(sent / 0.02)
    payload = draw_payload(random.Random(number), round(sent * 1e9))
    entry = BundleEntry(0, 0, number, number * 960, Flags.NONE, -20, payload)
    return frozen.ArrivedBundle(round(at * 1e9), Bundle(number * 960, (entry,)))


def test_voice_from_before_a_listener_goes_on_is_stale_whether_it_is_heard_or_not() -> None:
    begin, end = 5.0, 9.0
    times = [number * 0.02 for number in range(600)]
    nothing_kept = [arrived(sent, sent + 0.01) for sent in times if not begin <= sent < end]
    for judge in (frozen.stale_seconds, lambda got, end: heard_stale(got, begin, end)):
        assert judge(nothing_kept, round(end * 1e9)) <= 0.02
    kept = [arrived(sent, end + 0.01) for sent in times if begin <= sent < begin + 0.5]
    got = sorted([*nothing_kept, *kept], key=lambda each: each.at)
    assert frozen.stale_seconds(got, round(end * 1e9)) == pytest.approx(0.5, abs=0.03)
    assert 0 <= heard_stale(got, begin, round(end * 1e9)) <= 0.5


def heard_stale(got: list[frozen.ArrivedBundle], begin: float, end: int) -> float:
    """Return the seconds of stale voice that are heard."""
    return frozen.heard_stale_seconds(got, round(begin * 1e9), end)


@linux
def test_slow_listeners_are_counted_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_listeners, "WARM_UP", 0.3)
    monkeypatch.setattr(slow_listeners, "AFTER", 0.2)
    setting = slow_listeners.SlowSetting(listeners=5, seconds=0.5, via=None, speakers=1)
    figures, before = slow_listeners.measured(setting)
    for each in (figures, before):
        assert (each["relay_p99_ms"] or 0) > 0
        assert 0 <= (each["drop_rate"] or 0) < 1
    assert 0 < (figures["stale_s"] or 0) < 1
    assert figures["frozen_cut"] == 0, "it is half a second"


@linux
async def test_a_storm_counts_who_is_back_as_what() -> None:
    figures = await storm.measured(13, 0.2)
    kept = ("people", "back", "have_their_seat", "roles_right", "queue_right")
    assert [figures[name] for name in kept] == [13, 13, 13, 1, 1]
    assert 0 < (figures["median_s"] or 0) <= (figures["last_s"] or 0)


def test_acts_that_were_acknowledged_are_looked_for_in_the_log() -> None:
    codes = ["done", "failed", "server_full", "failed", "done"]
    record = acting.ActRecord([0.0] * 5, {at: (1.0, code) for at, code in enumerate(codes)})
    # After the third was refused the fourth changes nothing.
    for logged, found in (
        (["lock", "unlock", "lock"], [0, 0, 0]),
        (["lock", "unlock"], [1, 0, 0]),
        (["lock"], [1, 1, 0]),
        (["lock", "unlock", "unlock", "lock"], [0, 0, 1]),
    ):
        kept = record.compared_with(logged)
        assert [kept[name] for name in ("lost", "held_lost", "doubled")] == found


def test_what_a_server_grows_by_in_an_evening_is_the_slope_after_the_warm_up() -> None:
    evening = soak.SoakRecord()
    evening.memory = [(at * 10.0, 50_000 + 100 * min(at, 30)) for at in range(60)]
    assert evening.slope(0, 300) == pytest.approx(100 / 10 * 600 / 1024, rel=0.01)
    assert evening.slope(300, 600) == pytest.approx(0, abs=1e-6)
    assert evening.slope(595, 600) is None


@linux
def test_an_evening_is_busy_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "REGULARS", 4)
    monkeypatch.setattr(soak, "SPEAKERS", 1)
    monkeypatch.setattr(soak, "DOINGS", ("chat", "hand", "hand", "drop"))
    figures, _ = soak.measured(soak.SoakSetting(listeners=2, seconds=2.0, warm_up=0.5))
    assert (figures["joins_done"] or 0) >= 4
    assert [name for name in figures if name.startswith("refused")] == []
    assert (figures["drop_rate"], figures["connections_lost"], figures["log_errors"]) == (0, 0, 0)
