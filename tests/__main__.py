"""Run everything that has to pass, in one command: ``python -m tests``.

That is formatting, lint, types, and the tests, import contracts among them. What a test needs and
this machine lacks is named with its test at the end; with ``CI`` set, such a gap is a failure. With
words after the command only pytest runs, with these words.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from . import ROOT

BIN = Path(sys.executable).parent
CORES = os.cpu_count() or 1
RUFF = (str(BIN / "ruff"), "check", "--quiet", ".")
FORMAT = (str(BIN / "ruff"), "format", "--check", "--quiet", ".")
TYPES = (sys.executable, "-m", "mypy", "--num-workers", str(CORES))
CHECKS = (RUFF, FORMAT, TYPES)

PYTEST = (sys.executable, "-m", "pytest")
SPREAD = ("--dist", "worksteal", "-n")
SIDE_BY_SIDE = (*PYTEST, *SPREAD, str(min(3 * CORES, CORES + 8)))
"""All the tests: by more workers than there are cores, since at any moment many tests wait."""
READ_ALL = (*PYTEST, "-q", "-k", "test_requirements")
"""Reads all tests and runs few: leaves the bytecode that else each worker makes for itself."""
WAITING = ("tests/journeys/test_faults.py",)
"""Tests that judge how long things take, and mostly wait: nothing computes beside them but types,
and what the next step needs, which have what these leave."""
LISTENING = ("tests/journeys/test_quality.py", "tests/journeys/test_pulse.py")
"""Tests that judge sound, so that nothing else may run beside them."""
REST = tuple(f"--ignore={path}" for path in (*WAITING, *LISTENING))

Command = tuple[str, ...]
STEPS: tuple[tuple[Command, ...], ...] = (
    (RUFF,),
    (FORMAT,),
    ((*PYTEST, *SPREAD, str(CORES), *WAITING), READ_ALL, TYPES),
    ((*SIDE_BY_SIDE, *REST),),
    ((*PYTEST, *LISTENING),),
)
"""What runs one after the other, and within a step beside each other."""


def main() -> int:
    """Run the checks and the tests; return the exit code of the first failure."""
    _bring_pesq()
    steps = [((*PYTEST, *sys.argv[1:]),)] if sys.argv[1:] else STEPS
    for step in steps:
        code = _run(*step)
        if code:
            return code
    return 0


def _run(command: Command, *beside: Command) -> int:
    """Run a command, and those beside it with the time that it leaves, to their ends.

    What they say follows on what it says. Returns the exit code of the first that failed.
    """
    with ExitStack() as stack:
        others = [
            stack.enter_context(
                subprocess.Popen(
                    ("nice", *each), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
                )
            )
            for each in beside
        ]
        _tell(command)
        code = subprocess.run(command, cwd=ROOT).returncode
        for each, other in zip(beside, others, strict=True):
            said, _ = other.communicate()
            _tell(each)
            sys.stdout.buffer.write(said)
            sys.stdout.flush()
            code = code or other.returncode
    return code


def _tell(command: Command) -> None:
    print("+", Path(command[0]).name, *command[1:], flush=True)


def _bring_pesq() -> None:
    """Install PESQ where it can be built, since it has no wheels; elsewhere do without it."""
    if importlib.util.find_spec("pesq") or not (shutil.which("cc") or shutil.which("gcc")):
        return
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt")
    if subprocess.run([*pip, "--editable", ".[quality]"], cwd=ROOT, capture_output=True).returncode:
        print("PESQ could not be built here: the tests that need it are left out", flush=True)


if __name__ == "__main__":
    sys.exit(main())
