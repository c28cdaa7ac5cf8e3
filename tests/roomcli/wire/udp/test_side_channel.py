"""Tests of both sides of the channel, over several ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomcli.protocol.datagrams import ReceptionReport
from roomcli.wire.udp.keys import Direction
from roomcli.wire.udp.side_channel import SideChannel, mark

SECRET = bytes(range(32))
IDS = [b"aaaa", b"bbbb", b"cccc", b"dddd"]


def both() -> tuple[SideChannel, SideChannel]:
    """Return the client's side and the server's."""
    return (
        SideChannel(SECRET, IDS, Direction.TO_SERVER),
        SideChannel(SECRET, IDS, Direction.TO_CLIENT),
    )


def test_each_side_opens_what_the_other_seals_and_not_what_it_sealed_itself() -> None:
    client, server = both()
    up, down = client.sealer.seal(b"up"), server.sealer.seal(b"down")
    assert server.unseal(down) is None
    assert client.unseal(up) is None
    assert server.unseal(up) == (b"up", 0, True)
    assert client.unseal(down) == (b"down", 0, True)
    assert server.unseal(up) is None


def test_the_server_follows_a_client_to_its_next_id() -> None:
    client, server = both()
    before = client.sealer.seal(b"1")
    assert client.move_on()
    after = client.sealer.seal(b"2")
    assert (before[:4], after[:4]) == (IDS[0], IDS[1])
    assert server.unseal(after) == (b"2", 0, True)
    assert server.sealer.seal(b"x")[:4] == IDS[1]
    # What was still on its way under the old id is taken, and is not the newest.
    assert server.unseal(before) == (b"1", 0, False)
    assert server.number == 1


def test_a_client_does_not_go_back_for_the_server() -> None:
    client, server = both()
    old = server.sealer.seal(b"old")
    client.move_on()
    assert client.unseal(old) == (b"old", 0, False)
    assert client.number == 1


def test_after_the_last_id_there_is_no_other() -> None:
    client, server = both()
    assert [client.move_on() for _ in range(4)] == [True, True, True, False]
    assert server.unseal(client.sealer.seal(b"x")) == (b"x", 0, True)
    assert server.number == 3


def test_an_id_that_is_guessed_moves_nobody() -> None:
    client, server = both()
    datagram = client.sealer.seal(b"x")
    assert server.unseal(IDS[2] + datagram[4:]) is None
    assert server.unseal(b"zzzz" + datagram[4:]) is None
    assert server.unseal(b"") is None
    assert (server.number, server.reception()) == (0, None)


def test_the_reception_is_that_of_the_newest_id() -> None:
    client, server = both()
    for _ in range(3):
        server.unseal(client.sealer.seal(b"x"))
    assert server.reception() == ReceptionReport(0, 2, 3, 0)
    client.move_on()
    client.sealer.seal(b"lost")
    server.unseal(client.sealer.seal(b"x"))
    assert server.reception() == ReceptionReport(1, 1, 1, 1)


@given(st.lists(st.booleans(), max_size=40))
def test_no_datagram_is_sealed_twice_under_a_key(moves: list[bool]) -> None:
    client, _ = both()
    seen, marks = set[bytes](), [-1]
    for move in moves:
        if move:
            client.move_on()
        marks.append(client.sent)
        assert client.sent == mark(client.number, client.sealer.sealed)
        seen.add(client.sealer.seal(b"x")[:8])
    assert len(seen) == len(moves)
    assert marks == sorted(set(marks))
