"""The result of a frontend: what the command line tells the shell and the user."""

from __future__ import annotations

from dataclasses import dataclass

INTERRUPTED = 130


@dataclass(frozen=True)
class Outcome:
    """The exit code of the process and one line for the user, empty if nothing is left to say.

    ``code`` is the engine's code for why the session is over, as ``left`` gives it; empty if there
    is none.
    """

    exit_code: int
    text: str = ""
    code: str = ""
