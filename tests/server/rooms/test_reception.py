"""Tests of rooms, seats and invites: what brings somebody back, and who may open what."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.wire.heartbeat import Heartbeat
from server.rooms.peer import Peer
from server.store.tables.database import Database

from ...support.serving import Client, RunningServer, Turned, carrier_of, serving


async def refusal(server: RunningServer, **wish: Any) -> str:
    """Return the code with which somebody new is refused."""
    with pytest.raises(Turned) as turned:
        await server.client(**wish)
    return turned.value.code


async def test_joining_never_creates_a_room(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        assert await refusal(server) == "no_such_room"
        assert await refusal(server, ticket="x" * 32) == "no_such_room"
        assert server.hub.listed() == ([], "")


async def test_a_room_has_one_owner(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        assert await refusal(server, intent="host") == "room_taken"


async def test_hosting_takes_the_host_token_where_it_is_not_open(tmp_path: Path) -> None:
    async with serving(tmp_path, open_hosting=False) as server:
        good = "the-token-of-the-server"
        server.hub.admit_hosts(good)
        assert await refusal(server, intent="host") == "hosting_not_allowed"
        assert await refusal(server, intent="host", host_token="x" * 32) == "hosting_not_allowed"
        assert await refusal(server, intent="host", invite=good) == "hosting_not_allowed"
        assert await refusal(server, intent="join", host_token=good) == "no_such_room"
        host = await server.client(server.room(host_token=good), intent="host", access="invite")
        # The invite to a room is for listeners: it opens no other.
        assert host.joined.invite is not None
        with pytest.raises(Turned, match="hosting_not_allowed"):
            await server.client(server.room("other", host_token=host.joined.invite), intent="host")
        # The token, which opens rooms, lets into all of them.
        assert (await server.client(server.room(host_token=good))).view.role == "listener"


async def test_a_room_by_invitation_wants_a_good_one(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        invite = host.joined.invite
        assert invite is not None
        assert await refusal(server) == "no_such_room"
        assert await refusal(server, invite="x" * 32) == "no_such_room"
        guest = await server.client(server.room(invite=invite))
        assert guest.joined.invite is None
        assert isinstance(await guest.ask(c.MakeRoomInvite()), e.Refused)
        made = await host.question(c.MakeRoomInvite(), e.RoomInviteMade)
        await server.client(server.room(invite=made.invite))
        await server.client(server.room(invite=invite))  # one more invite ends no other


async def seat_of(host: Client, guest: Client) -> str:
    """Raise the guest's hand behind another's, and return the guest's ticket."""
    assert isinstance(await guest.ask(c.RaiseHand()), e.Done)
    await host.until(e.HandRaised, lambda event: event.id == guest.id)
    assert guest.joined.ticket is not None
    return guest.joined.ticket


