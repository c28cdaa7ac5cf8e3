"""The page on which one claim is proven: what to do on both sides, and what comes of it."""

from __future__ import annotations

import time
from typing import cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from ....errors import CommandRefused
from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.durations import rounded_up
from ...words.badge_words import claim_line
from ...words.claim_words import FORGES, Provable
from ..links import open_link
from ..room_client import ClientApp
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, Choices, DeskSheet, KeysLine

LABELS = {
    "user": "Account",
    "host": "Host",
    "domain": "Domain",
    "address": "Address",
    "code": "Code",
}
_USUAL_HOST = "only if it is not the best known one"


class ProvingScreen(DeskSheet[None]):
    """Asks what is needed, shows what the server waits for, and closes when it is proven."""

    BINDINGS = [Binding("enter", "go_on", show=False, priority=True), *ARROWS]
    classes_of_sheet = "sheet page"

    def __init__(self, claim: Provable) -> None:
        super().__init__()
        self.title_text = f"Prove {claim.words}"[:70]
        self._claim = claim
        self._attempt = ""
        self._waits = False

    def body(self) -> ComposeResult:
        """Yield what to do, the fields, and what is going on."""
        yield Static(Content(self._claim.how), classes="note")
        if "user" in self._claim.fields:
            yield Choices(tuple(FORGES.values()), id="forge")
        for field in self._claim.fields:
            yield self._field(field, _USUAL_HOST if field == "host" else "")
        yield Static(id="state", markup=False)
        yield KeysLine()

    def _field(self, field: str, placeholder: str = "") -> Horizontal:
        label = Static(Content.styled(LABELS[field], QUIET), classes="label")
        line = Input(id=field, max_length=260, compact=True, placeholder=placeholder)
        return Horizontal(label, line, classes="setting")

    def on_mount(self) -> None:
        """Take letters at once; a sign-on begins by itself."""
        self.offer(Hint("Enter", "next", "go_on"), Hint("Esc", "cancels", "back"))
        if self._claim.fields:
            self.query_one(f"#{self._claim.fields[0]}", Input).focus()
        else:
            self.action_go_on()

    def hear(self, news: e.DeskMessage) -> None:
        """Show what came of it, or what to do now."""
        if not self._waits:
            return
        match news:
            case e.ClaimMade():
                self.app.notify(claim_line(news, time.time()), markup=False)
                self.dismiss()
            case e.ClaimRefused():
                self._waits = False
                self._say(claim_line(news, time.time()))
            case e.DeviceCodeReady(url=url, user_code=user_code, until=until):
                left = rounded_up(until - time.time())
                self._say(f"Open {url} and type {user_code} there, within {left}.")

    def _say(self, text: str) -> None:
        self.query_one("#state", Static).update(text)

    def action_go_on(self) -> None:
        """Hand in what is filled in."""
        self.inquire(self._hand_in)

    async def _hand_in(self) -> None:
        self.set_title(self.title_text)
        if self._claim.issuer and not self._claim.by_device:
            await self._sign_on()
            return
        if self._attempt:
            confirm = c.ConfirmMail(attempt=self._attempt, code=self._value("code"))
            await self._hand_over(confirm, "checking the code …")
            return
        filled = {each: self._value(each) for each in self._claim.fields}
        if not all(text for field, text in filled.items() if field != "host"):
            raise CommandRefused("bad_text", "fill in what is asked first")
        chosen = self.query_one("#forge", Choices).chosen if "user" in filled else 0
        command = self._claim.filled_command(list(FORGES)[chosen], filled)
        for answer in await self._hand_over(command, "the server is looking …"):
            if isinstance(answer, e.MailCodeSent):
                self._waits = False
                await self._ask_code(answer)

    async def _sign_on(self) -> None:
        url = await cast("ClientApp", self.app).sign_on(self._claim.issuer)
        self._waits = True
        self._say(f"Waiting for your browser. If it does not open, open this in it:\n{url}")
        open_link(self.app, url)

    def _value(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    async def _hand_over(self, command: c.ClaimCommand, waiting: str) -> list[e.DeskEvent]:
        """Have the server carry out a command; news of the outcome may come before the answer."""
        self._waits = True
        self._say(waiting)
        try:
            return await self.ask_server(command)
        except CommandRefused:
            self._waits = False
            self._say("")
            raise

    async def _ask_code(self, sent: e.MailCodeSent) -> None:
        self._attempt = sent.attempt
        left = rounded_up(sent.until - time.time())
        self._say(f"A code goes to {sent.address}, good for {left}.")
        self.query_one("#address", Input).disabled = True
        await self.query_one(".sheet").mount(self._field("code"), before="#state")
        self.query_one("#code", Input).focus()
