"""How one connection ends: whoever ends it says why, and its own task says goodbye."""

from __future__ import annotations

import trio

from roomcli.protocol import events as e


class ConnectionEnd:
    """The end of a connection. ``scope`` is around all that the connection does after its hello."""

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.goodbye: e.Goodbye | None = None

    def end(self, goodbye: e.Goodbye) -> None:
        """End the connection with this goodbye; the first one that is given counts."""
        self.goodbye = self.goodbye or goodbye
        self.scope.cancel()

    def end_for_misconduct(self, why: str) -> None:
        """End the connection of a client that goes too far."""
        self.end(e.Goodbye(code="protocol", text=why))

    def end_for_silence(self) -> None:
        """End the connection of a client that gives no sign of life."""
        self.end(e.Goodbye(code="too_slow", text="you fell silent", retry=True))
