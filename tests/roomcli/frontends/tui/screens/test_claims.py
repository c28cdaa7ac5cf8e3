"""Tests of proving who one is: what is proven, proving more, and what others are shown."""

from __future__ import annotations

import asyncio
import time

import pytest
from msgspec.structs import replace

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens import proving
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, OfferedIssuer, OwnClaim
from roomcli.protocol.people import Knocker, Person
from roomcli.protocol.profile import Profile

from .....support.fake_room import FakeRoom, make_view
from .....support.tui_seat import (
    ENTER,
    NO_ROOMS,
    SERVER,
    ScreenSeat,
    ScriptedDesk,
    ScriptedEngines,
    app_seat,
    seat,
)

DAY = 86400.0
NOW = time.time()
MAIL = Badge(
    kind="mail",
    subject="acme.example",
    domain="acme.example",
    proven_at=NOW - 3 * DAY,
    checked_at=NOW - 3 * DAY,
    until=NOW + 80 * DAY,
)
FORGE = Badge(
    kind="forge",
    subject="git.example/zoe",
    proven_at=NOW - 9 * DAY,
    checked_at=NOW - 5 * DAY,
    until=NOW + 9 * DAY,
)
ISSUER = OfferedIssuer(issuer="https://sso.acme.example", name="Acme", by_device=True)
ZOE = Person("ZOE", "Zoe Waits", "Bridges", "f" * 32, badges=(MAIL, FORGE))


class ClaimsServer(ScriptedDesk):
    """Answers about claims as a server does."""

    def __init__(self) -> None:
        super().__init__(ZOE=Profile(name="Zoe Waits"))
        self.claims: list[OwnClaim] = []

    async def __call__(self, command: c.DeskCommand, server: str = "") -> list[e.DeskEvent]:
        """Answer about claims, and as usual about all else."""
        answers = await super().__call__(command)
        match command:
            case c.ShowProfile(person="ZOE"):
                (shown,) = answers
                assert isinstance(shown, e.ProfileShown)
                return [replace(shown, badges=ZOE.badges)]
            case c.ListClaims():
                claims, companies = tuple(self.claims), ("acme.example",)
                return [e.ClaimsListed(claims=claims, companies=companies, issuers=(ISSUER,))]
            case c.ClaimMail(address=address):
                return [e.MailCodeSent(address=address, attempt="0f", until=time.time() + 600)]
            case c.HideClaim(claim=id) | c.ShowClaim(claim=id):
                hidden = isinstance(command, c.HideClaim)
                self.claims = [
                    replace(each, hidden=hidden) if each.id == id else each for each in self.claims
                ]
            case c.WithdrawClaim(claim=id):
                self.claims = [each for each in self.claims if each.id != id]
        return answers

    async def sign_on(self, issuer: str, server: str) -> str:
        """Begin a sign-on."""
        return f"{issuer}/authorize?client_id=rooms"

    def prove(self, you: ScreenSeat[RoomcliApp], badge: Badge) -> None:
        """Find that something is so, and tell it as news."""
        self.claims.append(OwnClaim(id=f"{len(self.claims):016}", badge=badge, key="0" * 32))
        you.app.hear_at_home(e.ClaimMade(claim=self.claims[-1]), SERVER.name)


def test_one_proves_and_takes_back_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(proving, "open_link", lambda app, url: opened.append(url))

    async def scenario() -> None:
        desk, engines = ClaimsServer(), ScriptedEngines()
        app = RoomcliApp(
            replace(ENTER, url=""), engines, (SERVER,), NO_ROOMS, ask=desk,
            sign_on=desk.sign_on,
        )  # fmt: skip
        async with app_seat(app, engines, (100, 40)) as you:
            await you.sees("type to find a room")
            await you.presses("P")
            await you.sees("what is proven of you")
            await you.presses("f2")
            await you.sees("nothing yet")
            await you.sees("Everybody who meets you")

            await you.presses("enter")
            await you.sees("Add a public key of yours")
            await you.presses("enter")
            await you.sees("fill in what is asked first")
            await you.presses(*"zoe", "enter")
            await you.sees("the server is looking")
            assert c.ClaimForge(forge="github", user="zoe") in desk.asked
            refused = e.ClaimRefused(
                kind="forge", subject="github.com/zoe", code="not_listed", text="no key of yours"
            )
            you.app.hear_at_home(refused, SERVER.name)
            await you.sees("Not proven: github.com/zoe: no key of yours")
            await you.presses("escape", "down", "down", "enter")
            await you.sees("The server sends a code")
            await you.presses(*"zoe@acme.example", "enter")
            await you.sees("A code goes to zoe@acme.example")
            await you.presses(*"12345678", "enter")
            await you.sees("checking the code")
            assert desk.asked[-1] == c.ConfirmMail(attempt="0f", code="12345678")
            desk.prove(you, MAIL)
            await you.sees("✓ mail at acme.example, 3 days ago")

            await you.pilot.click(offset=you.place("an account at Acme, by a code"))
            await you.until(lambda: c.ClaimByDevice(issuer=ISSUER.issuer) in desk.asked)
            device = e.DeviceCodeReady(
                issuer=ISSUER.issuer, user_code="WDJB", url="https://acme.example/d", until=9e9
            )
            you.app.hear_at_home(device, SERVER.name)
            await you.sees("Open https://acme.example/d and type WDJB there")
            await you.presses("escape", "up", "enter")
            await you.sees("https://sso.acme.example/authorize?client_id=rooms")
            await you.presses("escape")
            await you.misses("Waiting for your browser")

            await you.presses("end", "h")
            await you.sees("pick what is proven first")
            await you.presses("home", "h")
            await you.sees("3 days ago (hidden: for doors that ask)")
            await you.presses("h")
            await you.misses("(hidden")
            await you.presses("enter")
            await you.sees("Enter once more takes it back")
            await you.presses("enter")
            await you.sees("nothing yet")
            assert c.WithdrawClaim(claim="0" * 16) in desk.asked

    asyncio.run(scenario())
    assert opened == ["https://sso.acme.example/authorize?client_id=rooms"]


def test_a_host_sees_what_is_proven_of_who_knocks_and_of_who_speaks() -> None:
    async def scenario() -> None:
        view = make_view("host")
        ann = view.people[view.stage["ann1"].person]
        double = replace(view.people["FAY1"], lookalike=True)
        people = {ann.id: replace(ann, badges=(MAIL,)), double.id: double}
        room = FakeRoom(replace(view, people=view.people | people))
        async with seat("host", (100, 40), room=room, desk=ClaimsServer()) as you:
            await you.sees("Ann Lindqvist✓")
            await you.sees("acme.example · ")
            await you.sees("Fay Nakamura✗")
            you.engine.say(e.Knocked(knockers={"ZOE": Knocker(ZOE, NOW)}))
            await you.sees("⌂ Zoe Waits✓, acme.example, git.example/zoe, Bridges, knocks")
            await you.pilot.click("#banner-knocks")
            await you.sees("at the door")
            await you.sees("✓ mail at acme.example, 3 days ago")
            await you.sees("✓ account zoe at git.example, last checked 5 days ago")
            await you.presses("k")
            await you.sends(c.AnswerKnock(id="ZOE", let_in=True))
            you.room.pick("fay1")
            await you.presses("enter")
            await you.sees("reads like that of somebody verified")

    asyncio.run(scenario())
