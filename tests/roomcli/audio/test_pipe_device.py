"""Tests of another program as microphone: late, early, gone, and not what it should be."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from roomcli.audio.devices import open_input
from roomcli.audio.pipe_device import PipeInput
from roomcli.audio.samples import BLOCK, RATE, Samples
from roomcli.errors import AudioError

from .test_devices import capture, sine, write_wav


class PipedProgram:
    """The writing end of a pipe, and the microphone at its other end, whose clock the test is."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.write_end, False)
        self.microphone = PipeInput(self.read_end)

    def writes(self, sound: Samples) -> None:
        os.write(self.write_end, np.rint(sound * 32767).astype("<i2").tobytes())

    def ends(self) -> None:
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1

    def heard(self, blocks: int) -> Samples:
        for _ in range(blocks):
            self.microphone._step()
        return self.microphone.ring.read(blocks * BLOCK)[0]


@pytest.fixture
def program() -> Iterator[PipedProgram]:
    made = PipedProgram()
    yield made
    made.microphone.close()
    made.ends()
    os.close(made.read_end)


def sounding(sound: Samples) -> np.ndarray:
    """Return for each block whether anything is in it."""
    return np.asarray(np.any(sound.reshape(-1, BLOCK), axis=1))


def test_what_is_written_is_heard_and_its_end_is_told(program: PipedProgram) -> None:
    program.writes(sine(0.2, RATE))
    program.ends()
    heard = program.heard(30)
    assert np.allclose(heard[: RATE // 5], sine(0.2, RATE), atol=1e-4)
    assert not np.any(heard[RATE // 5 :])
    assert program.microphone.ended
    assert program.microphone.position == pytest.approx(0.2, abs=0.02)
    assert program.microphone.failed is None


def test_a_late_program_is_waited_for_once_not_in_pieces(program: PipedProgram) -> None:
    program.writes(sine(0.1, RATE))
    assert sounding(program.heard(20)).tolist() == [True] * 10 + [False] * 10
    program.writes(sine(0.05, RATE))
    assert not np.any(program.heard(5)), "too little to go on with"
    program.writes(sine(0.2, RATE))
    assert sounding(program.heard(25)).tolist() == [True] * 25


def test_a_program_with_much_to_give_waits_for_us(program: PipedProgram) -> None:
    written = 0
    for block in range(200):
        with contextlib.suppress(BlockingIOError):
            written += os.write(program.write_end, b"\1\1" * (RATE // 5)) // 2
        assert np.all(program.heard(1))
        assert written <= (block + 1) * BLOCK + RATE, "no more than a second waits"


def test_what_is_paused_is_not_read_and_fades(program: PipedProgram) -> None:
    program.writes(np.full(RATE // 4, 0.5, np.float32))
    program.heard(5)
    program.microphone.paused = True
    pausing = program.heard(3)
    assert np.max(np.abs(np.diff(pausing))) < 0.01
    assert not np.any(pausing[BLOCK:])
    program.microphone.paused = False
    assert sounding(program.heard(18)).tolist() == [True] * 18
    with pytest.raises(AudioError, match="cannot be wound"):
        program.microphone.seek(1.0)


@pytest.mark.parametrize("half", [b"\x01", b""])
def test_half_a_sample_at_the_end_is_no_matter(program: PipedProgram, half: bytes) -> None:
    program.writes(sine(0.1, RATE))
    os.write(program.write_end, half)
    program.ends()
    program.heard(20)
    assert program.microphone.ended
    assert program.microphone.failed is None


def test_a_file_that_is_piped_in_is_refused_before_it_is_noise(
    tmp_path: Path, program: PipedProgram
) -> None:
    write_wav(tmp_path / "talk.wav", sine(0.1, RATE), 2, RATE)
    os.write(program.write_end, (tmp_path / "talk.wav").read_bytes())
    assert not np.any(program.heard(20))
    assert "a WAV file, no raw samples" in str(program.microphone.failed)
    with pytest.raises(AudioError, match="nothing is open"):
        PipeInput(program.read_end)
    program.read_end = os.dup(program.write_end)  # for the fixture to close


def test_a_number_of_nothing_that_can_be_read_is_refused() -> None:
    nothing = os.open("/dev/null", os.O_WRONLY)
    for number in (0, 1, 2, nothing, 99_999):
        with pytest.raises(AudioError, match="cannot read"):
            PipeInput(number)
    os.close(nothing)


def test_it_is_a_microphone_in_real_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(np.full(RATE // 5, 8192, "<i2").tobytes())
        heard = capture(open_input(f"fd:{ours.fileno()}"), RATE // 5)
    assert np.all(heard == 0.25)
