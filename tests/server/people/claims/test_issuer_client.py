"""Tests of asking an issuer who signed on."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
import trio
from joserfc.jwk import ECKey

from server.fetching.targets import AllowedHosts
from server.people.claims.issuer_client import RELOAD_SECONDS, IssuerClient
from server.people.claims.issuers import Issuer, read_endpoints
from server.people.claims.proof import NotProven, NotReached
from server.people.claims.sign_ons import SignOn, SignOns

from ....support.fake_documents import FakeDocuments, down
from ....support.openid_provider import OpenIdProvider
from .test_sign_ons import KEY, NOW, entropy

URL = "https://sso.acme.example/realms/one"


class IssuerPlay:
    """An issuer, and somebody who signs on there."""

    def __init__(self, *, secret: str = "", device_flow: bool = True) -> None:
        self.provider = OpenIdProvider(URL, NOW, secret=secret)
        issuer = Issuer(
            url=URL, name="Acme", client_id="roomcli", secret=secret, device_flow=device_flow
        )
        self.fetcher = FakeDocuments()
        self.began = trio.current_time()
        self.client = IssuerClient(issuer, self.fetcher, self.now)
        for path in ("/.well-known/openid-configuration", "/keys", "/token", "/device"):
            self.fetcher.documents[URL + path] = self.answers(path)

    def now(self) -> float:
        """Return the server's time."""
        return NOW + trio.current_time() - self.began

    def answers(self, path: str) -> Callable[[bytes], tuple[int, bytes]]:
        """Return what answers at a path."""

        def answer(form: bytes) -> tuple[int, bytes]:
            header = self.fetcher.posted[-1][2].get("Authorization", "") if form else ""
            self.provider.now = self.now()
            return self.provider.respond(path, dict(parse_qsl(form.decode())), header)

        return answer

    async def sign_on(self) -> tuple[SignOn, str]:
        """Begin a sign-on, and come back from the browser with a code."""
        begun = SignOns().begin_sign_on(
            "ann", KEY, self.client.issuer, 50123, self.now(), entropy()
        )
        back = self.provider.sign_on(begun.address(await self.client.endpoints()))
        assert back.startswith(begun.redirect)
        query = dict(parse_qsl(urlsplit(back).query))
        assert query["state"] == begun.sent_state
        return begun, query["code"]


@pytest.fixture
async def play() -> IssuerPlay:
    """An issuer that nobody has asked."""
    return IssuerPlay()


async def test_a_code_is_exchanged_for_who_signed_on(play: IssuerPlay) -> None:
    begun, code = await play.sign_on()
    account = await play.client.redeem(begun, code)
    assert account.issuer == URL
    assert not account.by_device
    (form,) = play.provider.forms
    assert form == {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1:50123/",
        "code_verifier": begun.verifier,
        "client_id": "roomcli",
    }
    with pytest.raises(NotProven) as error:
        await play.client.redeem(begun, code)  # the issuer takes it once
    assert error.value.code == "not_signed_on"


async def test_the_clients_secret_goes_as_the_issuer_wants_it() -> None:
    play = IssuerPlay(secret="s3cr:t")
    play.provider.secret = "s3cr%3At"
    await play.client.redeem(*await play.sign_on())
    assert "client_secret" not in play.provider.forms[0]
    play = IssuerPlay(secret="s3cr:t")
    play.provider.secret = ""
    play.provider.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await play.client.redeem(*await play.sign_on())
    assert play.provider.forms[0]["client_secret"] == "s3cr:t"


async def test_a_code_of_another_sign_on_is_worth_nothing(play: IssuerPlay) -> None:
    _, code = await play.sign_on()
    other = SignOns().begin_sign_on("eve", "b" * 32, play.client.issuer, 50123, NOW, entropy(2))
    with pytest.raises(NotProven):  # its verifier does not fit
        await play.client.redeem(other, code)
    play.provider.claims["nonce"] = other.nonce
    with pytest.raises(NotProven):
        await play.client.redeem(*await play.sign_on())


