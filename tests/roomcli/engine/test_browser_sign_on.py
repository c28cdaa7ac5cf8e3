"""Tests of signing on by a browser, for a frontend: a browser comes back to this engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import trio

from roomcli.engine.browser_sign_on import sign_on_by_browser
from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import SignOnByBrowser

ISSUER = "https://sso.acme.example"
WISH = SignOnByBrowser(issuer=ISSUER, ref=5)


@dataclass
class Issuing:
    """A server that begins sign-ons, and a browser that comes back as it is told."""

    answers_for: str = ISSUER
    refuses: str = ""
    state: str = "s3cret"
    asked: list[c.DeskCommand] = field(default_factory=list)
    told: list[e.Event] = field(default_factory=list)
    began: trio.Event = field(default_factory=trio.Event)

    async def ask(self, command: c.DeskCommand) -> Sequence[e.Event]:
        """Answer as a server does."""
        self.asked.append(command)
        if self.refuses:
            raise CommandRefused(self.refuses, "not now")
        if isinstance(command, c.ClaimSignOn):
            self.began.set()
            url = f"{ISSUER}/authorize"
            return [
                e.SignOnBegun(
                    issuer=self.answers_for, attempt="0f", sent_state="s3cret", url=url, until=9e9
                )
            ]
        return []

    async def come_back(self, **answer: str) -> None:
        """Open the address to which the issuer sends the browser."""
        await self.began.wait()
        (begun,) = (each for each in self.asked if isinstance(each, c.ClaimSignOn))
        stream = await trio.open_tcp_stream("127.0.0.1", begun.port)
        async with stream:
            query = urlencode({"state": self.state, **answer})
            head = f"GET /?{query} HTTP/1.1\r\nHost: 127.0.0.1:{begun.port}\r\n\r\n"
            await stream.send_all(head.encode())
            while await stream.receive_some():
                pass

    async def run(self, **answer: str) -> None:
        """Sign on, with a browser that comes back with an answer."""
        async with trio.open_nursery() as nursery:
            told = self.told.append
            nursery.start_soon(sign_on_by_browser, WISH, self.ask, told, told)
            if answer:
                nursery.start_soon(lambda: self.come_back(**answer))


async def test_what_the_browser_brings_back_goes_to_the_server_alone() -> None:
    issuing = Issuing()
    await issuing.run(code="a code")
    assert issuing.asked[1:] == [
        c.FinishSignOn(attempt="0f", sent_state="s3cret", code="a code"),
    ]
    begun, done = issuing.told
    assert isinstance(begun, e.SignOnBegun)
    assert (begun.url, begun.ref, done) == (f"{ISSUER}/authorize", 5, e.Done(ref=5))
    assert "s3cret" not in repr(issuing.told), "a frontend needs no secret of it"


async def test_an_issuer_that_says_no_is_told_as_news() -> None:
    issuing = Issuing()
    await issuing.run(error="access_denied")
    refused = issuing.told[-1]
    assert isinstance(refused, e.ClaimRefused)
    assert (refused.subject, refused.code) == ("sso.acme.example", "not_signed_on")


async def test_what_cannot_begin_is_refused_to_who_asked() -> None:
    for issuing in (
        Issuing(refuses="issuer_unreached"),
        Issuing(answers_for="https://evil.example"),
    ):
        await issuing.run()
        (refused,) = issuing.told
        assert isinstance(refused, e.Refused)
        assert (refused.command, refused.ref) == ("sign_on_by_browser", 5)
