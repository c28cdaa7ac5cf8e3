"""Tests that the burner burns as many cores as it is told to, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.processes import LineProcess

from . import ROOT
from .support.patience import PATIENCE
from .support.terminal import children


@pytest.mark.parametrize("told_by", ["SIGTERM", "the end of its input"])
def test_it_burns_until_it_is_told_to_end(told_by: str) -> None:
    burner = LineProcess.start([sys.executable, "-m", "tests.burn", "1"])
    try:
        assert burner.read_line(PATIENCE).startswith("burning 1 cores")
        assert children(burner.pid)
        if told_by == "SIGTERM":
            burner.process.terminate()
            assert burner.process.wait(PATIENCE) == 0
        else:
            assert burner.ended(PATIENCE) == 0
    finally:
        burner.kill()


def test_it_says_what_it_wants() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.burn"], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "CORES" in done.stderr
