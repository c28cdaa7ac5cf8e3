"""``python -m tests``: everything that has to hold, in one command.

Formatting, lint, types, who imports whom, and the tests. What a test needs and this machine lacks
is named with its test at the end; with ``CI`` set, such a gap is a failure. With words after the
command it is pytest alone that runs, with these.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from . import ROOT

BIN = Path(sys.executable).parent
CHECKS = (
    (str(BIN / "ruff"), "check", "--quiet", "."),
    (str(BIN / "ruff"), "format", "--check", "--quiet", "."),
    (sys.executable, "-m", "mypy"),
    (str(BIN / "lint-imports"), "--no-cache"),
)


ALONE = ("test_quality.py", "test_pulse.py", "test_faults.py")
"""Tests that listen, or that look at the time: nothing else may run beside them."""
PYTEST = (sys.executable, "-m", "pytest")
TESTS = (
    (
        *PYTEST,
        "-n",
        "auto",
        "--dist",
        "worksteal",
        *(f"--ignore=tests/journeys/{name}" for name in ALONE),
    ),
    (*PYTEST, *(f"tests/journeys/{name}" for name in ALONE)),
)


def main() -> int:
    """Run the checks, then the tests; the first failure's code."""
    _bring_pesq()
    commands = [(*PYTEST, *sys.argv[1:])] if sys.argv[1:] else [*CHECKS, *TESTS]
    for command in commands:
        print("+", Path(command[0]).name, *command[1:], flush=True)
        code = subprocess.run(command, cwd=ROOT).returncode
        if code:
            return code
    return 0


def _bring_pesq() -> None:
    """PESQ has no wheels: get it where it can be built, do without it elsewhere."""
    if importlib.util.find_spec("pesq") or not (shutil.which("cc") or shutil.which("gcc")):
        return
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt")
    if subprocess.run([*pip, "--editable", ".[quality]"], cwd=ROOT, capture_output=True).returncode:
        print("PESQ could not be built here: the tests that need it are left out", flush=True)


if __name__ == "__main__":
    sys.exit(main())
