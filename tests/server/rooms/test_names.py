"""Tests that nobody passes for somebody else: not by a name, a dot, a badge or a ticket."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import Person

from ...support.serving import Client, Turned, serving


def tail_of(client: Client) -> str:
    """Return the last four digits of somebody's key."""
    return fingerprint(client.key.public_key().public_bytes_raw())[-4:]


async def said(reader: Client, writer: Client, text: str) -> ChatMessage:
    """Write a message and return it as the reader is told it."""
    await writer.do(c.Chat(text=text))
    posted = await reader.until(e.ChatPosted, lambda event: event.message.text == text)
    message: ChatMessage = posted.message
    assert message.person == writer.view.me
    return message


def listed(page: e.PeoplePage) -> dict[str, Person]:
    """Return the people of a page by their seats."""
    return {seat: page.people[id] for seat, id in page.seats.items()}


@pytest.mark.parametrize("name", ["Hanna", "HANNA", "H\u0430nna", "Ha\u0301nna", "Hanna."])
async def test_a_listener_with_the_host_s_name_carries_a_tail(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", name="Hanna")
        double = await server.client(name=name)
        other = await server.client(name="Ben")
        assert (await said(other, double, "mute yourselves")).tail == tail_of(double)
        assert (await said(other, host, "no")).full_name == "Hanna"
        page = await other.question(c.ListPeople(), e.PeoplePage)
        assert {seat: each.tail for seat, each in listed(page).items()} == {
            double.id: tail_of(double),
            other.id: "",
        }


async def test_whoever_played_the_absent_host_is_found_out_for_good(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", name="Hanna")
        second = await server.client(name="Ben")
        await host.do(c.MakeCohost(id=second.id))
        await host.do(c.LeaveRoom())
        double = await server.client(name="Hanna")
        assert (await said(second, double, "send me your passwords")).tail == ""
        await double.do(c.RaiseHand())
        await server.client(key=host.key, intent="host", name="Hanna")
        changed = await second.until(e.PersonChanged)
        assert changed.person.id == double.view.me
        assert changed.person.tail == tail_of(double)
        (hand,) = second.view.hands
        assert second.view.shown(hand) == changed.person
        late = await server.client(name="Cid")
        assert [each.full_name for each in late.joined.chat] == [changed.person.full_name]
    async with serving(tmp_path) as server:
        late = await server.client(name="Cid")
        assert [each.full_name for each in late.joined.chat] == [changed.person.full_name]
        assert late.joined.people == {changed.person.id: changed.person}


async def test_a_ticket_brings_another_name_only_with_what_tells_it_apart(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", name="Hanna")
        guest = await server.client(name="Ben")
        await guest.do(c.RaiseHand())
        await guest.go()
        again = await server.client(key=guest.key, ticket=guest.joined.ticket, name="Hanna")
        assert again.id == guest.id
        changed = await host.until(e.PersonChanged)
        assert changed.person.full_name == f"Hanna·{tail_of(guest)}"
        assert (await said(host, again, "hello")).full_name == f"Hanna·{tail_of(guest)}"
        await again.do(c.LowerHand())
        await again.go()
        back = await server.client(key=guest.key, ticket=again.joined.ticket, name="Hanna")
        assert (await said(host, back, "me too")).full_name == f"Hanna·{tail_of(guest)}"


async def test_a_restart_changes_nobody_s_name(tmp_path: Path) -> None:
    """Names stay even if the person who came later is the first to be back."""
    async with serving(tmp_path) as server:
        await server.client(intent="host", name="Ann")
        first, double = await server.client(name="Hanna"), await server.client(name="HANNA")
    async with serving(tmp_path) as server:
        for was, name in ((double, "HANNA"), (first, "Hanna")):
            address = server.room()
            back = await server.client(address, was.key, ticket=was.joined.ticket, name=name)
            assert back.id == was.id
        page = await back.question(c.ListPeople(), e.PeoplePage)
        assert {seat: each.full_name for seat, each in listed(page).items()} == {
            double.id: f"HANNA·{tail_of(double)}",
            first.id: "Hanna",
        }


@pytest.mark.parametrize(
    "name",
    [
        "Hanna·b7e1",
        "Hanna\u0387b7e1",
        "Hanna\u2022b7e1",
        "Hanna\u30fbb7e1",
        "Hanna\uff65b7e1",
        "Hanna \u22c5 b7e1",
        "Hanna (host)",
        "Hanna \uff08H\u043est\uff09",
        "[co-host] Hanna",
    ],
)
async def test_nobody_writes_a_tail_or_a_badge_themselves(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as server:
        with pytest.raises(Turned) as turned:
            await server.client(intent="host", name=name)
        assert turned.value.code == "bad_text"
        assert turned.value.refused.text.startswith(("name holds U+", "a name cannot hold (host)"))
