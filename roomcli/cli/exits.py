"""Exit codes of roomcli, which scripts rely on."""

from __future__ import annotations

from ..errors import CommandRefused, ConfigError, ConnectionFailed, UsageError

DONE = 0
FAILED = 1
WRONG_USAGE = 2
NOT_CONNECTED = 3
REFUSED = 4
INTERRUPTED = 130

_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (UsageError, WRONG_USAGE),
    (ConfigError, WRONG_USAGE),
    (ConnectionFailed, NOT_CONNECTED),
    (CommandRefused, REFUSED),
    (KeyboardInterrupt, INTERRUPTED),
)


def exit_code(error: BaseException) -> int:
    """Return the exit code with which roomcli ends because of ``error``."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)
