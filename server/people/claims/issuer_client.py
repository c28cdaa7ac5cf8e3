"""Asks issuers: what they say of themselves, and who signed on (RFC 6749, RFC 8628)."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import trio

from ...fetching.fetcher import Document, Fetcher, FetchFailed
from .issuers import Endpoints, Issuer, decode_object, read_endpoints
from .proof import NotProven, NotReached
from .sign_ons import SCOPE, SignOn
from .state import IssuerAccount

log = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0
"""How long is believed what an issuer says of itself."""
RELOAD_SECONDS = 60.0
"""How long its list of keys is believed not to have changed when a token names another key."""
POLL_SECONDS = 5.0
MAX_DEVICE_SECONDS = 900.0
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_USER_CODE = re.compile(r"[A-Za-z0-9-]{4,32}")
_SHOWN_ADDRESS = re.compile(r"https://[!-~]{1,300}")


@dataclass(frozen=True)
class DeviceCode:
    """What a person types at ``address`` on another device, and what the server asks with."""

    user_code: str
    address: str
    until: float
    interval: float
    device_code: str = field(repr=False)


class IssuerClient:
    """Asks one issuer; ``clock`` gives the server's time."""

    def __init__(self, issuer: Issuer, fetcher: Fetcher, clock: Callable[[], float]) -> None:
        self.issuer = issuer
        self._fetcher = fetcher
        self._clock = clock
        self._known: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, bytes] | None = None

    @property
    def described(self) -> Endpoints | None:
        """What the issuer said of itself when it was asked last; None before it has answered."""
        return self._known[1] if self._known is not None else None

    async def keep_described(self) -> None:
        """Ask the issuer about itself again and again, until cancelled."""
        while True:
            try:
                await self.endpoints()
            except NotReached as error:
                log.warning("%s", error)
                await trio.sleep(RELOAD_SECONDS)
            else:
                await trio.sleep(FRESH_SECONDS)

    async def endpoints(self) -> Endpoints:
        """Return where the issuer is asked. Raises NotReached."""
        now = self._clock()
        if self._known is None or now >= self._known[0] + FRESH_SECONDS:
            document = await self._fetch(self.issuer.discovery)
            if document.status != 200:
                raise NotReached(f"{self.issuer.name} does not describe itself at present")
            found = read_endpoints(self.issuer, document.body, self._fetcher.allowed)
            self._known = now, found
        return self._known[1]

    async def redeem(self, sign_on: SignOn, code: str) -> IssuerAccount:
        """Return whose account a code is for. Raises NotProven, NotReached."""
        answer = await self._ask_token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": sign_on.redirect,
                "code_verifier": sign_on.verifier,
            },
            sign_on.person,
        )
        if "error" in answer:
            raise NotProven("not_signed_on", f"{self.issuer.name} does not take the code")
        return await self._account_in(answer, sign_on.nonce)

    async def begin_device(self, person: str) -> DeviceCode:
        """Return what the person has to type on another device. Raises NotReached."""
        endpoints = await self.endpoints()
        if not endpoints.device:
            raise NotReached(f"{self.issuer.name} knows no sign-on by another device")
        form = {"client_id": self.issuer.client_id, "scope": SCOPE}
        document = await self._fetch(endpoints.device, form, person)
        found = decode_object(document.body) if document.status == 200 else {}
        user_code, address = found.get("user_code"), found.get("verification_uri")
        secret, seconds = found.get("device_code"), found.get("expires_in")
        interval = found.get("interval", POLL_SECONDS)
        if (
            not (isinstance(user_code, str) and _USER_CODE.fullmatch(user_code))
            or not (isinstance(address, str) and _SHOWN_ADDRESS.fullmatch(address))
            or not (isinstance(secret, str) and isinstance(seconds, int))
            or not isinstance(interval, int | float)
        ):
            raise NotReached(f"{self.issuer.name} gives no code for another device")
        until = self._clock() + min(max(seconds, 0), MAX_DEVICE_SECONDS)
        return DeviceCode(user_code, address, until, max(float(interval), POLL_SECONDS), secret)

    async def await_device(self, device: DeviceCode) -> IssuerAccount:
        """Return whose account it is, once the person has typed the code.

        Raises NotProven, NotReached.
        """
        interval = device.interval
        while self._clock() + interval < device.until:
            await trio.sleep(interval)
            form = {"grant_type": _DEVICE_GRANT, "device_code": device.device_code}
            try:
                answer = await self._ask_token(form, person="")
            except NotReached:  # it may be back before the code is too old (RFC 8628, 3.5)
                interval += POLL_SECONDS
                continue
            match answer.get("error"):
                case None:
                    return await self._account_in(answer, None)
                case "authorization_pending":
                    continue
                case "slow_down":
                    interval += POLL_SECONDS
                case _:
                    break
        raise NotProven("not_signed_on", f"{self.issuer.name} was not told that it is you")

    async def _account_in(self, answer: dict[str, object], nonce: str | None) -> IssuerAccount:
        from .id_tokens import UnknownKey, check_id_token  # takes long to import

        token, endpoints = answer.get("id_token"), await self.endpoints()
        if not isinstance(token, str):
            raise NotProven("bad_token", f"{self.issuer.name} says nothing of who signed on")
        for age in (FRESH_SECONDS, RELOAD_SECONDS):
            keys, now = await self._key_list(endpoints, age), self._clock()
            try:
                return check_id_token(token, keys, self.issuer, endpoints.algorithms, nonce, now)
            except UnknownKey:
                continue
        raise NotProven("bad_token", f"{self.issuer.name} does not list the key that signed")

    async def _key_list(self, endpoints: Endpoints, age: float) -> bytes:
        now = self._clock()
        if self._keys is None or now >= self._keys[0] + age:
            document = await self._fetch(endpoints.keys)
            if document.status != 200:
                raise NotReached(f"{self.issuer.name} does not show its keys at present")
            self._keys = now, document.body
        return self._keys[1]

    async def _ask_token(self, form: dict[str, str], person: str) -> dict[str, object]:
        """Return the answer to a question for a token: one with an error, or one without."""
        endpoints, issuer = await self.endpoints(), self.issuer
        form, headers = {**form, "client_id": issuer.client_id}, {}
        if issuer.secret and endpoints.takes_basic:
            pair = f"{quote(issuer.client_id, safe='')}:{quote(issuer.secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif issuer.secret:
            form["client_secret"] = issuer.secret
        document = await self._fetch(endpoints.token, form, person, headers)
        answer = decode_object(document.body)
        if document.status == 200 and "error" not in answer:
            return answer
        if document.status in (400, 401) and isinstance(answer.get("error"), str):
            return answer
        raise NotReached(f"{issuer.name} does not answer as it should")

    async def _fetch(
        self,
        url: str,
        form: dict[str, str] | None = None,
        person: str = "",
        headers: dict[str, str] | None = None,
    ) -> Document:
        body = urlencode(form).encode() if form is not None else None
        try:
            return await self._fetcher.fetch(url, person=person, form=body, headers=headers)
        except FetchFailed as error:
            raise NotReached(str(error), error.retry_after) from None
