"""Tests of the desk for claims: what is asked, and what is told of it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import pytest
import trio
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from server.people.claims import desk as desk_module
from server.people.claims.configuration import ClaimsConfiguration
from server.people.claims.desk import ClaimsDesk
from server.people.claims.holder import ClaimHolder
from server.people.claims.issuers import Issuer
from server.people.claims.mail_address import MailAddress
from server.people.claims.mailing import MailFailed, MailServer
from server.people.claims.state import UNREACHED_SECONDS
from server.people.keyring.state import KnownPerson, Past

from ....support.fake_documents import FakeDocuments, down
from ....support.memory_store import memory_store
from ....support.openid_provider import OpenIdProvider
from .test_listed_keys import KEY, OTHER

T = TypeVar("T")
NOW = 1_764_000_000.0
ANN = Person("0123456789abcdef", "Ann", key=KEY.fingerprint)
EVE = Person("fedcba9876543210", "Eve", key=OTHER.fingerprint)
SSO = "https://sso.acme.example"
KEYS = "https://codeberg.org/ann.keys"
DAY = 86400.0


class Letters:
    """Takes the mails of a desk in place of a mail server."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.fails = False

    async def send_code(self, to: MailAddress, code: str, server: str) -> None:
        """Take a mail."""
        await trio.lowlevel.checkpoint()
        if self.fails:
            raise MailFailed("mail.acme.example takes no mail from here: it answered 554")
        self.sent.append((to.spec, code))


class DeskPlay:
    """A desk, and what it tells."""

    def __init__(self, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began = trio.current_time()
        self.letters = Letters()
        monkeypatch.setattr(desk_module, "Mailer", lambda server: self.letters)
        self.provider = OpenIdProvider(SSO, NOW)
        self.fetcher = FakeDocuments()
        self.told: list[tuple[str, e.DeskEvent]] = []
        self.admin: list[str] = []
        self.keys = {ANN.id: [ANN.key], EVE.id: [EVE.key]}
        self.here = {ANN.id: [ANN.key], EVE.id: [EVE.key]}
        self.store = memory_store()
        self._news = trio.Event()
        self.desk = ClaimsDesk(
            *(self.store, self.now, self.configuration(), nursery, self.reach),
            keys_of=lambda person: self.keys[person.id],
            signed_in=lambda person: self.here[person],
            networks_of=lambda person: ["192.0.2.1"],
            tell_admin=lambda code, text: self.admin.append(text),
            fetcher=self.fetcher,
        )
        for path in ("/.well-known/openid-configuration", "/keys", "/token", "/device"):
            self.fetcher.documents[SSO + path] = self.answer_at(path)

    @staticmethod
    def configuration() -> ClaimsConfiguration:
        """Return what the admin says."""
        return ClaimsConfiguration(
            companies=frozenset({"acme.example"}),
            mail=MailServer(host="mail", port=25, security="none", sender="r@acme.example"),
            issuers=(
                Issuer(
                    url=SSO,
                    name="Acme",
                    client_id="roomcli",
                    domains=frozenset({"acme.example"}),
                    device_flow=True,
                ),
                Issuer(url="https://sso.other.example", name="Other", client_id="roomcli"),
            ),
            server="rooms.example",
        )

    def answer_at(self, path: str) -> Any:
        """Return what answers at a path of the issuer."""
        from urllib.parse import parse_qsl

        def answer(form: bytes) -> tuple[int, bytes]:
            self.provider.now = self.now()
            return self.provider.respond(path, dict(parse_qsl(form.decode())))

        return answer

    def now(self) -> float:
        """Return the server's time."""
        return NOW + trio.current_time() - self.began

    def reach(self, person: str, event: e.Event) -> None:
        """Take news for a person."""
        assert isinstance(event, e.DeskEvent)
        self.told.append((person, event))
        self._news.set()
        self._news = trio.Event()

    async def ask(self, command: c.ClaimCommand, person: Person = ANN) -> Any:
        """Carry out a command; return the answer, if there is one."""
        answers = await self.desk.carry_out(person, command)
        return answers[0] if answers else None

    async def refusal(self, command: c.ClaimCommand, person: Person = ANN) -> str:
        """Return the code of a refusal."""
        with pytest.raises(CommandRefused) as error:
            await self.ask(command, person)
        return error.value.code

    async def news(self, kind: type[T], person: Person = ANN) -> T:
        """Wait for the next news of a kind for a person."""
        with trio.fail_after(3600):
            while True:
                for place, (who, event) in enumerate(self.told):
                    if who == person.id and isinstance(event, kind):
                        del self.told[place]
                        return event
                await self._news.wait()

    async def badges(self, person: Person = ANN) -> list[str]:
        """Return what others see of a person."""
        return [f"{each.kind} {each.subject}" for each in self.desk.badges_of(person)]

    async def prove_forge(self, person: Person = ANN) -> e.ClaimMade:
        """Prove an account at Codeberg."""
        self.fetcher.documents[KEYS] = f"{KEY.line}\n{OTHER.line}\n".encode()
        await self.ask(c.ClaimForge(forge="forgejo", user="ann"), person)
        return await self.news(e.ClaimMade, person)


@contextlib.asynccontextmanager
async def playing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeskPlay]:
    """A desk at work within the block."""
    async with trio.open_nursery() as nursery:
        play = DeskPlay(nursery, monkeypatch)
        yield play
        nursery.cancel_scope.cancel()


