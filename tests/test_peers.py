"""Tests that the peers of the benchmarks are measured as roomcli is, and are what they claim to be.

No figure is judged here.
"""

from __future__ import annotations

import random
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import fanout, idle, memory
from benchmarks.compiled import missing_compiler
from benchmarks.datagram_sink import LEAST_VOICE, DatagramSink, KeptDatagram
from benchmarks.fanout import FanoutSetting
from benchmarks.peers import floor, murmur_client
from benchmarks.peers.ocb2 import Ocb2
from benchmarks.proxies import PROXIES, missing_proxy
from benchmarks.relays import PEERS, ROOMCLI_UDP, TRIO_WEBSOCKET, through
from roomcli.load.tally import STAMP_BYTES, draw_payload, read_stamp
from roomcli.protocol.audio import decode_bundle

from . import ROOT
from .support.patience import PATIENCE

KEY = bytes(range(16))
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
needs_compiler = pytest.mark.skipif(bool(missing_compiler()), reason="needs a C compiler")


@linux
@pytest.mark.parametrize("name", PEERS)
def test_each_peer_sends_voice_to_all_its_listeners(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    peer = PEERS[name]
    if lacking := peer.missing():
        pytest.skip(lacking)
    monkeypatch.setattr(fanout, "WARM_UP", 0.3)
    found = fanout.measured(FanoutSetting(2, 3, 0.6, tls=peer.needs_tls), peer)
    # Two voices of 50 frames a second for each of three listeners.
    assert found["deliveries_per_s"] == pytest.approx(300, rel=0.4)
    assert found["frames_forwarded_per_s"] == pytest.approx(100, rel=0.4)
    assert 0 <= (found["relay_p50_ms"] or 0) <= (found["relay_p99_ms"] or -1)
    assert found["drop_rate"] == pytest.approx(0, abs=0.1)
    assert found["connections_lost"] == 0


@linux
@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_passes_our_voice_on_and_what_it_takes_is_counted(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if lacking := missing_proxy(name):
        pytest.skip(lacking)
    monkeypatch.setattr(fanout, "WARM_UP", 0.3)
    found = fanout.measured(FanoutSetting(2, 3, 0.6, tls=True), through(name))
    assert found["deliveries_per_s"] == pytest.approx(300, rel=0.4)
    assert found["drop_rate"] == pytest.approx(0, abs=0.1)
    assert found["connections_lost"] == 0
    assert found["proxy_cpu_share"] is not None


@needs_compiler
def test_our_voice_goes_to_everybody_by_udp_without_a_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanout, "WARM_UP", 0.3)
    found = fanout.measured(FanoutSetting(2, 3, 0.6, tls=False, udp=True), ROOMCLI_UDP)
    assert found["deliveries_per_s"] == pytest.approx(300, rel=0.4)
    assert found["drop_rate"] == pytest.approx(0, abs=0.1)
    assert found["connections_lost"] == 0
    assert found["egress_mbit_s"] == pytest.approx(2 * 3 * 50 * 125 * 8 / 1e6, rel=0.4)
    # A message holds one frame or more, so there are no more messages than frames.
    assert (found["tick_ms"] or 0) >= 900 / (found["frames_forwarded_per_s"] or 1)


@linux
def test_a_peer_that_is_not_there_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "benchmarks.fanout", "--peer", "floor", "--listeners", "2"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "not measured: floor needs a C compiler: apt install gcc libc6-dev"
    )


@linux
def test_idle_counts_what_signs_of_life_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "SETTLE", 0.3)
    found = idle.measured(idle.IdleSetting(200, 2.0, tls=False), TRIO_WEBSOCKET)
    share = found["server_cpu_share"] or 0
    assert 0 < share < 1
    assert found["cpu_us_per_ack"] == pytest.approx(share * 1e6 / 400, rel=0.5)


@linux
def test_memory_is_what_each_listener_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "ALREADY", 3)
    monkeypatch.setattr(memory, "SETTLE", 0.3)
    assert 5 < memory.growth(TRIO_WEBSOCKET, 50, tls=False) < 200


@needs_compiler
def test_the_sink_counts_datagrams_with_voice_of_all_and_keeps_those_of_some(
    tmp_path: Path,
) -> None:
    pairs = [_pair() for _ in range(40)]
    sink = DatagramSink([receiving for _, receiving in pairs], tmp_path)
    try:
        begin = time.monotonic_ns()
        sink.order(begin, begin + 10**11, begin + 2 * 10**9)
        for number, (sending, _) in enumerate(pairs):
            sending.send(bytes([number]) * LEAST_VOICE)
            sending.send(b"a sign of life")
        counted = sink.result()
    finally:
        sink.close()
        for both in pairs:
            for each in both:
                each.close()
    assert (counted.datagrams, counted.size) == (40, 40 * LEAST_VOICE)
    assert sink.checked == 20
    voices = {each.listener: each for each in counted.kept if len(each.datagram) == LEAST_VOICE}
    assert sorted(voices) == list(range(0, 40, 2))
    assert len(counted.kept) == 40
    for number, kept in voices.items():
        assert kept == KeptDatagram(number, kept.arrival, bytes([number]) * LEAST_VOICE)
        assert begin < kept.arrival < begin + 10**11


