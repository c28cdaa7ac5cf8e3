"""The errors that roomcli raises on purpose, and what each means.

    RoomcliError
    ├── UsageError          a person asked for something that makes no sense (exit code 2)
    ├── ConfigError         a file or setting of the person cannot be used (exit code 2)
    ├── AudioError          a device, file or codec is missing or failed (exit code 1)
    ├── ProtocolError       the peer sent what the protocol does not allow
    ├── ConnectionFailed    no connection could be made (exit code 3)
    ├── ConnectionLost      an open connection ended
    ├── CommandRefused      the server understood and said no (exit code 4)
    └── StoreError          the server cannot read or write what it keeps

The text of each is one line for a person: what, why, what to do.
"""

from __future__ import annotations


class RoomcliError(Exception):
    """The base of all roomcli errors; never raised itself."""


class UsageError(RoomcliError):
    """The words of a command do not fit together."""


class ConfigError(RoomcliError):
    """A configuration file, key file or folder cannot be used."""


class AudioError(RoomcliError):
    """A sound device, audio file or codec is missing, busy or broken."""


class ProtocolError(RoomcliError):
    """The peer's bytes are not a message of the protocol.

    ``code`` is stable and goes to the peer; the text is for the peer's developer. ``command`` and
    ``ref`` are those of the refused command, as far as they could be read.
    """

    def __init__(self, code: str, text: str, *, command: str = "", ref: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.command = command
        self.ref = ref


class ConnectionFailed(RoomcliError):
    """No connection to the server could be made: address, network, certificate."""


class ConnectionLost(RoomcliError):
    """The connection ended or fell silent."""


class CommandRefused(RoomcliError):
    """The server understood the command and refuses it.

    ``code`` is one of the stable codes of docs/protocol.md. ``retry_after`` is the number of
    seconds after which the same command may be sent again, if waiting alone helps.
    """

    def __init__(self, code: str, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.retry_after = retry_after


class StoreError(RoomcliError):
    """The server's stored data could not be read or written.

    ``may_pass`` tells whether the same may succeed later, since nothing is wrong with the data.
    """

    def __init__(self, text: str, *, may_pass: bool = False) -> None:
        super().__init__(text)
        self.may_pass = may_pass
