"""Tests of played files: pausing, other places, and keeping time with somebody else's clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roomcli.audio.devices import open_beside
from roomcli.audio.file_device import FileInput
from roomcli.audio.played_device import LEAD, PlayedDevice
from roomcli.audio.samples import BLOCK, RATE, Samples
from roomcli.errors import AudioError

from .test_devices import write_wav
from .test_sound_file import KINDS, write_sound


def stairs(seconds: int, rate: int = RATE) -> Samples:
    """Return a sound in which each second has a pitch of its own."""
    time = np.arange(seconds * rate) / rate
    return np.asarray(0.5 * np.sin(2 * np.pi * 500 * (1 + time // 1) * time), np.float32)


def second_of(sound: Samples) -> float:
    """Return which second of the stairs this is."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 16))
    return float(np.argmax(spectrum)) * RATE / (1 << 16) / 500 - 1


def played(device: PlayedDevice, blocks: int) -> Samples:
    """Return what is heard in the next blocks, of which the test is the clock."""
    device.ring.skip(device.ring.fill)
    for _ in range(blocks):
        device._step()
    assert device.failed is None
    return device.ring.read(blocks * BLOCK)[0]


@pytest.fixture(params=["talk.wav", "slow.wav", *KINDS])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = tmp_path / str(request.param)
    if made.suffix == ".wav":
        rate = 16_000 if made.stem == "slow" else RATE
        write_wav(made, stairs(6, rate), 2, rate)
        return made
    return write_sound(made, stairs(6))


def test_one_goes_on_at_the_place_that_is_sought(path: Path) -> None:
    file = FileInput(path)
    assert file.duration == pytest.approx(6.0, abs=0.1)
    assert second_of(played(file, 20)) == pytest.approx(0, abs=0.05)
    for place in (4.5, 1.5, 3.5):
        file.seek(place)
        assert file.position == place
        played(file, 5)  # a decoder may need a moment
        assert second_of(played(file, 20)) == pytest.approx(place // 1, abs=0.05)
        assert file.position == pytest.approx(place + 0.25, abs=0.001)
    file.seek(100.0)
    played(file, 30)
    assert file.ended
    file.seek(-5.0)
    assert second_of(played(file, 20)) == pytest.approx(0, abs=0.05)
    assert not file.ended
    file.close()


def test_what_is_paused_or_held_stands_still_and_goes_on_without_a_click(tmp_path: Path) -> None:
    write_wav(tmp_path / "talk.wav", np.full(RATE, 0.5, np.float32), 2, RATE)
    file = FileInput(tmp_path / "talk.wav")
    played(file, 10)
    for switch in ("paused", "held"):
        setattr(file, switch, True)
        pausing = played(file, 20)
        before = file.position
        setattr(file, switch, False)
        going = played(file, 20)
        assert not np.any(pausing[BLOCK:])
        assert file.position == pytest.approx(before + 0.2)
        assert np.max(np.abs(np.diff(np.concatenate((pausing, going))))) < 0.01
        assert going[-1] == pytest.approx(0.5, abs=1e-3)
    file.close()


def test_one_that_is_taken_keeps_the_takers_time(path: Path) -> None:
    file = open_beside(str(path))
    file._step()
    assert file.ring.fill >= LEAD
    for n in range(100):
        if n % 3 == 0:
            file._step()
        assert file.position == pytest.approx(n * 0.01, abs=0.001)
        assert np.any(file.take_block())
    file.paused = True
    file.take_block()
    assert not np.any(file.take_block())
    assert file.position == pytest.approx(1.01, abs=0.001)
    file.seek(4.5)
    file.paused = False
    file._step()
    heard = np.concatenate([file.take_block() for _ in range(LEAD // BLOCK)])
    assert second_of(heard[LEAD // 4 :]) == pytest.approx(4, abs=0.05)
    for _ in range(700):
        file._step()
        file.take_block()
    assert file.ended
    assert not np.any(file.take_block())
    file.close()


def test_a_missing_file_is_refused() -> None:
    for path in (None, "", "/no/talk.mp3"):
        with pytest.raises(AudioError):
            open_beside(path)
