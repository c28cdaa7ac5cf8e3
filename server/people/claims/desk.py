"""The desk for claims. What waits for forges, issuers and mail is a task, and its outcome news."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import get_args

import msgspec
import trio

from roomcli.errors import CommandRefused, StoreError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, BadgeKind, OfferedIssuer, OwnClaim
from roomcli.protocol.people import Person

from ...fetching.fetcher import Fetcher
from ...limits import ServerLimits
from ...store import Store
from . import mail_codes, sign_ons
from .book import ClaimBook, KeysOf, own_key
from .checking import Checker
from .commands import HideOwn, WithdrawAll, WithdrawOwn
from .configuration import ClaimsConfiguration
from .domains import read_domain
from .forges import read_account
from .issuer_client import IssuerClient
from .journal import ClaimEnd
from .mail_address import MailAddress, read_address
from .mail_codes import MailCodes
from .mailing import Mailer, MailFailed
from .proof import NotProven, NotReached
from .refusals import refuse_claim
from .sign_ons import SignOns
from .state import ForgeAccount, MailBox, OwnDomain, subject_of

log = logging.getLogger(__name__)

MAX_TASKS = 200
"""The most that is looked at, or sent, at the same time for people who wait."""
MAX_DEVICES = 20
"""The most codes that are waited for at the same time to be typed on another device: each is for
minutes, and the issuer is asked again and again."""


class ClaimsDesk:
    """Answers commands about claims.

    ``reach`` gives news to all connections of a person, ``networks_of`` says from where somebody is
    connected, ``signed_in`` by which keys, ``tell_admin`` gets a code and a line. ``changed`` hears
    of everybody whose badges may be others now. Tasks run in ``background``.
    """

    commands: Sequence[type[c.Command]] = get_args(c.ClaimCommand)
    questions = (c.ListClaims,)

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        configuration: ClaimsConfiguration,
        background: trio.Nursery,
        reach: Callable[[str, e.Event], None],
        *,
        keys_of: KeysOf = own_key,
        signed_in: Callable[[str], Collection[str]] = lambda person: (),
        networks_of: Callable[[str], Iterable[str]] = lambda person: (),
        tell_admin: Callable[[str, str], None] = lambda code, text: None,
        changed: Callable[[Person], None] = lambda person: None,
        fetcher: Fetcher | None = None,
        limits: ServerLimits | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._background = background
        self._reach = reach
        self._keys_of = keys_of
        self._signed_in = signed_in
        self._networks_of = networks_of
        self._tell_admin = tell_admin
        self._fetcher = fetcher or Fetcher(configuration.allowed, limits)
        self.book = ClaimBook(store, clock, self._tell_ended, keys_of, changed)
        self.checker = Checker(self.book, self._fetcher)
        self._issuers: dict[str, IssuerClient] = {}
        self._describing: dict[str, trio.CancelScope] = {}
        self._go_by(configuration)
        self._codes = MailCodes(secrets.token_bytes(32))
        self._sign_ons = SignOns()
        self._busy: dict[tuple[str, str], trio.CancelScope] = {}

    def start(self) -> None:
        """Look at what is due from now on, and ask the issuers about themselves."""
        self._background.start_soon(self.checker.keep_checking)
        self._ask_issuers()

    def configure(self, configuration: ClaimsConfiguration) -> None:
        """Go by this from now on. What was begun with an issuer that is the same goes on."""
        self._fetcher.allow(configuration.allowed)
        before = self._issuers
        self._go_by(configuration)
        for url, client in before.items():
            if self._issuers.get(url) is not client and url in self._describing:
                self._describing.pop(url).cancel()
        self._ask_issuers()

    def _go_by(self, configuration: ClaimsConfiguration) -> None:
        self.configuration = configuration
        self._mailer = Mailer(configuration.mail) if configuration.mail is not None else None
        same = {each.issuer: each for each in self._issuers.values()}
        self._issuers = {
            each.url: same.get(each) or IssuerClient(each, self._fetcher, self._clock)
            for each in configuration.issuers
        }

    def _ask_issuers(self) -> None:
        for url, client in self._issuers.items():
            if url not in self._describing:
                scope = self._describing[url] = trio.CancelScope()
                self._background.start_soon(self._keep_described, client, scope)

    async def _keep_described(self, client: IssuerClient, scope: trio.CancelScope) -> None:
        with scope:
            await client.keep_described()

    def badges_of(self, person: Person) -> tuple[Badge, ...]:
        """Return what others see of a person's claims."""
        return self.book.badges_of(person)

    async def carry_out(self, asker: Person, command: c.ClaimCommand) -> Sequence[e.DeskEvent]:
        """Carry out a command. Raises CommandRefused."""
        try:
            return self._carry_out(asker, command)
        except NotProven as error:
            raise CommandRefused(error.code, str(error)) from None

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Yield all claims of a person."""
        for claim in self.book.kept_claims(person):
            yield e.ThingHeld(kind="claim", thing=msgspec.to_builtins(claim))

    def forget(self, person: Person) -> None:
        """Delete all claims of a person, and end what they have begun."""
        self.end_begun(person)
        self.book.perform(WithdrawAll(person=person.id))

    def end_begun(self, person: Person) -> None:
        """End what a person has begun: nothing comes of it any more."""
        for (who, _), scope in self._busy.items():
            if who == person.id:
                scope.cancel()
        self._codes.forget_person(person.id)
        self._sign_ons.forget_person(person.id)

    def _carry_out(self, asker: Person, command: c.ClaimCommand) -> Sequence[e.DeskEvent]:
        match command:
            case c.ListClaims():
                return [self._own_list(asker)]
            case c.ClaimForge(forge=forge, host=host, user=user):
                self._begin_look(asker, read_account(forge, host, user, self._fetcher.allowed))
            case c.ClaimDomain(domain=domain):
                self._begin_look(asker, read_domain(domain, self._fetcher.allowed))
            case c.ClaimMail(address=address):
                return [self._send_code(asker, address)]
            case c.ConfirmMail(attempt=attempt, code=code):
                self._confirm_mail(asker, attempt, code)
            case c.ClaimSignOn(issuer=issuer, port=port):
                return [self._begin_sign_on(asker, self._issuer(issuer), port)]
            case c.FinishSignOn():
                self._finish_sign_on(asker, command)
            case c.ClaimByDevice(issuer=issuer):
                self._begin_device(asker, self._issuer(issuer))
            case c.HideClaim(claim=id) | c.ShowClaim(claim=id):
                hidden = isinstance(command, c.HideClaim)
                self.book.perform(HideOwn(person=asker.id, id=id, hidden=hidden))
                self._reach(asker.id, e.ClaimChanged(claim=self.book.own_claim(asker, id)))
            case c.WithdrawClaim(claim=id):
                self.book.perform(WithdrawOwn(person=asker.id, id=id))
        return []

    def _own_list(self, asker: Person) -> e.ClaimsListed:
        issuers = tuple(
            OfferedIssuer(issuer=each.url, name=each.name, by_device=each.device_flow)
            for each in self.configuration.issuers
        )
        return e.ClaimsListed(
            claims=self.book.own_claims(asker),
            companies=tuple(sorted(self.configuration.companies)),
            issuers=issuers,
        )

    # What an account or a domain shows.

    def _begin_look(self, asker: Person, fact: ForgeAccount | OwnDomain) -> None:
        kind: BadgeKind = "forge" if isinstance(fact, ForgeAccount) else "domain"

        async def look() -> OwnClaim:
            return await self.checker.prove(asker, fact)

        self._start_task(asker, "look", kind, subject_of(fact), look)

    # Codes by mail.

    def _send_code(self, asker: Person, text: str) -> e.MailCodeSent:
        mailer = self._mailer
        if mailer is None:
            raise refuse_claim("no_mail")
        address = read_address(text, self.configuration.companies)
        if len(self._busy) >= MAX_TASKS:
            raise refuse_claim("busy_claiming", retry_after=10.0)
        sent = self._codes.issue(
            *(
                asker.id,
                self._proving_key(asker),
                address,
                self._networks_of(asker.id),
                self._clock(),
            ),
            secrets.token_bytes(mail_codes.ENTROPY_BYTES),
        )
        self._background.start_soon(self._mail, mailer, asker, address, sent.code)
        return e.MailCodeSent(address=address.spec, attempt=sent.attempt, until=sent.until)

    async def _mail(self, mailer: Mailer, asker: Person, to: MailAddress, code: str) -> None:
        with trio.CancelScope() as scope:
            self._busy[asker.id, f"mail {code}"] = scope
            try:
                await mailer.send_code(to, code, self.configuration.server)
            except MailFailed as error:
                self._tell_admin("mail_fails", str(error))
            except Exception:
                log.exception("a code was not sent")
        self._busy.pop((asker.id, f"mail {code}"), None)

    def _confirm_mail(self, asker: Person, attempt: str, code: str) -> None:
        keys = self._keys_of(asker)
        address, key = self._codes.redeem(asker.id, keys, attempt, code, self._clock())
        box = hashlib.sha256(address.box.encode()).hexdigest()
        claim = self.book.record(asker, MailBox(address.domain, box), key)
        self._reach(asker.id, e.ClaimMade(claim=claim))

    # Signing on with an issuer.

    def _issuer(self, url: str) -> IssuerClient:
        found = self._issuers.get(url)
        if found is None:
            raise refuse_claim("no_such_issuer")
        return found

    def _begin_sign_on(self, asker: Person, client: IssuerClient, port: int) -> e.SignOnBegun:
        endpoints = client.described
        if endpoints is None:
            raise refuse_claim("issuer_unreached", retry_after=60.0)
        begun = self._sign_ons.begin_sign_on(
            *(asker.id, self._proving_key(asker), client.issuer, port, self._clock()),
            secrets.token_bytes(sign_ons.ENTROPY_BYTES),
        )
        return e.SignOnBegun(
            issuer=client.issuer.url,
            attempt=begun.attempt,
            sent_state=begun.sent_state,
            url=begun.address(endpoints),
            until=begun.until,
            names_issuer=endpoints.names_itself,
        )

    def _finish_sign_on(self, asker: Person, command: c.FinishSignOn) -> None:
        sign_on = self._sign_ons.finish(
            asker.id, self._keys_of(asker), command.attempt, command.sent_state, self._clock()
        )
        client = self._issuer(sign_on.issuer.url)

        async def redeem() -> OwnClaim:
            account = await client.redeem(sign_on, command.code)
            return self.book.record(asker, account, sign_on.key)

        self._start_task(asker, "sign_on", "sign_on", client.issuer.url, redeem)

    def _begin_device(self, asker: Person, client: IssuerClient) -> None:
        if not client.issuer.device_flow:
            raise refuse_claim("no_device_flow")
        if sum(what == "device" for _, what in self._busy) >= MAX_DEVICES:
            raise refuse_claim("busy_claiming", retry_after=60.0)
        key = self._proving_key(asker)

        async def wait() -> OwnClaim:
            device = await client.begin_device(asker.id)
            ready = e.DeviceCodeReady(
                issuer=client.issuer.url,
                user_code=device.user_code,
                url=device.address,
                until=device.until,
            )
            self._reach(asker.id, ready)
            account = await client.await_device(device)
            return self.book.record(asker, account, key)

        self._start_task(asker, "device", "sign_on", client.issuer.url, wait)

    # Tasks, and what is told.

    def _proving_key(self, asker: Person) -> str:
        """Return the key through which something is proven that shows no key itself.

        It is the youngest of those that are signed in: whoever has stolen a key proves nothing
        through an older one while its owner is here too.
        """
        keys, here = self._keys_of(asker), self._signed_in(asker.id)
        return next((each for each in reversed(keys) if each in here), keys[-1])

    def _start_task(
        self,
        asker: Person,
        what: str,
        kind: BadgeKind,
        subject: str,
        prove: Callable[[], Awaitable[OwnClaim]],
    ) -> None:
        """Prove something in the background, one at a time for each person and kind of task."""
        if (asker.id, what) in self._busy or len(self._busy) >= MAX_TASKS:
            raise refuse_claim("busy_claiming", retry_after=10.0)
        scope = self._busy[asker.id, what] = trio.CancelScope()

        async def run() -> None:
            try:
                with scope:
                    self._reach(asker.id, await self._outcome(kind, subject, prove))
            finally:
                del self._busy[asker.id, what]

        self._background.start_soon(run)

    async def _outcome(
        self, kind: BadgeKind, subject: str, prove: Callable[[], Awaitable[OwnClaim]]
    ) -> e.DeskEvent:
        try:
            claim = await prove()
            await self._store.flushed()
            return e.ClaimMade(claim=claim)
        except (NotProven, CommandRefused) as error:
            return e.ClaimRefused(kind=kind, subject=subject, code=error.code, text=str(error))
        except NotReached as error:
            return e.ClaimRefused(kind=kind, subject=subject, code="unreached", text=str(error))
        except StoreError as error:
            text = f"this is proven, but the server cannot write it down: {error}"
            return e.ClaimRefused(kind=kind, subject=subject, code="failed", text=text)
        except Exception:
            log.exception("a claim was not looked at")
            text = "the server failed: its log says why"
            return e.ClaimRefused(kind=kind, subject=subject, code="failed", text=text)

    def _tell_ended(self, person: Person, claim: OwnClaim, why: ClaimEnd) -> None:
        self._reach(person.id, e.ClaimEnded(claim=claim, why=why))
