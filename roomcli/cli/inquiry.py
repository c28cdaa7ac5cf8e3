"""Ask a server for its public pages over HTTP or HTTPS, and check the pin of its address."""

from __future__ import annotations

import hashlib
import http.client
import json
import queue
import re
import ssl
import threading
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urljoin

from ..errors import CommandRefused, ConnectionFailed
from ..protocol.address import Address
from ..version import VERSION
from ..wire.other_way import in_other_words, other_way

PATIENCE = 5.0
MAX_ANSWER = 1024 * 1024
_NEXT = re.compile(r'<([/?][!-;=?-~]*)>\s*;\s*rel="?next"?')


class ServerAnswer(NamedTuple):
    """The body of a server's answer; ``following`` is the path of a list's next page, or empty."""

    body: bytes
    following: str


def ask(server: Address, path: str, patience: float = PATIENCE) -> bytes:
    """Return the body of the server's answer to ``GET path``, within ``patience`` seconds in all.

    Raises ConnectionFailed when no answer comes or the certificate is not the promised one, and
    CommandRefused when the server says no.
    """
    return _answered(server, path, patience).body


def ask_list(server: Address, path: str) -> tuple[list[Any], str]:
    """Return a page of a JSON list, and the path of the next page, or empty if it is the last.

    Raises the same errors as :func:`ask`, and ConnectionFailed for an answer that is no list.
    """
    answer = _answered(server, path, PATIENCE)
    try:
        page = json.loads(answer.body)
    except ValueError:
        page = None
    if not isinstance(page, list):
        raise ConnectionFailed(f"{server.server} is no roomcli server: its answer is no list")
    return page, answer.following


def _answered(server: Address, path: str, patience: float) -> ServerAnswer:
    answers: queue.SimpleQueue[ServerAnswer | Exception] = queue.SimpleQueue()

    def wait() -> None:
        try:
            answers.put(_asked(server, path, patience))
        except Exception as error:
            answers.put(error)

    # On a thread that may be left behind: a server that sends single bytes outlasts any timeout.
    threading.Thread(target=wait, daemon=True).start()
    try:
        answer = answers.get(timeout=patience)
    except queue.Empty:
        raise ConnectionFailed(f"no answer from {server.server}: it took too long") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _asked(server: Address, path: str, patience: float) -> ServerAnswer:
    try:
        return _asked_at(server, path, patience)
    except _CannotProve:
        from ..engine.known_servers import PROVEN, KnownServers, changed_words

        known = KnownServers().recall(server.authority)
        if known is None or known.certificate == PROVEN:
            raise
        try:
            return _asked_at(replace(server, pin=known.certificate), path, patience)
        except _OtherThanPinned as error:
            text = changed_words(server, KnownServers(), error.shown)
            raise ConnectionFailed(text) from None


class _OtherThanPinned(ConnectionFailed):
    """The certificate is not the pinned one; ``shown`` is its SHA-256, hexadecimal."""

    def __init__(self, text: str, shown: str) -> None:
        super().__init__(text)
        self.shown = shown


class _CannotProve(ConnectionFailed):
    """No authority vouches for the server's certificate."""


def _asked_at(server: Address, path: str, patience: float) -> ServerAnswer:
    connection = _connection(server, patience)
    try:
        connection.connect()
        _prove(connection, server)
        connection.request(
            "GET", server.prefix + path, headers={"User-Agent": f"roomcli/{VERSION}"}
        )
        answer = connection.getresponse()
        body = answer.read(MAX_ANSWER + 1)
    except ssl.SSLCertVerificationError as error:
        raise _CannotProve(
            f"{server.server} cannot prove who it is ({error.verify_message}): use the whole "
            "address, with its #pin=…"
        ) from None
    except (ssl.SSLError, ConnectionResetError, http.client.HTTPException) as error:
        raise ConnectionFailed(
            _other_scheme(server) or f"no answer from {server.server}: {reason(error)}"
        ) from None
    except OSError as error:
        raise ConnectionFailed(f"no answer from {server.server}: {reason(error)}") from None
    finally:
        connection.close()
    if answer.status == http.client.BAD_REQUEST and (hint := _other_scheme(server)):
        raise ConnectionFailed(hint)
    if answer.status >= 400:
        raise CommandRefused("http", f"{server.server}{path} {_refusal(answer)}")
    if len(body) > MAX_ANSWER:
        raise ConnectionFailed(f"{server.server}{path} answered with more than can be right")
    following = _NEXT.search(answer.headers.get("Link", ""))
    return ServerAnswer(body, urljoin(path, following[1]) if following else "")


def _refusal(answer: http.client.HTTPResponse) -> str:
    ours = "html" not in answer.headers.get_content_type() and answer.status not in (502, 504)
    whose = "" if ours else ": a proxy or web server does, not roomcli"
    return f"answered {answer.status}{whose}"


def _other_scheme(server: Address) -> str | None:
    """Return what to do if the server uses TLS and its address does not, or the other way round."""
    other = other_way(server)
    if other is None:
        return None
    return in_other_words(
        server, other, f"--server '{replace(other, room='', invite=None, host_token=None)}'"
    )


def reason(error: Exception) -> str:
    """Return in words why a connection failed."""
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS"
    if isinstance(error, http.client.HTTPException):
        return "what came is not HTTP"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return str(error)


def _connection(server: Address, patience: float) -> http.client.HTTPConnection:
    if not server.tls:
        return http.client.HTTPConnection(server.host, server.port, timeout=patience)
    context = ssl.create_default_context()
    if server.pin:  # the pin proves more than a name does: no authority is needed beside it
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(server.host, server.port, timeout=patience, context=context)


def _prove(connection: http.client.HTTPConnection, server: Address) -> None:
    if not server.pin or not isinstance(connection.sock, ssl.SSLSocket):
        return
    certificate = connection.sock.getpeercert(binary_form=True) or b""
    if (shown := hashlib.sha256(certificate).hexdigest()) != server.pin:
        raise _OtherThanPinned(
            f"{server.server} shows another certificate than the one that the address promises: "
            "ask for a fresh line, and do not go on if you cannot explain it",
            shown,
        )