@pytest.fixture
async def play(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeskPlay]:
    """A desk that nobody has asked."""
    async with playing(monkeypatch) as opened:
        yield opened


async def test_a_forge_account_is_proven_and_shown(play: DeskPlay) -> None:
    play.fetcher.documents["https://codeberg.org/api/v1/users/ann"] = json.dumps(
        {"created": "2020-01-01T00:00:00Z"}
    ).encode()
    made = await play.prove_forge()
    assert made.claim.key == KEY.fingerprint
    assert made.claim.badge.subject == "codeberg.org/ann"
    assert made.claim.badge.account_since == 1577836800
    assert made.claim.stands
    assert await play.badges() == ["forge codeberg.org/ann"]
    listed = await play.ask(c.ListClaims())
    assert listed.claims == (made.claim,)
    assert listed.companies == ("acme.example",)
    assert [each.by_device for each in listed.issuers] == [True, False]
    assert play.store.people.find(ANN.id) == ANN
    assert await play.badges(EVE) == []


async def test_what_is_not_so_is_refused_as_news(
    play: DeskPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.fetcher.documents[KEYS] = OTHER.line.encode()
    await play.ask(c.ClaimForge(forge="forgejo", user="ann"))
    refused = await play.news(e.ClaimRefused)
    assert (refused.code, refused.kind, refused.subject) == (
        "not_listed",
        "forge",
        "codeberg.org/ann",
    )
    play.fetcher.documents[KEYS] = down()
    await play.ask(c.ClaimForge(forge="forgejo", user="ann"))
    assert (await play.news(e.ClaimRefused)).code == "unreached"
    assert await play.refusal(c.ClaimForge(forge="forgejo", user="a/b")) == "bad_account"
    assert await play.refusal(c.ClaimDomain(domain="127.0.0.1")) == "bad_domain"
    assert await play.badges() == []


async def test_a_fault_of_ours_ends_no_server(
    play: DeskPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*details: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(play.desk.checker, "prove", fail)
    await play.ask(c.ClaimDomain(domain="acme.example"))
    assert (await play.news(e.ClaimRefused)).code == "failed"


async def test_one_look_at_a_time_for_each_person(play: DeskPlay) -> None:
    await play.ask(c.ClaimDomain(domain="a.example"))
    assert await play.refusal(c.ClaimDomain(domain="b.example")) == "busy_claiming"
    await play.ask(c.ClaimDomain(domain="b.example"), EVE)
    await play.news(e.ClaimRefused)
    await play.ask(c.ClaimDomain(domain="b.example"))


async def test_a_domain_is_proven(play: DeskPlay) -> None:
    place = "https://acme.example/.well-known/roomcli.json"
    play.fetcher.documents[place] = json.dumps({"keys": [KEY.line]}).encode()
    await play.ask(c.ClaimDomain(domain="acme.example"))
    assert (await play.news(e.ClaimMade)).claim.badge.subject == "acme.example"


async def test_a_code_by_mail_proves_the_company_and_no_box(play: DeskPlay) -> None:
    sent = await play.ask(c.ClaimMail(address="Ann+x@Acme.example"))
    assert sent.address == "Ann+x@acme.example"
    await trio.testing.wait_all_tasks_blocked()
    [(to, code)] = play.letters.sent
    assert to == "Ann+x@acme.example"
    assert re.fullmatch("[0-9]{8}", code)
    assert await play.refusal(c.ConfirmMail(code=code)) == "no_such_code"
    assert await play.refusal(c.ConfirmMail(code=code, attempt=sent.attempt), EVE) == "no_such_code"
    await play.ask(c.ConfirmMail(code=code, attempt=sent.attempt))
    badge = (await play.news(e.ClaimMade)).claim.badge
    assert (badge.kind, badge.subject, badge.domain) == ("mail", "acme.example", "acme.example")
    kept = repr(play.store.claims.all_kept())
    assert "Ann" not in kept
    assert "ann@" not in kept


async def test_a_mail_that_cannot_be_sent_answers_the_same_and_the_admin_is_told(
    play: DeskPlay,
) -> None:
    came = await play.ask(c.ClaimMail(address="ann@acme.example"))
    await trio.testing.wait_all_tasks_blocked()
    play.letters.fails = True
    failed = await play.ask(c.ClaimMail(address="ann@acme.example"))
    assert replace(failed, attempt=came.attempt, until=came.until) == came
    await trio.testing.wait_all_tasks_blocked()
    assert play.admin == ["mail.acme.example takes no mail from here: it answered 554"]
    assert play.told == []


async def test_free_mail_and_other_companies_are_refused(play: DeskPlay) -> None:
    assert await play.refusal(c.ClaimMail(address="ann@gmail.com")) == "no_company"
    assert await play.refusal(c.ClaimMail(address="ann@other.example")) == "no_company"
    assert await play.refusal(c.ClaimMail(address="ann@acme.example\r\nBcc: x")) == "bad_address"
    for _ in range(3):
        await play.ask(c.ClaimMail(address="ann@acme.example"))
    assert await play.refusal(c.ClaimMail(address="ann@acme.example")) == "too_many_mails"


async def test_a_box_is_one_persons_until_the_key_falls(play: DeskPlay) -> None:
    for person, refused in ((ANN, False), (EVE, True)):
        sent = await play.ask(c.ClaimMail(address="ann@acme.example"), person)
        await trio.testing.wait_all_tasks_blocked()
        confirm = c.ConfirmMail(code=play.letters.sent[-1][1], attempt=sent.attempt)
        if refused:
            assert await play.refusal(confirm, person) == "claimed_by_another"
        else:
            await play.ask(confirm, person)
    play.store.people.save(ANN, NOW)
    play.keys[ANN.id] = ["c" * 32]
    sent = await play.ask(c.ClaimMail(address="ann+y@acme.example"), EVE)
    await trio.testing.wait_all_tasks_blocked()
    code = play.letters.sent[-1][1]
    await play.ask(c.ConfirmMail(code=code, attempt=sent.attempt), EVE)
    assert (await play.news(e.ClaimEnded)).why == "moved"
    assert await play.badges(EVE) == ["mail acme.example"]


async def test_a_claim_falls_with_its_key_and_a_code_too(play: DeskPlay) -> None:
    await play.prove_forge()
    sent = await play.ask(c.ClaimMail(address="ann@acme.example"))
    await trio.testing.wait_all_tasks_blocked()
    play.keys[ANN.id] = ["c" * 32]
    assert await play.badges() == []
    [claim] = (await play.ask(c.ListClaims())).claims
    assert not claim.stands
    confirm = c.ConfirmMail(code=play.letters.sent[0][1], attempt=sent.attempt)
    assert await play.refusal(confirm) == "no_such_code"


async def test_what_shows_no_key_is_proven_through_the_youngest_that_is_here(
    play: DeskPlay,
) -> None:
    play.keys[ANN.id] = ["1" * 32, "2" * 32, "3" * 32]
    play.here[ANN.id] = ["2" * 32, "1" * 32]
    sent = await play.ask(c.ClaimMail(address="ann@acme.example"))
    await trio.testing.wait_all_tasks_blocked()
    await play.ask(c.ConfirmMail(code=play.letters.sent[0][1], attempt=sent.attempt))
    assert (await play.news(e.ClaimMade)).claim.key == "2" * 32


async def begun(play: DeskPlay) -> e.SignOnBegun:
    """Begin a sign-on once the issuer has described itself."""
    play.desk.start()
    await trio.testing.wait_all_tasks_blocked()
    answer = await play.ask(c.ClaimSignOn(issuer=SSO, port=50123))
    assert isinstance(answer, e.SignOnBegun)
    return answer


async def test_a_sign_on_proves_the_issuer_and_the_company_it_speaks_for(play: DeskPlay) -> None:
    play.provider.claims = {"email": "ann@acme.example", "email_verified": True}
    answer = await begun(play)
    back = play.provider.sign_on(answer.url)
    assert back.startswith("http://127.0.0.1:50123/?")
    assert f"state={answer.sent_state}" in back
    code = re.findall("code=([^&]+)", back)[0]
    finish = c.FinishSignOn(attempt=answer.attempt, sent_state=answer.sent_state, code=code)
    assert await play.refusal(finish, EVE) == "no_such_sign_on"
    await play.ask(finish)
    badge = (await play.news(e.ClaimMade)).claim.badge
    assert (badge.kind, badge.subject, badge.domain) == (
        *("sign_on", "sso.acme.example"),
        "acme.example",
    )
    assert await play.refusal(finish) == "no_such_sign_on"


async def test_what_the_admin_says_anew_holds_from_then_on(play: DeskPlay) -> None:
    answer = await begun(play)
    before = play.desk.configuration
    same, gone = before.issuers
    play.desk.configure(dataclasses.replace(before, mail=None, issuers=(same,)))
    assert play.desk.configuration.issuers == (same,)
    assert await play.refusal(c.ClaimSignOn(issuer=gone.url, port=50123)) == "no_such_issuer"
    assert await play.refusal(c.ClaimMail(address="ann@acme.example")) == "no_mail"
    # What was begun with an issuer that is as it was goes on.
    code = re.findall("code=([^&]+)", play.provider.sign_on(answer.url))[0]
    finish = c.FinishSignOn(attempt=answer.attempt, sent_state=answer.sent_state, code=code)
    await play.ask(finish)
    await play.news(e.ClaimMade)
    asked = len(play.fetcher.asked)
    play.desk.configure(before)  # and of one that is new, the description is asked for
    await trio.testing.wait_all_tasks_blocked()
    assert play.fetcher.asked[asked:] == [gone.discovery]


async def test_an_account_at_an_issuer_is_one_persons(play: DeskPlay) -> None:
    for person in (ANN, EVE):
        play.desk.start()
        await trio.testing.wait_all_tasks_blocked()
        answer = await play.ask(c.ClaimSignOn(issuer=SSO, port=50123), person)
        code = re.findall("code=([^&]+)", play.provider.sign_on(answer.url))[0]
        finish = c.FinishSignOn(attempt=answer.attempt, sent_state=answer.sent_state, code=code)
        await play.ask(finish, person)
        if person is ANN:
            await play.news(e.ClaimMade)
            play.store.people.save(ANN, NOW)
    assert (await play.news(e.ClaimRefused, EVE)).code == "claimed_by_another"


async def test_only_the_admins_issuers_are_taken_exactly(play: DeskPlay) -> None:
    for issuer in (f"{SSO}/", "https://evil.example", SSO.upper(), ""):
        assert await play.refusal(c.ClaimSignOn(issuer=issuer, port=50123)) == "no_such_issuer"
    # It has not described itself yet.
    assert await play.refusal(c.ClaimSignOn(issuer=SSO, port=50123)) == "issuer_unreached"


async def test_a_code_typed_on_another_device_is_off_until_the_admin_allows_it(
    play: DeskPlay, autojump_clock: trio.testing.MockClock
) -> None:
    other = c.ClaimByDevice(issuer="https://sso.other.example")
    assert await play.refusal(other) == "no_device_flow"
    play.provider.device_answers = ["authorization_pending"]
    await play.ask(c.ClaimByDevice(issuer=SSO))
    ready = await play.news(e.DeviceCodeReady)
    assert (ready.user_code, ready.url) == ("WDJB-MJHT", f"{SSO}/link")
    made = await play.news(e.ClaimMade)
    assert made.claim.badge.by_device


async def test_codes_for_other_devices_leave_room_for_other_claims(
    play: DeskPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "MAX_DEVICES", 1)
    await play.ask(c.ClaimByDevice(issuer=SSO))
    with pytest.raises(CommandRefused) as refused:
        await play.desk.carry_out(EVE, c.ClaimByDevice(issuer=SSO))
    assert refused.value.code == "busy_claiming"
    await play.prove_forge()


async def test_a_claim_is_looked_at_every_day_and_ends_when_it_is_gone(
    play: DeskPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.desk.start()
    made = await play.prove_forge()
    play.store.people.save(ANN, NOW)
    await trio.sleep(DAY + 120)
    [badge] = play.desk.badges_of(ANN)
    assert badge.proven_at == made.claim.badge.proven_at
    assert badge.checked_at > made.claim.badge.checked_at
    play.fetcher.documents[KEYS] = OTHER.line.encode()
    await trio.sleep(DAY + 120)
    assert (await play.news(e.ClaimEnded)).why == "gone"
    assert await play.badges() == []
    assert play.store.claims.all_kept() == ()


async def test_a_forge_that_is_down_takes_no_badge_at_once(
    play: DeskPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.desk.start()
    await play.prove_forge()
    play.store.people.save(ANN, NOW)
    play.fetcher.documents[KEYS] = 503
    await trio.sleep(3 * DAY)
    [badge] = play.desk.badges_of(ANN)
    assert badge.is_overdue(play.now())
    assert badge.until == badge.checked_at + UNREACHED_SECONDS


async def test_a_cut_key_that_may_come_back_keeps_its_claim_until_then(
    play: DeskPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.desk.start()
    play.keys[ANN.id] = [KEY.fingerprint, "c" * 32]
    play.fetcher.documents[KEYS] = KEY.line.encode()
    await play.ask(c.ClaimForge(forge="forgejo", user="ann"))
    await play.news(e.ClaimMade)
    play.store.people.save(ANN, NOW)
    play.keys[ANN.id] = ["c" * 32]
    await trio.sleep(DAY + 120)
    assert await play.badges() == []
    play.keys[ANN.id] = [KEY.fingerprint, "c" * 32]
    assert await play.badges() == ["forge codeberg.org/ann"]


async def test_claims_are_taken_back(play: DeskPlay) -> None:
    made = await play.prove_forge()
    assert await play.refusal(c.WithdrawClaim(claim=made.claim.id), EVE) == "no_such_claim"
    await play.ask(c.WithdrawClaim(claim=made.claim.id))
    assert await play.news(e.ClaimEnded) == e.ClaimEnded(claim=made.claim, why="withdrawn")
    assert await play.badges() == []


async def test_what_is_hidden_is_no_badge_and_still_opens_doors(play: DeskPlay) -> None:
    claim = (await play.prove_forge()).claim
    assert await play.refusal(c.HideClaim(claim=claim.id), EVE) == "no_such_claim"
    await play.ask(c.HideClaim(claim=claim.id))
    hidden = replace(claim, hidden=True)
    assert (await play.news(e.ClaimChanged)).claim == hidden
    assert (await play.ask(c.ListClaims())).claims == (hidden,)
    assert await play.badges() == []
    assert [each.subject for each in play.desk.book.proven_of(ANN)] == ["codeberg.org/ann"]
    [kept] = play.store.claims.all_kept()
    assert kept.hidden
    await play.ask(c.ShowClaim(claim=claim.id))
    assert (await play.news(e.ClaimChanged)).claim == claim
    assert await play.badges() == ["forge codeberg.org/ann"]


async def test_everything_of_a_person_is_told_and_deleted(
    play: DeskPlay, autojump_clock: trio.testing.MockClock
) -> None:
    await play.prove_forge()
    sent = await play.ask(c.ClaimMail(address="ann@acme.example"))
    await play.ask(c.ClaimByDevice(issuer=SSO))
    [thing] = play.desk.export(ANN)
    assert thing.kind == "claim"
    assert thing.thing["fact"]["user"] == "ann"
    assert list(play.desk.export(EVE)) == []
    play.desk.forget(ANN)
    assert list(play.desk.export(ANN)) == []
    assert play.store.claims.all_kept() == ()
    await trio.testing.wait_all_tasks_blocked()
    confirm = c.ConfirmMail(code="12345678", attempt=sent.attempt)
    assert await play.refusal(confirm) == "no_such_code"
    await trio.sleep(3600)
    assert not [event for _, event in play.told if isinstance(event, e.ClaimRefused)]


async def test_claims_are_there_after_a_restart(
    play: DeskPlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await play.prove_forge()
    async with trio.open_nursery() as nursery:
        again = ClaimsDesk(
            play.store, play.now, play.configuration(), nursery, play.reach, fetcher=play.fetcher
        )
        assert again.book.own_claims(ANN) == (made.claim,)


async def test_claims_follow_who_becomes_another_person_and_no_key_that_splits_off(
    play: DeskPlay,
) -> None:
    await play.prove_forge()
    holder = ClaimHolder(play.desk.book, play.desk.end_begun)
    held = await holder.look_up(KnownPerson(id=ANN.key, keys=()))
    assert held.past == Past()
    await play.ask(c.ClaimForge(forge="forgejo", user="ann.two"))
    play.fetcher.documents["https://codeberg.org/ann.two.keys"] = KEY.line.encode()
    held.copy(ANN, EVE)
    assert await play.badges(EVE) == []
    held.move(ANN, EVE, Past())
    play.keys[EVE.id] = [EVE.key, ANN.key]
    assert await play.badges(EVE) == ["forge codeberg.org/ann"]
    await trio.testing.wait_all_tasks_blocked()
    assert await play.badges() == []
    assert len([*play.store.claims.all_kept()]) == 1, "nothing is proven of who is nobody now"
