"""A mail server on loopback that keeps what it gets."""

from __future__ import annotations

import contextlib
import email
import email.policy
import queue
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Box:
    """What a mail server got, and which boxes it does not have."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.arrived: queue.SimpleQueue[EmailMessage] = queue.SimpleQueue()
        self.unknown: set[str] = set()
        self.answer = "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, *_: Any
    ) -> str:
        """Take a recipient whom there is."""
        if address in self.unknown:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail."""
        if self.answer.startswith("250"):
            policy = email.policy.default
            parsed = email.message_from_bytes(envelope.content, policy=policy)
            assert isinstance(parsed, EmailMessage)
            self.mails.append(parsed)
            self.arrived.put(parsed)
        return self.answer


class MailServerAtFreePort(Controller):
    """Listens where there is room."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def open_mail_server(box: Box, **demands: Any) -> Iterator[int]:
    """Take mails within the block; yield the port."""
    controller = MailServerAtFreePort(
        box, hostname="127.0.0.1", port=0, ready_timeout=60, **demands
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
