"""Sends codes by mail, through the admin's server (SMTP, RFC 5321)."""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Literal

import trio

from .mail_address import MailAddress
from .mail_codes import CODE_SECONDS

log = logging.getLogger(__name__)

SENDING_SECONDS = 20.0
"""Seconds for each step of sending."""
AT_ONCE = 4
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The admin's server for outgoing mail, and who sends.

    ``ca_file`` has the authorities that sign for it; None is the system's.
    """

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None


class MailFailed(Exception):
    """A mail could not be sent. The text is for the admin: neither code nor box is in it."""


def code_message(sender: str, to: MailAddress, code: str, server: str) -> EmailMessage:
    """Return the mail with a code. Nothing in it is the words of whoever asked for it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("roomcli", addr_spec=sender)
    message["To"] = Address(addr_spec=to.spec)
    message["Subject"] = "Your code for roomcli"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"Somebody wants to show at {server} that they read mail at {to.domain}.\n"
        f"If that is you, type this code into roomcli:\n\n    {code[:4]} {code[4:]}\n\n"
        f"It is good for {CODE_SECONDS / 60:.0f} minutes. Tell it to nobody.\n"
        "If you did not ask for it, do nothing: without the code nothing happens.\n"
    )
    return message


class Mailer:
    """Sends mails, a few at a time."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._limit = trio.CapacityLimiter(AT_ONCE)

    async def send_code(self, to: MailAddress, code: str, server: str) -> None:
        """Send a code. Raises MailFailed."""
        message = code_message(self._server.sender, to, code, server)
        try:
            await trio.to_thread.run_sync(
                self._send_message, message, abandon_on_cancel=True, limiter=self._limit
            )
        except smtplib.SMTPRecipientsRefused:
            # Not told to anybody: whoever asked would learn which boxes there are.
            log.info("the mail server refuses a box at %s", to.domain)
        except (OSError, smtplib.SMTPException) as error:
            why = _reason(error)
            raise MailFailed(f"{self._server.host} takes no mail from here: {why}") from None

    def _send_message(self, message: EmailMessage) -> None:
        server = self._server
        context = ssl.create_default_context(cafile=server.ca_file)
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=SENDING_SECONDS, context=context
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=SENDING_SECONDS)
        with client:
            if server.security == "starttls":
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password)
            client.send_message(message)


def _reason(error: Exception) -> str:
    """Return why sending failed, without what the server repeated of box or password."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "it refuses user and password"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it knows no STARTTLS or no login"
    if isinstance(error, ssl.SSLError):
        return "its certificate or its TLS is not right"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
