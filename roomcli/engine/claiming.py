"""Errands about claims, which wait for what the server finds out."""

from __future__ import annotations

from collections.abc import Callable

import trio

from ..errors import CommandRefused, ConnectionFailed
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from ..protocol.badges import OwnClaim
from .errand import Errand, stay_at
from .keys import PersonalKey
from .redirect import open_redirect

OUTCOME_SECONDS = 60.0
"""Seconds that the server may take to look at a forge, a domain or an issuer."""
BROWSER_SECONDS = 600.0
"""Seconds that the person may take in the browser; the server gives no more."""
DEVICE_SECONDS = 1000.0
"""Seconds to wait for a code that is typed on another device."""
COME_AGAIN = ("unreached", "failed")
"""Codes with which the same may go well later."""

Tell = Callable[[e.DeskEvent], None]
"""Shows the person what they have to do now."""


async def prove(errand: Errand, command: c.ClaimCommand, tell: Tell) -> OwnClaim:
    """Claim something, and return the claim once it is proven.

    Raises CommandRefused, ConnectionFailed, TooSlowError.
    """
    await errand.give(command)
    seconds = OUTCOME_SECONDS
    while True:
        with trio.fail_after(seconds):
            event = await errand.next_news()
        match event:
            case e.ClaimMade(claim=claim):
                return claim
            case e.ClaimRefused(code=code, text=text) if code in COME_AGAIN:
                raise ConnectionFailed(text)
            case e.ClaimRefused(code=code, text=text):
                raise CommandRefused(code, text)
            case e.DeviceCodeReady():
                seconds = DEVICE_SECONDS
                tell(event)


async def sign_on(
    address: Address,
    name: str,
    headline: str,
    key: PersonalKey,
    issuer: str,
    tell: Tell,
    warn: Callable[[str], None],
) -> OwnClaim:
    """Sign on with an issuer by a browser on this machine; return the claim once it is proven.

    No connection to the server is held open while the person is in the browser. Raises
    CommandRefused, ConnectionFailed.
    """
    async with open_redirect() as redirect:

        async def begin(errand: Errand) -> e.SignOnBegun:
            (begun,) = await errand.give(c.ClaimSignOn(issuer=issuer, port=redirect.port))
            assert isinstance(begun, e.SignOnBegun)
            return begun

        begun = await stay_at(address, name, headline, key, begin, warn)
        if begun.issuer != issuer:
            raise CommandRefused("no_such_issuer", "the server answers for another issuer")
        tell(begun)
        code = await redirect.await_code(begun, BROWSER_SECONDS)
    finish = c.FinishSignOn(attempt=begun.attempt, sent_state=begun.sent_state, code=code)

    async def end(errand: Errand) -> OwnClaim:
        return await prove(errand, finish, tell)

    return await stay_at(address, name, headline, key, end, warn)
