"""The small C programs of the benchmarks, compiled when they are needed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .report import NotMeasured


def missing_compiler() -> str | None:
    """Say what to install where no C compiler is found."""
    return None if shutil.which("cc") else "needs a C compiler: apt install gcc libc6-dev"


def compile_c(source: Path, folder: Path) -> Path:
    """Compile a program of one file into ``folder``. Raises NotMeasured if that fails."""
    if lacking := missing_compiler():
        raise NotMeasured(lacking)
    program = folder / source.stem
    command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotMeasured(f"{source.name} does not compile: {done.stderr.strip()[-500:]}")
    return program
