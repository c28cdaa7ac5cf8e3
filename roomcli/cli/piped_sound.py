"""``--mic -``: sound that another program writes into standard input."""

from __future__ import annotations

import os

from ..errors import AudioError, UsageError

_STDIN = 0
_INSTEAD = "give the sound another number, as in `--mic fd:3 3< <(PROGRAM)`"


def take_standard_input(*, for_commands: bool) -> str:
    """Return the ``--mic`` of what is on standard input, and read keys from the terminal instead.

    ``for_commands``: commands come in by standard input. Raises UsageError where they could come
    from nowhere else, AudioError where nothing is piped in.
    """
    if for_commands:
        raise UsageError(f"--jsonl reads commands where --mic - reads sound: {_INSTEAD}")
    try:
        if os.isatty(_STDIN):
            raise AudioError(
                "--mic - plays what is piped in, and nothing is: `ffmpeg -i FILE -f s16le "
                "-ar 48000 -ac 1 - | roomcli join ROOM --mic -`"
            )
        sound = os.dup(_STDIN)
    except OSError as error:
        raise AudioError("--mic - plays what is piped in, and standard input is closed") from error
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        os.close(sound)
        raise UsageError(f"--mic - leaves no terminal to read commands from: {_INSTEAD}") from error
    os.dup2(terminal, _STDIN)
    os.close(terminal)
    return f"fd:{sound}"


def check_open(descriptor: int) -> None:
    """Raise AudioError unless something is open under this number."""
    try:
        os.fstat(descriptor)
    except OSError as error:
        raise AudioError(f"cannot read fd:{descriptor}: nothing is open there") from error
