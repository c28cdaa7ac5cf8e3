"""Signs on with an issuer by a browser on this machine, for the frontends of an engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from ..errors import CommandRefused, ConnectionFailed
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.local import SignOnByBrowser
from .claiming import BROWSER_SECONDS
from .redirect import open_redirect
from .replies import Answered

AskServer = Callable[[c.DeskCommand], Awaitable[Sequence[e.Event]]]
"""Has the server carry out a command; returns the answers, or raises CommandRefused."""


async def sign_on_by_browser(
    wish: SignOnByBrowser,
    ask: AskServer,
    answered: Answered,
    tell: Callable[[e.Event], None],
) -> None:
    """Sign on as somebody wishes who gets the answers; ``tell`` gives the frontend what follows.

    That it is proven is told by the server. Until the browser is back the wait is here.
    """
    begun: e.SignOnBegun | None = None
    try:
        async with open_redirect() as redirect:
            begun = await _begin(wish, ask, redirect.port)
            answered(replace(begun, attempt="", sent_state="", ref=wish.ref))
            if wish.ref is not None:
                answered(e.Done(ref=wish.ref))
            code = await redirect.await_code(begun, BROWSER_SECONDS)
        attempt, state = begun.attempt, begun.sent_state
        await ask(c.FinishSignOn(attempt=attempt, sent_state=state, code=code))
    except (CommandRefused, ConnectionFailed, OSError) as error:
        code = error.code if isinstance(error, CommandRefused) else "unreached"
        if begun is None:
            name = "sign_on_by_browser"
            answered(e.Refused(command=name, code=code, text=str(error), ref=wish.ref))
        else:
            subject = wish.issuer.removeprefix("https://").rstrip("/")
            tell(e.ClaimRefused(kind="sign_on", subject=subject, code=code, text=str(error)))


async def _begin(wish: SignOnByBrowser, ask: AskServer, port: int) -> e.SignOnBegun:
    (begun,) = await ask(c.ClaimSignOn(issuer=wish.issuer, port=port))
    if not isinstance(begun, e.SignOnBegun) or begun.issuer != wish.issuer:
        raise CommandRefused("no_such_issuer", "the server answers for another issuer")
    return begun
