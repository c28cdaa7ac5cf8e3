"""Run everything that has to pass, in one command: ``python -m tests``.

That is formatting, lint, types, import contracts, and the tests. What a test needs and this machine
lacks is named with its test at the end; with ``CI`` set, such a gap is a failure. With words after
the command only pytest runs, with these words.
"""

from __future__ import annotations

import importlib.util
import os
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
"""Test files that judge sound or time, so that nothing else may run beside them."""
WORKERS = (os.cpu_count() or 1) + 1
"""One more than there are cores, since tests also wait."""
PYTEST = (sys.executable, "-m", "pytest")
TESTS = (
    (
        *PYTEST,
        "-n",
        str(WORKERS),
        "--dist",
        "worksteal",
        *(f"--ignore=tests/journeys/{name}" for name in ALONE),
    ),
    (*PYTEST, *(f"tests/journeys/{name}" for name in ALONE)),
)


def main() -> int:
    """Run the checks and then the tests; return the exit code of the first failure."""
    _bring_pesq()
    commands = [(*PYTEST, *sys.argv[1:])] if sys.argv[1:] else [*CHECKS, *TESTS]
    for command in commands:
        print("+", Path(command[0]).name, *command[1:], flush=True)
        code = subprocess.run(command, cwd=ROOT).returncode
        if code:
            return code
    return 0


def _bring_pesq() -> None:
    """Install PESQ where it can be built, since it has no wheels; elsewhere do without it."""
    if importlib.util.find_spec("pesq") or not (shutil.which("cc") or shutil.which("gcc")):
        return
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt")
    if subprocess.run([*pip, "--editable", ".[quality]"], cwd=ROOT, capture_output=True).returncode:
        print("PESQ could not be built here: the tests that need it are left out", flush=True)


if __name__ == "__main__":
    sys.exit(main())
