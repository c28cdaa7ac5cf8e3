"""Fetches small documents over HTTPS from where a stranger says, and nothing else.

A name is resolved once; of its addresses only those of the public internet count, and the
connection goes to one of these. So no name leads into the server's own network, be it by a
second look at the name (DNS rebinding) or by a redirect, which is never followed. What came is for
the caller to parse: nobody is shown it.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import h11
import trio

from ..allowances import MAX_BUCKETS, TokenBucket
from ..limits import Rate, ServerLimits
from .public_addresses import is_public
from .targets import AllowedHosts, BadTarget, Target

MAX_BYTES = 64 * 1024
"""Bytes of an answer, head and all."""
TRIES = 2
"""Addresses of a name that are tried, of IPv4 and of IPv6."""
_RECEIVE = 16 * 1024

Way = tuple[int, int, int, str, "tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]"]
"""What a name leads to, as ``getaddrinfo`` says it."""

WhyNot = Literal[
    "target", "limited", "unreachable", "redirected", "too_large", "too_slow", "no_http"
]
_WORDS: dict[WhyNot, str] = {
    "limited": "too many questions to {}: try again later",
    "unreachable": "{} cannot be reached, or its certificate does not prove its name",
    "redirected": "{} answered with a redirect, which is not followed",
    "too_large": "{} answered with more than 64 KiB",
    "too_slow": "{} did not answer in time",
    "no_http": "what {} answered is no HTTP",
}


class FetchFailed(Exception):
    """A document cannot be had. The text is ours: nothing of the answer is in it.

    ``retry_after`` is when a question too many may be asked again, in seconds.
    """

    def __init__(self, why: WhyNot, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.why = why
        self.retry_after = retry_after


@dataclass(frozen=True)
class Document:
    """An answer: its status, and its body, which no log shows."""

    status: int
    body: bytes = field(repr=False)


class Fetcher:
    """Fetches documents, within ``limits`` for each target and person."""

    def __init__(
        self, allowed: AllowedHosts | None = None, limits: ServerLimits | None = None
    ) -> None:
        self.allowed = allowed or AllowedHosts()
        self._limits = limits or ServerLimits()
        self._contexts: dict[Path | None, ssl.SSLContext] = {}
        self._at_once = trio.CapacityLimiter(self._limits.fetching.at_once)
        self._buckets: dict[tuple[str, str, Rate], TokenBucket] = {}

    def allow(self, allowed: AllowedHosts) -> None:
        """Ask these hosts too from now on, and no other that is not public."""
        self.allowed = allowed
        self._contexts.clear()  # the authorities that are in their files now

    async def fetch(
        self,
        url: str,
        *,
        person: str = "",
        form: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Document:
        """Return what is at ``url``; with ``form``, what it answers to these fields.

        ``person`` is for whom that is, and empty for what the server does by itself. Any status but
        a redirect is an answer. Raises FetchFailed.
        """
        try:
            target = self.allowed.read_url(url)
        except BadTarget as error:
            raise FetchFailed("target", str(error)) from None
        self._count(target, person)
        limits = self._limits.fetching
        self._at_once.total_tokens = limits.at_once
        async with self._at_once:
            with trio.move_on_after(limits.seconds):
                return await self._fetched(target, form, headers or {})
        raise _failed("too_slow", target)

    def _count(self, target: Target, person: str) -> None:
        now, limits = trio.current_time(), self._limits.fetching
        # What the server asks by itself has a share of its own: whatever strangers have it ask,
        # badges are looked at again.
        asked = [("target" if person else "own", target.authority, limits.per_site)]
        if person:
            asked.append(("person", person, limits.per_person))
        buckets = [self._bucket(kind, who, rate, now) for kind, who, rate in asked]
        wait = max(each.seconds_until(1, now) for each in buckets)
        if wait:
            text = _WORDS["limited"].format(target.host)
            raise FetchFailed("limited", text, retry_after=wait)
        for each in buckets:
            each.take(1, now)

    def _bucket(self, kind: str, who: str, rate: Rate, now: float) -> TokenBucket:
        bucket = self._buckets.get((kind, who, rate))
        if bucket is None:
            if len(self._buckets) >= MAX_BUCKETS:
                kept = {key: each for key, each in self._buckets.items() if not each.is_full(now)}
                self._buckets = kept
            bucket = self._buckets[kind, who, rate] = TokenBucket(
                rate.per_second, rate.at_once, now
            )
        return bucket

    async def _fetched(
        self, target: Target, form: bytes | None, headers: Mapping[str, str]
    ) -> Document:
        try:
            stream = await self._connected(target)
            async with stream:
                return await _exchange(stream, target, form, headers)
        except h11.RemoteProtocolError:
            raise _failed("no_http", target) from None
        except (OSError, trio.BrokenResourceError, UnicodeError):
            # Not the reason: to a stranger it would tell of networks that only the server reaches.
            raise _failed("unreachable", target) from None

    async def _connected(self, target: Target) -> trio.SSLStream[trio.SocketStream]:
        allowed = self.allowed.exception_for(target.host, target.port)
        found = await trio.socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        ways = [each for each in found if allowed is not None or is_public(str(each[4][0]))]
        for family, kind, protocol, _, address in _some_of_each_family(ways):
            reached = trio.socket.socket(family, kind, protocol)
            try:
                await reached.connect(address)
            except OSError:
                reached.close()
                continue
            except BaseException:
                reached.close()
                raise
            return trio.SSLStream(
                trio.SocketStream(reached),
                self._context(None if allowed is None else allowed.ca_file),
                server_hostname=target.host,
                https_compatible=True,
            )
        raise _failed("unreachable", target)

    def _context(self, ca_file: Path | None) -> ssl.SSLContext:
        """Return what to trust: these authorities, or the system's. Made when first needed."""
        context = self._contexts.get(ca_file)
        if context is None:
            context = self._contexts[ca_file] = ssl.create_default_context(cafile=ca_file)
        return context


