"""The opening of a connection: the server's challenge, and who it is that answers."""

from __future__ import annotations

import secrets
from collections import Counter
from functools import partial

import trio
from msgspec import Struct
from msgspec.structs import replace

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol import FEATURES, codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.durations import rounded_up
from roomcli.protocol.handshake import NONCE_BYTES
from roomcli.protocol.people import Person
from roomcli.protocol.text import cleaned

from ..client_connection import ClientConnection
from ..people.identity import proven_person
from .caller import Caller, Services


class AdmittedPerson(Struct, frozen=True, array_like=True):
    """Who is at the other end: the person by their first key, under the name that they came with.

    They keep that name if ``keeps_name``. ``signer`` is the key of theirs that signed,
    ``authority`` the name of the server that they dialled. Who ``contests`` has a key that is
    revoked, which they may undo, and can do nothing else. ``by_tls`` says whether they were shown
    a certificate.
    """

    person: Person
    keeps_name: bool
    signer: str
    authority: str
    contests: bool
    by_tls: bool


async def introduce(
    connection: ClientConnection, caller: Caller, services: Services
) -> AdmittedPerson | None:
    """Return who proves to be at the other end, once they are welcomed.

    Returns None after a goodbye to a client that proves nothing. Raises ConnectionLost.
    """
    opening = trio.CancelScope()
    caller.conduct.on_end(partial(_turn_away, connection, opening, services.hub.goodbyes))
    with opening:
        nonce = secrets.token_bytes(NONCE_BYTES)
        _send(connection, e.Challenge(nonce=nonce, features=FEATURES))
        try:
            with trio.fail_after(services.hub.limits.connections.hello_seconds):
                message = await connection.receive()
                caller.place.has_said_hello = True
                await caller.share.wait()
            who = _judged(message, nonce, caller, services)
        except trio.TooSlowError:
            services.hub.goodbyes["too_slow"] += 1
            _send(connection, e.Goodbye(code="too_slow", text="no hello came", retry=True))
        except (ProtocolError, CommandRefused) as error:
            services.hub.refused_hellos.note(caller.address, "this server", error.code)
            services.hub.refusals[error.code] += 1
            services.hub.goodbyes[error.code] += 1
            _refuse(connection, error)
        else:
            shown = services.reception.known(who.person, keeps_name=who.keeps_name)
            _send(connection, _welcome(shown, services, contests=who.contests))
            return who
    return None


def _judged(
    message: bytes | str, nonce: bytes, caller: Caller, services: Services
) -> AdmittedPerson:
    hello = codec.decode_from_client(message)
    if not isinstance(hello, c.Hello):
        raise ProtocolError("bad_message", "the first message has to be hello")
    authority = caller.authority if hello.authority is None else hello.authority
    if not caller.names_us(authority):
        raise CommandRefused(
            "bad_signature",
            f"this server does not know itself as {cleaned(authority, 80)}: "
            "its admin can tell it with --authority",
        )
    caller.place.features = hello.features
    person = proven_person(hello, nonce, authority, caller.certificate_hash)
    signer, identities = person.key, services.hub.identities
    contests = identities.contested(signer)
    if not contests:
        person = replace(person, key=identities.sign_in(signer))
    wait = services.hub.allowances.take("hello", signer, caller.address, trio.current_time())
    if wait:
        text = f"too many tries: wait {rounded_up(wait)}"
        raise CommandRefused("rate_limited", text, retry_after=wait)
    services.reception.judge_server_ban(person.key)
    known = services.reception.known(person, keeps_name=True)
    return AdmittedPerson(
        known, hello.keeps_name, signer, authority, contests, any(hello.certificate)
    )


def _welcome(person: Person, services: Services, *, contests: bool) -> e.Welcome:
    return e.Welcome(
        you=person,
        server_time=services.hub.now(),
        hosting="everybody" if services.reception.open_hosting else "token",
        features=FEATURES,
        # To a key that is revoked nothing is told of the person.
        blocked=() if contests else tuple(services.store.ties.made_by(person.id, "blocks")),
    )


def _refuse(connection: ClientConnection, error: ProtocolError | CommandRefused) -> None:
    wait = error.retry_after if isinstance(error, CommandRefused) else None
    text = str(error)
    _send(connection, e.Refused(command="hello", code=error.code, text=text, retry_after=wait))
    retry = error.code == "rate_limited"
    _send(connection, e.Goodbye(code=error.code, text=text, retry=retry))


def _send(connection: ClientConnection, event: e.Event) -> None:
    connection.send(codec.encode(event))


def _turn_away(
    connection: ClientConnection, opening: trio.CancelScope, goodbyes: Counter[str], why: str
) -> None:
    goodbyes["protocol"] += 1
    _send(connection, e.Goodbye(code="protocol", text=why))
    opening.cancel()