def _pair() -> tuple[socket.socket, socket.socket]:
    receiving = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiving.bind(("127.0.0.1", 0))
    sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sending.connect(receiving.getsockname())
    return sending, receiving


@pytest.mark.parametrize("udp", [False, True])
@pytest.mark.parametrize("voices", [1, 4, 10])
def test_the_floor_sends_bundles_with_the_times_in_the_payloads(voices: int, udp: bool) -> None:
    data = floor.draw_frames(voices, udp=udp)
    (count,) = struct.unpack_from("=I", data)
    assert count == floor.FRAMES
    at, sizes = 4, set[int]()
    for _ in range(count):
        size, times = struct.unpack_from("=II", data, at)
        places = struct.unpack_from(f"={times}I", data, at + 8)
        at += 8 + 4 * times
        frame = bytearray(data[at : at + size])
        at += size
        sizes.add(size)
        for number, place in enumerate(places, 1):
            frame[place : place + STAMP_BYTES] = number.to_bytes(STAMP_BYTES)
        before, after = floor.AROUND_DATAGRAM
        head = before if udp else 2 if frame[1] < 126 else 4
        bundle = decode_bundle(bytes(frame[head : size - after if udp else size]))
        stamps = [read_stamp(entry.payload) for entry in bundle.entries]
        assert stamps == list(range(1, voices + 1))
        assert all(80 <= len(entry.payload) <= 100 for entry in bundle.entries)
    assert at == len(data)
    assert len(sizes) > 1


def test_ocb2_gives_what_its_draft_says() -> None:
    seal = Ocb2(KEY, KEY, KEY)
    assert seal.encrypt(KEY, b"") == (b"", bytes.fromhex("bf3108130773ad5ec70ec69e7875a7b0"))
    encrypted, tag = seal.encrypt(KEY, bytes(range(40)))
    assert encrypted.hex() == (
        "f75d6bc8b4dc8d66b836a2b08b32a6369f1cd3c5228d79fd6c267f5f6aa7b231c7dfb9d59951ae9c"
    )
    assert tag.hex() == "9db0cdf880f73e3e10d4eb3217766688"
    assert seal.decrypt(KEY, encrypted) == (bytes(range(40)), tag)


def test_ocb2_opens_what_the_other_side_sealed_in_order_and_nothing_else() -> None:
    ours, theirs = bytes([250]) + bytes(15), bytes([255]) * 16
    one, other = Ocb2(KEY, ours, theirs), Ocb2(KEY, theirs, ours)
    chance = random.Random(1)
    for size in range(128):
        plain = chance.randbytes(size)
        datagram = one.seal(plain)
        assert len(datagram) == size + 4
        for changed in {0, 3, len(datagram) - 1}:
            forged = bytearray(datagram)
            forged[changed] ^= 1
            with pytest.raises(ValueError, match="other side"):
                other.open(bytes(forged))
        if size % 3:  # the rest is lost on the way
            assert other.open(datagram) == plain
            with pytest.raises(ValueError, match="other side"):
                other.open(datagram)
        assert one.open(other.seal(plain)) == plain


def test_numbers_of_mumble_are_read_as_they_are_written() -> None:
    known = {0: "00", 127: "7f", 128: "8080", 16383: "bfff", 16384: "c04000", 2097152: "e0200000"}
    for number, encoded in known.items():
        assert murmur_client.varint(number).hex() == encoded
    for number in (*known, 300, 99_999, 2**28 - 1):
        data = b"\xff" + murmur_client.varint(number) + b"\xff"
        assert murmur_client.read_varint(data, 1) == (number, len(data) - 1)


def test_fields_of_mumble_are_read_as_they_are_written() -> None:
    body = murmur_client.text_field(2, "é" * 100) + murmur_client.number_field(5, 300)
    assert body[-3:] == b"\x28\xac\x02"
    assert murmur_client.bytes_fields(body + murmur_client.text_field(3, "")) == {
        2: ("é" * 100).encode(),
        3: b"",
    }


def test_voice_of_mumble_tells_who_spoke_and_when() -> None:
    payload = draw_payload(random.Random(1), 123_456_789)
    parts = (bytes([4 << 5]), *map(murmur_client.varint, (300, 7, len(payload))), payload)
    tally = murmur_client.voice_in(b"".join(parts), 150)
    assert tally is not None
    assert (tally.slots, tally.stamps, tally.size) == ([300], [123_456_789], 150)
    assert murmur_client.voice_in(murmur_client.udp_ping(5), 20) is None
