"""What one client asks for after its hello: its commands, in turn."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable

import trio

from roomcli.errors import ProtocolError
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, UplinkFrame

from .client_voice import ClientVoice
from .conduct import Conduct


class Inbound:
    """Reads a client's commands from what its ``voice`` leaves; ``send`` answers what is malformed.

    ``refusals`` counts that, by its code.
    """

    def __init__(
        self,
        voice: ClientVoice,
        send: Callable[[bytes], None],
        conduct: Conduct,
        refusals: Counter[str],
    ) -> None:
        self._voice = voice
        self._send = send
        self._conduct = conduct
        self._refusals = refusals
        self._put_back: deque[bytes | str | None] = deque()

    def put_back(self, messages: Iterable[bytes | str | None]) -> None:
        """Let messages be read again, in this order, that were read for somebody else."""
        self._put_back.extend(messages)

    async def command(self) -> c.HomeCommand | c.RoomCommand | None:
        """Return the next command, or None when the client has fallen silent.

        May be cancelled: the next call returns what this one did not. Raises ConnectionLost.
        """
        while True:
            message = await self.message()
            if message is None:
                return None
            decoded = self._decode(message)
            if decoded is not None:
                return decoded

    async def message(self) -> bytes | str | None:
        """Return the next message as it came, or None when the client has fallen silent.

        May be cancelled, as :meth:`command` may. Raises ConnectionLost.
        """
        if not self._put_back:
            return await self._voice.message()
        await trio.lowlevel.checkpoint()
        return self._put_back.popleft()

    def _decode(self, message: bytes | str) -> c.HomeCommand | c.RoomCommand | None:
        """Return a message; None after refusing one that is malformed."""
        try:
            decoded = codec.decode_from_client(message)
            if isinstance(decoded, c.Hello):
                text = "hello comes once, and first"
                raise ProtocolError("bad_message", text, command="hello", ref=decoded.ref)
        except ProtocolError as error:
            refused = e.Refused(
                command=error.command, code=error.code, text=str(error), ref=error.ref
            )
            self._refusals[error.code] += 1
            self._send(codec.encode(refused))
            self._conduct.fault()
            return None
        return None if isinstance(decoded, Ack | UplinkFrame) else decoded