async def test_what_the_issuer_says_of_itself_is_asked_once_an_hour(
    play: IssuerPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.began = trio.current_time()
    for _ in range(2):
        await play.client.redeem(*await play.sign_on())
    discovery = f"{URL}/.well-known/openid-configuration"
    assert play.fetcher.asked.count(discovery) == play.fetcher.asked.count(f"{URL}/keys") == 1
    await trio.sleep(3601)
    await play.client.redeem(*await play.sign_on())
    assert play.fetcher.asked.count(discovery) == 2


async def test_a_new_key_is_looked_for_once_a_minute(
    play: IssuerPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.began = trio.current_time()
    await play.client.redeem(*await play.sign_on())
    play.provider.key = ECKey.generate_key("P-256", {"kid": "two"})
    with pytest.raises(NotProven):
        await play.client.redeem(*await play.sign_on())
    assert play.fetcher.asked.count(f"{URL}/keys") == 1
    await trio.sleep(RELOAD_SECONDS)
    await play.client.redeem(*await play.sign_on())
    assert play.fetcher.asked.count(f"{URL}/keys") == 2


@pytest.mark.parametrize(
    "said",
    [
        *({"issuer": f"{URL}/"}, {"issuer": "https://evil.example"}, {"issuer": None}),
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"id_token_signing_alg_values_supported": None},
        {"id_token_signing_alg_values_supported": "RS256"},
        {"token_endpoint": "http://sso.acme.example/token"},
        {"token_endpoint": "https://127.0.0.1/token"},
        {"jwks_uri": "https://sso.acme.example:8443/keys"},
        *({"jwks_uri": 5}, {"authorization_endpoint": None}),
    ],
)
async def test_an_issuer_that_says_something_unusable_is_not_used(
    play: IssuerPlay, said: dict[str, object]
) -> None:
    play.provider.discovery |= said
    with pytest.raises(NotReached):
        await play.client.endpoints()


@pytest.mark.parametrize("trouble", [500, 404, 302, down(), b"<html>", b"[]", b"{}"])
async def test_an_issuer_that_is_down_proves_nothing_and_denies_nothing(
    play: IssuerPlay, trouble: object
) -> None:
    begun, code = await play.sign_on()
    play.fetcher.documents[f"{URL}/token"] = trouble
    with pytest.raises((NotReached, NotProven)) as error:
        await play.client.redeem(begun, code)
    assert "eyes" not in str(error.value)
    play.fetcher.documents[f"{URL}/.well-known/openid-configuration"] = trouble
    other = IssuerClient(play.client.issuer, play.fetcher, play.now)
    with pytest.raises(NotReached):
        await other.endpoints()


def test_only_algorithms_of_public_keys_are_taken() -> None:
    provider = OpenIdProvider(URL, NOW)
    _, body = provider.respond("/.well-known/openid-configuration", {})
    issuer = Issuer(url=URL, name="Acme", client_id="roomcli")
    assert read_endpoints(issuer, body, AllowedHosts()).algorithms == ("RS256", "ES256")


async def test_a_code_typed_on_another_device_proves_who_typed_it(
    play: IssuerPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.began = trio.current_time()
    device = await play.client.begin_device("ann")
    assert (device.user_code, device.address) == ("WDJB-MJHT", f"{URL}/link")
    assert "a device" not in repr(device)
    play.provider.device_answers = ["authorization_pending", "slow_down", "authorization_pending"]
    account = await play.client.await_device(device)
    assert account.by_device
    assert trio.current_time() - play.began == 5 + 5 + 10 + 10


async def test_an_issuer_that_is_away_for_a_moment_ends_no_wait_for_a_device(
    play: IssuerPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.began = trio.current_time()
    device = await play.client.begin_device("ann")
    there = play.fetcher.documents[URL + "/token"]
    play.fetcher.documents[URL + "/token"] = down()
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def come_back() -> None:
            await trio.sleep(60)
            play.fetcher.documents[URL + "/token"] = there

        assert (await play.client.await_device(device)).by_device


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "nonsense"])
async def test_a_device_that_is_refused_proves_nothing(
    play: IssuerPlay, error: str, autojump_clock: trio.testing.MockClock
) -> None:
    play.began = trio.current_time()
    device = await play.client.begin_device("ann")
    play.provider.device_answers = [error]
    with pytest.raises(NotProven) as raised:
        await play.client.await_device(device)
    assert raised.value.code == "not_signed_on"


async def test_a_device_is_not_waited_for_longer_than_its_code_is_good(
    play: IssuerPlay, autojump_clock: trio.testing.MockClock
) -> None:
    play.began = trio.current_time()
    device = await play.client.begin_device("ann")
    play.provider.device_answers = ["authorization_pending"] * 1000
    with pytest.raises(NotProven):
        await play.client.await_device(device)
    assert trio.current_time() - play.began <= 600


@pytest.mark.parametrize(
    "answer",
    [
        b"{}",
        b'{"user_code": "A\\u001b[2J", "verification_uri": "https://a.b", "device_code": "x",'
        b' "expires_in": 600}',
        b'{"user_code": "ABCD", "verification_uri": "javascript:x", "device_code": "x",'
        b' "expires_in": 600}',
        b'{"user_code": "ABCD", "verification_uri": "https://a.b", "device_code": 5,'
        b' "expires_in": 600}',
        b'{"user_code": "ABCD", "verification_uri": "https://a.b", "device_code": "x"}',
    ],
)
async def test_nothing_strange_is_shown_of_an_answer_for_a_device(
    play: IssuerPlay, answer: bytes
) -> None:
    play.fetcher.documents[f"{URL}/device"] = answer
    with pytest.raises(NotReached):
        await play.client.begin_device("ann")
