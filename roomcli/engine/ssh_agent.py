"""Keys that an SSH agent holds: which they are, and signatures by them.

The agent has the private keys and keeps them; only public keys and signatures are read here. A
security key in the agent blinks until it is touched.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

import trio

from ..errors import ConfigError, ProtocolError
from ..protocol.ssh.keys import RSA, SshKey, parse_key
from ..protocol.ssh.sshsig import NAMESPACE, armour, parse_signature, signed_data
from ..protocol.ssh.wire import SshReader, pack_string
from ..protocol.text import cleaned

ANSWER_SECONDS = 10.0
"""How long an agent may take to say which keys it holds."""
SIGN_SECONDS = 60.0
"""How long it may take to sign: a person has to touch a key, or to confirm it."""
MAX_ANSWER = 256 * 1024
"""Bytes of an answer; OpenSSH's agent has the same limit."""
MAX_COMMENT = 80

_LIST_KEYS, _KEYS, _SIGN, _SIGNATURE = 11, 12, 13, 14
_RSA_SHA512: Final = 4
_NONSENSE = "bad_agent"


@dataclass(frozen=True)
class AgentKey:
    """A key in an agent, and what its owner calls it."""

    key: SshKey
    comment: str


class SshAgent:
    """An open connection to an agent."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream

    async def list_keys(self) -> list[AgentKey]:
        """Return the keys that can vouch for a person; the agent may hold others.

        Raises ConfigError.
        """
        with _told(ANSWER_SECONDS):
            answer = await self._ask(_LIST_KEYS, _KEYS, b"")
            number = answer.number()
            found = [(answer.string(), answer.string()) for _ in range(number)]
            answer.expect_end()
        keys = []
        for blob, comment in found:
            with contextlib.suppress(ProtocolError):
                key = parse_key(blob)
                keys.append(AgentKey(key, cleaned(comment.decode("utf-8", "replace"), MAX_COMMENT)))
        return keys

    async def sign(self, key: SshKey, message: bytes, namespace: str = NAMESPACE) -> str:
        """Return the text form of a signature of ``message``. Raises ConfigError."""
        flags = _RSA_SHA512 if key.type == RSA else 0
        asked = pack_string(key.blob) + pack_string(signed_data(message, namespace))
        with _told(SIGN_SECONDS):
            answer = await self._ask(_SIGN, _SIGNATURE, asked + flags.to_bytes(4, "big"))
            text = armour(key, answer.string(), namespace)
            answer.expect_end()
            parse_signature(text)
        return text

    async def _ask(self, request: int, expected: int, content: bytes) -> SshReader:
        await self._stream.send_all(pack_string(bytes([request]) + content))
        length = int.from_bytes(await self._receive(4), "big")
        if not 1 <= length <= MAX_ANSWER:
            raise ProtocolError(_NONSENSE, "its answer has no length that an answer can have")
        answer = await self._receive(length)
        if answer[0] != expected:
            raise ProtocolError(_NONSENSE, "it refused: it may be locked, or the key is gone")
        return SshReader(answer[1:], _NONSENSE, "answer")

    async def _receive(self, length: int) -> bytes:
        received = bytearray()
        while len(received) < length:
            some = await self._stream.receive_some(length - len(received))
            if not some:
                raise ProtocolError(_NONSENSE, "it closed the connection")
            received += some
        return bytes(received)


@contextlib.asynccontextmanager
async def open_agent(socket: str | None = None) -> AsyncIterator[SshAgent]:
    """Connect to the agent at ``socket``, by default that of ``SSH_AUTH_SOCK``.

    Raises ConfigError.
    """
    path = socket or os.environ.get("SSH_AUTH_SOCK", "")
    if not path:
        raise ConfigError("no SSH agent runs here: `eval $(ssh-agent)` and `ssh-add`")
    try:
        stream = await trio.open_unix_socket(path)
    except (OSError, ValueError) as error:  # ValueError: the path is too long, or holds a NUL
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "a bad path"
        raise ConfigError(
            f"your SSH agent cannot be reached at SSH_AUTH_SOCK: {reason}; start it again"
        ) from None
    async with stream:
        yield SshAgent(stream)


@contextlib.contextmanager
def _told(seconds: float) -> Iterator[None]:
    """Turn what can go wrong with an agent into a ConfigError."""
    try:
        with trio.fail_after(seconds):
            yield
    except trio.TooSlowError:
        raise ConfigError(
            f"your SSH agent did not answer within {seconds:.0f} s: does a key wait for a touch?"
        ) from None
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        raise ConfigError("your SSH agent is gone: start it again") from None
    except ProtocolError as error:
        raise ConfigError(f"your SSH agent is of no use here: {error}") from None
