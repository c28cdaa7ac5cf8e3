"""``python -m tests``: everything that has to hold, in one command.

Formatting, lint, types, who imports whom, and the tests. What a test needs and this machine lacks
is named with its test at the end; with ``CI`` set, such a gap is a failure.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    (str(BIN / "ruff"), "check", "--quiet", "."),
    (str(BIN / "ruff"), "format", "--check", "--quiet", "."),
    (sys.executable, "-m", "mypy"),
    (str(BIN / "lint-imports"), "--no-cache"),
)


def main() -> int:
    """Run the checks, then pytest with the words after the command; the first failure's code."""
    _bring_pesq()
    for check in CHECKS:
        print("+", Path(check[0]).name, *check[1:], flush=True)
        code = subprocess.run(check, cwd=ROOT).returncode
        if code:
            return code
    return subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], cwd=ROOT).returncode


def _bring_pesq() -> None:
    """PESQ has no wheels: get it where it can be built, do without it elsewhere."""
    if importlib.util.find_spec("pesq") or not (shutil.which("cc") or shutil.which("gcc")):
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--editable", ".[quality]"]
    if subprocess.run(pip, cwd=ROOT, capture_output=True).returncode:
        print("PESQ could not be built here: the tests that need it are left out", flush=True)


if __name__ == "__main__":
    sys.exit(main())
