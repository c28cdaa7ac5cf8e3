"""How a frontend ends: what the command line tells the shell and the person."""

from __future__ import annotations

from dataclasses import dataclass

INTERRUPTED = 130


@dataclass(frozen=True)
class Outcome:
    """The exit code of the process and one line for the person, empty when all is said.

    ``code`` is the engine's word for why it is over, as its ``left`` gives it; empty without one.
    """

    exit_code: int
    text: str = ""
    code: str = ""