def _some_of_each_family(ways: Sequence[Way]) -> list[Way]:
    """Return the first ways by IPv4 and by IPv6, in order: one of the two may lead nowhere."""
    return [
        way
        for place, way in enumerate(ways)
        if sum(each[0] == way[0] for each in ways[:place]) < TRIES
    ]


async def _exchange(
    stream: trio.abc.Stream, target: Target, form: bytes | None, headers: Mapping[str, str]
) -> Document:
    peer = h11.Connection(h11.CLIENT)
    fields = {
        "Host": target.authority,
        "User-Agent": "roomcli",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **headers,
    }
    if form is not None:
        fields["Content-Type"] = "application/x-www-form-urlencoded"
        fields["Content-Length"] = str(len(form))
    method = "GET" if form is None else "POST"
    question = peer.send(
        h11.Request(method=method, target=target.path, headers=list(fields.items()))
    )
    events = ([h11.Data(data=form)] if form else []) + [h11.EndOfMessage()]
    await stream.send_all((question or b"") + b"".join(peer.send(each) or b"" for each in events))
    return await _received(stream, peer, target)


async def _received(stream: trio.abc.Stream, peer: h11.Connection, target: Target) -> Document:
    head: h11.Response | None = None
    body, size = bytearray(), 0
    while True:
        event = peer.next_event()
        if event is h11.NEED_DATA:
            received = await stream.receive_some(_RECEIVE)
            size += len(received)
            if size > MAX_BYTES:
                raise _failed("too_large", target)
            peer.receive_data(bytes(received))
        elif isinstance(event, h11.Response):
            head = event
            _judge_head(head, target)
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return Document(head.status_code, bytes(body))
        elif not isinstance(event, h11.InformationalResponse):
            raise _failed("no_http", target)


def _judge_head(head: h11.Response, target: Target) -> None:
    if 300 <= head.status_code < 400:
        raise _failed("redirected", target)
    codings = [value for name, value in head.headers if name == b"content-encoding"]
    if any(each.strip().lower() != b"identity" for each in codings):
        raise _failed("no_http", target)  # a small answer could unpack to a large one


def _failed(why: WhyNot, target: Target) -> FetchFailed:
    return FetchFailed(why, _WORDS[why].format(target.host))