async def test_a_ticket_brings_back_id_role_and_silence_but_no_microphone(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        await host.ask(c.MakeCohost(id=guest.id))
        await host.ask(c.Silence(id=guest.id))
        await guest.go()
        await host.until(e.SpeakerDropped)
        back = await server.client(key=guest.key, ticket=guest.joined.ticket, name="Ben")
        assert back.joined.resumed
        assert back.id == guest.id
        speaker = back.view.stage[back.id]
        assert (speaker.role, speaker.silenced, speaker.muted) == ("cohost", True, True)
        assert back.joined.ticket == guest.joined.ticket
        refused = await back.ask(c.Unmute())
        assert isinstance(refused, e.Refused)
        assert refused.code == "silenced"


async def test_a_ticket_brings_back_the_place_in_the_queue(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        first, second = await server.client(name="Ben"), await server.client(name="Carla")
        ticket = await seat_of(host, first)
        await seat_of(host, second)
        await first.go()
        back = await server.client(key=first.key, ticket=ticket)
        assert back.view.place_in_queue(first.id) == 1


async def test_no_ticket_brings_back_a_hand_that_was_lowered_with_all_others(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        ticket = await seat_of(host, guest)
        await host.do(c.LowerAllHands())
    async with serving(tmp_path) as server:
        back = await server.client(key=guest.key, ticket=ticket)
        assert (back.joined.resumed, back.view.hands) == (True, ())


async def test_a_ticket_without_its_key_is_worthless(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest, thief = await server.client(name="Ben"), Ed25519PrivateKey.generate()
        await server.bring_on_stage(host, guest)
        for ticket in (guest.joined.ticket, host.joined.ticket):
            stranger = await server.client(key=thief, ticket=ticket, name="Mallory")
            assert not stranger.joined.resumed
            assert stranger.id not in (guest.id, host.id)
            assert stranger.view.role == "listener"
        assert isinstance(await guest.ask(c.Mute()), e.Done)  # nobody took the seat


async def test_only_who_has_a_seat_comes_in_while_another_server_may_have_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        monkeypatch.setattr(Database, "is_lost", True)
        assert await refusal(server) == "try_later"
        back = await server.client(key=guest.key, ticket=guest.joined.ticket, name="Ben")
        assert back.joined.resumed
        await server.client(key=host.key, intent="host")


async def test_a_ticket_of_another_room_is_worthless(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await server.client(server.room("other"), intent="host")
        elsewhere = await server.client(
            server.room("other"), host.key, ticket=host.joined.ticket, name="Ann"
        )
        assert elsewhere.view.role == "listener"
        again = await server.client(key=host.key, ticket=host.joined.ticket)
        assert again.id == host.id


async def test_nobody_comes_back_by_ticket_after_being_removed(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        assert isinstance(await host.ask(c.Remove(id=guest.id, reason="noise\x1b[2J")), e.Done)
        last = (await guest.until_out())[-1]
        assert isinstance(last, e.RoomLeft)
        assert last.reason == "removed"
        assert last.text == "Ann removed you: noise"
        back = await server.client(key=guest.key, ticket=guest.joined.ticket, name="Ben")
        assert (back.joined.resumed, back.view.role) == (False, "listener")


async def test_the_connection_before_is_told_and_the_room_sees_one_person(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        back = await server.client(key=guest.key, ticket=guest.joined.ticket)
        last = (await guest.until_out())[-1]
        assert isinstance(last, e.Goodbye)
        assert (last.code, last.retry) == ("superseded", False)
        await host.until(e.Muted, lambda event: event.id == guest.id)
        assert isinstance(await back.ask(c.Unmute()), e.Done)
        await host.until(e.Unmuted, lambda event: event.id == guest.id)
        assert list(host.view.stage) == [host.id, guest.id]


async def test_a_host_takes_the_own_place_back_without_a_ticket(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        back = await server.client(key=host.key, intent="host")
        assert (back.id, back.view.role, back.joined.resumed) == (host.id, "host", True)
        assert len(back.view.stage) == 1


async def test_who_handed_over_comes_back_as_a_speaker(tmp_path: Path) -> None:
    """Their client still asks to host, as at first; the ticket says the role that they have now."""
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        assert isinstance(await host.ask(c.HandOver(id=guest.id)), e.Done)
        back = await server.client(key=host.key, intent="host", ticket=host.joined.ticket)
        assert (back.id, back.view.role) == (host.id, "speaker")


async def test_a_room_that_was_handed_over_is_no_longer_ones_own(tmp_path: Path) -> None:
    """Also if it was handed to somebody in the audience, who becomes host by coming on stage."""
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        assert isinstance(await host.ask(c.HandOver(id=guest.id)), e.Done)
        with pytest.raises(Turned, match="room_taken"):
            await server.client(key=host.key, intent="host")
        back = await server.client(key=guest.key, intent="host")
        assert (back.id, back.view.role) == (guest.id, "host")


async def test_room_left_is_the_last_word(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host")
        guest = await server.client(name="Ben")
        guest.send(c.LeaveRoom(ref=9))
        *_, done, last = await guest.until_out()
        assert done == e.Done(ref=9)
        assert last == e.RoomLeft(reason="left", text="you left")


async def test_the_end_of_a_room_is_everyones(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        guest = await server.client(name="Ben")
        host.send(c.EndRoom(ref=1))
        for someone in (host, guest):
            last = (await someone.until_out())[-1]
            assert isinstance(last, e.RoomLeft)
            assert last.reason == "ended"
        assert await refusal(server, ticket=guest.joined.ticket) == "no_such_room"
        reopened = await server.client(name="Carla", intent="host")  # the name is free again
        assert reopened.view.role == "host"


async def test_a_failing_room_harms_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as running:
        host = await running.client(intent="host")
        other = await running.client(running.room("other"), intent="host")
        await host.ask(c.Unmute())
        room = running.hub._rooms["standup"]
        monkeypatch.setattr(carrier_of(room).forwarder._at_once, "_send_bundle", None)
        host.speak(b"now")
        assert isinstance((await host.until_out())[-1], e.Goodbye)
        assert "standup failed" in caplog.text
        assert isinstance(await other.ask(c.Unmute()), e.Done)
        assert await refusal(running) == "no_such_room"


async def test_a_silence_holds_for_who_leaves_and_comes_anew(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        assert isinstance(await host.ask(c.Silence(id=guest.id)), e.Done)
        guest.send(c.LeaveRoom())
        await guest.until(e.RoomLeft)
        again = await server.client(key=guest.key, name="Ben")
        assert isinstance(await host.ask(c.InviteToStage(id=again.id)), e.Done)
        assert isinstance(await again.ask(c.AcceptStageInvitation()), e.Done)
        refused = await again.ask(c.Unmute())
        assert isinstance(refused, e.Refused)
        assert refused.code == "silenced"
        assert isinstance(await host.ask(c.AskToUnmute(id=again.id)), e.Done)
        assert isinstance(await again.ask(c.Unmute()), e.Done)
        await again.go()
        free = await server.client(key=guest.key, name="Ben")
        await server.bring_on_stage(host, free)


async def test_a_silence_of_before_a_restart_holds_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        await server.bring_on_stage(host, guest)
        assert isinstance(await host.ask(c.Silence(id=guest.id)), e.Done)
    async with serving(tmp_path) as server:
        host = await server.client(key=host.key, intent="host")
        ticket = guest.joined.ticket
        guest = await server.client(key=guest.key, ticket=ticket, name="Ben")
        assert guest.view.stage[guest.id].silenced
        guest.send(c.LeaveRoom())
        await guest.until(e.RoomLeft)
        again = await server.client(key=guest.key, name="Ben")
        assert isinstance(await host.ask(c.InviteToStage(id=again.id)), e.Done)
        assert isinstance(await again.ask(c.AcceptStageInvitation()), e.Done)
        assert isinstance(await again.ask(c.Unmute()), e.Refused)


async def test_nobody_comes_to_a_room_in_the_moment_in_which_it_is_given_up(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        await host.do(c.ChangeSettings(knock=True))
        room, gate, no_wire = (
            server.hub.room("standup"),
            server.gate,
            cast("Any", SimpleNamespace(stream=None)),
        )
        assert room is not None
        assert gate is not None
        reception, ben = gate.services.reception, Person("", "Ben", "", "key")
        token = "the-token-of-the-server"
        server.hub.admit_hosts(token)
        wish = c.EnterRoom(room="standup", host_token=token)
        room.give_up("server_closing", "another server has it")
        with pytest.raises(CommandRefused, match="on its way to another server") as refused:
            await reception.enter(wish, ben, Peer("b", "key", no_wire, Heartbeat(0.0), 1), "")
        assert refused.value.code == "failed"  # with which a client comes again
        with pytest.raises(CommandRefused, match="on its way to another server"):
            reception.wait_at_door(c.Knock(room="standup"), ben, "", lambda answer: None)
        assert server.hub.room("standup") is room, "nothing has happened meanwhile"
        assert "b" not in room.state.participants
        assert not room.state.knocks
