"""Tests of sending codes, to a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from server.people.claims.mail_address import MailAddress
from server.people.claims.mailing import Mailer, MailFailed, MailServer, code_message

from ....support.mail_server import Box, open_mail_server
from ....support.tls_site import make_authority

TO = MailAddress("ann", "acme.example")


def server_at(port: int, **details: Any) -> MailServer:
    """Return the settings for a mail server on loopback."""
    usual = {"host": "localhost", "port": port, "security": "none"}
    return MailServer(**{**usual, "sender": "rooms@acme.example", **details})


@pytest.fixture
def box() -> Box:
    """Nothing was sent."""
    return Box()


@pytest.fixture
def plain(box: Box) -> Iterator[MailServer]:
    """A mail server without TLS."""
    with open_mail_server(box) as port:
        yield server_at(port)


async def test_a_code_is_sent_to_one_box(box: Box, plain: MailServer) -> None:
    await Mailer(plain).send_code(TO, "12345678", "rooms.example:7420")
    (mail,) = box.mails
    assert (mail["To"], mail["From"]) == ("ann@acme.example", "roomcli <rooms@acme.example>")
    assert "1234 5678" in mail.get_content()
    assert "rooms.example:7420" in mail.get_content()
    assert "12345678" not in mail["Subject"]
    assert "1234" not in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"]
    assert mail["Message-ID"].endswith("@acme.example>")


async def test_a_box_that_is_not_there_looks_the_same(box: Box, plain: MailServer) -> None:
    box.unknown.add("ann@acme.example")
    await Mailer(plain).send_code(TO, "12345678", "rooms.example")
    assert box.mails == []


async def test_a_server_that_takes_nothing_is_told_to_the_admin_without_the_box(
    box: Box, plain: MailServer
) -> None:
    box.answer = "554 ann@acme.example: code 12345678 looks like spam"
    with pytest.raises(MailFailed) as error:
        await Mailer(plain).send_code(TO, "12345678", "rooms.example")
    assert str(error.value) == "localhost takes no mail from here: it answered 554"


async def test_a_server_that_is_not_there_is_told(plain: MailServer) -> None:
    nowhere = MailServer(host="localhost", port=1, security="none", sender="rooms@acme.example")
    with pytest.raises(MailFailed, match="takes no mail"):
        await Mailer(nowhere).send_code(TO, "12345678", "rooms.example")


async def test_over_tls_it_signs_in_with_a_certificate_that_is_checked(
    box: Box, tmp_path: Path
) -> None:
    ca_file, context = make_authority(tmp_path, "localhost")

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (b"rooms", b"pa55")
        return AuthResult(success=right, handled=right)

    demands = {"require_starttls": True, "authenticator": check, "auth_required": True}
    with open_mail_server(box, tls_context=context, **demands) as port:
        known = {"security": "starttls", "user": "rooms", "ca_file": ca_file}
        right = server_at(port, password="pa55", **known)
        assert "pa55" not in repr(right)
        await Mailer(right).send_code(TO, "12345678", "rooms.example")
        assert len(box.mails) == 1
        with pytest.raises(MailFailed, match="it refuses user and password"):
            await Mailer(server_at(port, password="no", **known)).send_code(TO, "1", "r")
        unknown = server_at(port, security="starttls")
        with pytest.raises(MailFailed, match="certificate"):
            await Mailer(unknown).send_code(TO, "12345678", "rooms.example")
        unsecured = server_at(port, user="rooms", password="pa55")
        with pytest.raises(MailFailed):
            await Mailer(unsecured).send_code(TO, "12345678", "rooms.example")
    assert len(box.mails) == 1


def test_no_word_of_the_persons_is_in_the_mail() -> None:
    message = code_message("rooms@acme.example", TO, "12345678", "rooms.example")
    text = message.as_string().replace("ann@acme.example", "")
    assert "ann" not in text.lower()
    other = MailAddress("bcc-eve-name", "acme.example")
    theirs = code_message("rooms@acme.example", other, "12345678", "rooms.example")
    assert theirs.get_content() == message.get_content(), "it is the same for everybody"
    headers = {name: theirs[name] for name in theirs if name not in ("Date", "Message-ID")}
    assert headers == {**{name: message[name] for name in headers}, "To": other.spec}
