"""The result of a frontend: what the command line tells the shell and the user."""

from __future__ import annotations

from dataclasses import dataclass

INTERRUPTED = 130
PASSWORD_TRIES = 3
"""How often somebody may type the password of a room before they stay outside."""


@dataclass(frozen=True)
class Outcome:
    """The exit code of the process and one line for the user, empty if nothing is left to say.

    ``code`` is the engine's code for why the session is over, as ``left`` gives it; empty if there
    is none.
    """

    exit_code: int
    text: str = ""
    code: str = ""

    @property
    def wants_password(self) -> bool:
        """Whether the room can be entered with its password, or with another one."""
        return self.code in ("password_needed", "wrong_password")

    @property
    def wants_host_token(self) -> bool:
        """Whether the room can be opened with the server's host token, or with another one."""
        return self.code == "hosting_not_allowed"
