"""Tests of devices without hardware: files, tones, nothing, and the clock that paces them."""

from __future__ import annotations

import sys
import threading
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.processes import LineProcess
from roomcli.audio import paced_device
from roomcli.audio.device import InputDevice
from roomcli.audio.devices import open_input, open_output
from roomcli.audio.file_device import FileInput
from roomcli.audio.paced_device import Pacer
from roomcli.audio.samples import BLOCK, RATE, Samples
from roomcli.errors import AudioError

from ...support.patience import PATIENCE


def capture(device: InputDevice, count: int) -> Samples:
    """Start a device, return its first ``count`` samples, and close it."""
    enough = threading.Event()

    def look() -> None:
        if device.ring.fill >= count:
            enough.set()

    device.start(look)
    try:
        assert enough.wait(PATIENCE)
    finally:
        device.close()
    return device.ring.read(count)[0]


def pitch(sound: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18))
    return float(np.argmax(spectrum)) * RATE / (1 << 18)


def write_wav(path: Path, samples: Samples, width: int, rate: int, channels: int = 1) -> None:
    integers = np.asarray(samples * (2 ** (8 * width - 1) - 1), dtype="<i8")
    data = integers.view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)


def sine(seconds: float, rate: int, hertz: float = 500) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(0.5 * np.sin(2 * np.pi * hertz * time), dtype=np.float32)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_file_is_a_microphone_bit_for_bit(tmp_path: Path, width: int) -> None:
    write_wav(tmp_path / "talk.wav", sine(0.105, RATE), width, RATE)
    microphone = open_input(f"file:{tmp_path / 'talk.wav'}")
    heard = capture(microphone, round(0.2 * RATE))
    said = round(0.105 * RATE)
    assert np.allclose(heard[:said], sine(0.105, RATE), atol=1e-4)
    assert not np.any(heard[said:]), "then silence"
    assert isinstance(microphone, FileInput)
    assert microphone.ended


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (16_000, 1), (96_000, 1)])
def test_file_of_another_rate_is_resampled_and_mixed(
    tmp_path: Path, rate: int, channels: int
) -> None:
    sound = np.repeat(sine(0.4, rate), channels)
    write_wav(tmp_path / "talk.wav", sound, 2, rate, channels)
    heard = capture(open_input(f"file:{tmp_path / 'talk.wav'}"), round(0.5 * RATE))
    said = heard[: round(0.4 * RATE)]
    assert pitch(said) == pytest.approx(500, abs=2)
    assert np.sqrt(np.mean(said**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.03)
    assert not np.any(heard[round(0.42 * RATE) :])


def test_missing_file_and_unwritable_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="No such file"):
        open_input(f"file:{tmp_path}/no.wav")
    with pytest.raises(AudioError, match="cannot write"):
        open_output(f"file:{tmp_path}/no/heard.wav")


def test_file_as_speaker_is_a_valid_wav_file_after_every_block(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    speaker = open_output(f"file:{path}")
    speaker.ring.write(sine(0.1, RATE))
    lengths: list[int] = []
    enough = threading.Event()

    def look() -> None:
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
            lengths.append(len(file.readframes(10**9)) // 2)
        if len(lengths) == 20:
            enough.set()

    speaker.start(look)
    assert enough.wait(PATIENCE)
    speaker.close()
    assert lengths[:20] == [BLOCK * n for n in range(1, 21)]
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(RATE // 10), dtype="<i2") / 32767
    assert np.allclose(samples, sine(0.1, RATE), atol=1e-4)


def test_file_as_speaker_survives_kill(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    code = (
        "import sys, threading; from roomcli.audio.devices import open_output\n"
        "device, count = open_output('file:' + sys.argv[1]), 0\n"
        "def wake():\n"
        "    global count\n"
        "    count += 1\n"
        "    if count == 10: print('ten', flush=True)\n"
        "device.start(wake); threading.Event().wait()"
    )
    child = LineProcess.start([sys.executable, "-c", code, str(path)])
    try:
        assert child.read_line(PATIENCE) == "ten"
    finally:
        child.kill()
    with wave.open(str(path)) as file:
        assert file.getnframes() >= 10 * BLOCK
        assert len(file.readframes(10**9)) == 2 * file.getnframes()


def test_close_writes_what_was_still_to_be_heard(tmp_path: Path) -> None:
    speaker = open_output(f"file:{tmp_path / 'heard.wav'}")
    speaker.ring.write(sine(0.3, RATE))
    speaker.start(lambda: None)
    speaker.close()
    speaker.close()
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert file.getnframes() >= 0.3 * RATE


def test_tone_has_its_pitch_and_level_and_no_seams() -> None:
    heard = capture(open_input("tone:997"), round(0.3 * RATE))
    assert pitch(heard) == pytest.approx(997, abs=1)
    assert 20 * np.log10(np.sqrt(np.mean(heard**2))) == pytest.approx(-20, abs=0.1)
    assert np.max(np.abs(np.diff(heard))) <= 0.1 * np.sqrt(2) * 2 * np.pi * 997 / RATE * 1.01


def test_none_hears_nothing_and_takes_everything() -> None:
    assert not np.any(capture(open_input("none"), RATE // 10))
    speaker = open_output("none")
    speaker.ring.write(sine(0.1, RATE))
    drained = threading.Event()
    speaker.start(lambda: None if speaker.ring.fill else drained.set())
    assert drained.wait(PATIENCE)
    speaker.close()


@pytest.mark.parametrize("spec", ["tone:x", "tone:5", "tone:nan", "file:"])
def test_spec_that_makes_no_sense_is_refused(spec: str) -> None:
    with pytest.raises(AudioError):
        open_input(spec)


class SteppedClock:
    """A clock that moves only while somebody waits, and when a step takes time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.closing = False

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.closing


def pace(monkeypatch: pytest.MonkeyPatch, durations: dict[int, float], count: int) -> list[float]:
    """Return the times of ``count`` calls; ``durations`` has the calls that take long."""
    clock, times = SteppedClock(), []

    def step() -> None:
        times.append(round(clock.now - 100.0, 6))
        clock.now += durations.get(len(times), 0.001)
        clock.closing = len(times) == count

    monkeypatch.setattr(paced_device, "time", SimpleNamespace(monotonic=clock.monotonic))
    pacer = Pacer(step, "test")
    pacer._closing = clock  # type: ignore[assignment]
    pacer._run()
    return times


def test_pacing_does_not_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pace(monkeypatch, {}, 1000) == [round(0.01 * n, 6) for n in range(1, 1001)]


def test_short_stall_is_caught_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pace(monkeypatch, {10: 0.5}, 200)[-1] == pytest.approx(2.0)


def test_long_stall_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    times = pace(monkeypatch, {10: 60.0}, 20)
    assert times[10] == pytest.approx(60.1)
    assert np.allclose(np.diff(times[10:]), 0.01)
