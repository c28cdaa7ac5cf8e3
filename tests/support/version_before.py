"""The server of the version before, from this repository's history, run by the same Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .. import ROOT

VERSION_BEFORE = "8e748c715aafe3131f022daedf839cf23a54d3e2"
"""The commit whose servers have to work in one cluster with today's."""
_PACKAGES = ("roomcli", "server")


def _git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)


def has_history() -> bool:
    """Whether that version can be had: a source archive has no history, and a clone may lack it.

    What was recorded of it is read in any case (tests/server/nodes/messages_before.json).
    """
    return (ROOT / ".git").exists() and not _git(
        "cat-file", "-e", f"{VERSION_BEFORE}^{{commit}}"
    ).returncode


def lay_out(folder: Path) -> dict[str, str]:
    """Put that version's files into the folder; return an environment in which they are found."""
    archive = _git("archive", VERSION_BEFORE, *_PACKAGES)
    assert archive.returncode == 0, archive.stderr
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    words = [sys.executable, "-c", "import server; print(server.__file__)"]
    found = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(folder)
    return environment
