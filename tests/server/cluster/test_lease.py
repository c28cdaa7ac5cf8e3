"""Tests of who has a room: pure, and against real Valkey and Redis."""

from __future__ import annotations

import signal
from uuid import uuid4

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.valkey import ValkeyServer
from roomcli.errors import ConnectionLost
from server.cluster.client import ValkeyClient
from server.cluster.lease import RoomLease, Tenure
from server.cluster.room_stream import KEPT_SECONDS, NotWritten, Position, RoomStream, Written
from server.cluster.room_tokens import CountedTokens

from ...support.patience import PATIENCE
from ...support.paused_owner import OnlyFence
from ...support.valkey import both_kinds, needed, own_valkey
from ...support.valkey_pair import valkey_pair

TIMES = st.floats(0, 1e6)


@given(TIMES, TIMES, st.floats(0.01, 100))
def test_an_owner_that_may_answer_still_has_the_room(
    sent: float, now: float, length: float
) -> None:
    tenure = Tenure(1, sent, length)
    assert not (tenure.may_answer(now) and tenure.is_over(now))
    assert tenure.may_answer(sent)
    assert not tenure.may_answer(sent + length * 0.7)
    assert tenure.may_answer(sent + tenure.seconds_until_renewal(sent))


@given(TIMES, TIMES)
def test_an_answer_that_was_long_on_its_way_makes_no_lease_longer(
    sent: float, later: float
) -> None:
    tenure = Tenure(1, sent).renewed(later)
    assert tenure.sent == max(sent, later)
    assert tenure.fence == 1


async def test_one_has_a_room_until_they_give_it_up(shared_valkey: ValkeyServer) -> None:
    room = f"room {{{uuid4()}}}"
    async with ValkeyClient(shared_valkey.address) as client:
        fences = CountedTokens(client)
        one, two = (RoomLease(client, room, name) for name in ("one", "two"))
        first = await one.take_over(fences)
        assert first is not None
        assert await two.take_over(fences) is None
        await one.give_up()
        second = await two.take_over(fences)
        assert second is not None
        assert second.fence > first.fence
        assert (one.was_left, two.was_left) == (False, True)
        await one.give_up()  # it is not theirs any more
        assert await one.take_over(fences) is None


async def test_a_token_is_good_for_one_owner_alone(shared_valkey: ValkeyServer) -> None:
    room = str(uuid4())
    async with ValkeyClient(shared_valkey.address) as client:
        one, two = (RoomLease(client, room, name) for name in ("one", "two"))
        assert await one.take_over(OnlyFence(5)) is not None
        await one.give_up()
        assert await two.take_over(OnlyFence(5)) is None
        assert await two.take_over(OnlyFence(4)) is None
        assert await two.take_over(OnlyFence(6)) is not None


async def test_who_takes_a_room_and_asks_again_is_told_the_same(
    shared_valkey: ValkeyServer,
) -> None:
    room = str(uuid4())
    async with ValkeyClient(shared_valkey.address) as client:
        for fence, was_left in ((5, False), (6, True)):
            owner = RoomLease(client, room, "owner")
            for _ in ("the answer is lost", "it comes"):
                assert await owner.take_over(OnlyFence(fence)) is not None
                assert owner.was_left == was_left
            await owner.give_up()


async def test_a_room_that_is_written_elsewhere_is_forgotten_after_a_while(
    shared_valkey: ValkeyServer,
) -> None:
    room = str(uuid4())
    async with ValkeyClient(shared_valkey.address) as client:
        owner = RoomLease(client, room, "owner")
        _, head = _keys(owner)
        assert await owner.take_over(OnlyFence(5)) is not None
        assert await client.ttl(head) > KEPT_SECONDS
        assert await client.persist(head)  # as the version before leaves it
        await owner.give_up()
        assert await client.ttl(head) > KEPT_SECONDS
        await RoomStream(client, room).write_snapshot(Position(5, 0), b"it has a stream")
        assert await owner.take_over(OnlyFence(6)) is not None
        assert 0 < await client.ttl(head) <= KEPT_SECONDS


async def test_a_room_is_free_once_its_owner_does_not_renew(shared_valkey: ValkeyServer) -> None:
    room = str(uuid4())
    async with ValkeyClient(shared_valkey.address) as client:
        fences = CountedTokens(client)
        gone = RoomLease(client, room, "gone", 0.05)
        heir = RoomLease(client, room, "heir", 30.0)
        assert await gone.take_over(fences) is not None
        with trio.fail_after(PATIENCE):
            while await heir.take_over(fences) is None:  # noqa: ASYNC110 - Valkey tells nobody
                await trio.sleep(0.01)
            await gone.keep_renewing()
        assert gone.tenure is None
        assert not heir.was_left


async def test_a_lease_is_renewed_also_where_it_was_forgotten(shared_valkey: ValkeyServer) -> None:
    room = str(uuid4())
    async with ValkeyClient(shared_valkey.address) as client, trio.open_nursery() as nursery:
        fences = CountedTokens(client)
        owner = RoomLease(client, room, "owner", 6.0)
        tenure = await owner.take_over(fences)
        assert tenure is not None
        owner.tenure = Tenure(tenure.fence, tenure.sent - 2.5, 6.0)  # it is time to renew
        assert await client.delete(list(_keys(owner))) == 2  # as a failover forgets both
        nursery.start_soon(owner.keep_renewing)
        with trio.fail_after(PATIENCE):
            while owner.tenure is None or owner.tenure.sent <= tenure.sent:
                await trio.lowlevel.checkpoint()
        assert owner.tenure.fence == tenure.fence
        assert await RoomLease(client, room, "other").take_over(fences) is None
        nursery.cancel_scope.cancel()


def _keys(lease: RoomLease) -> tuple[str, str]:
    return lease._keys.owner, lease._keys.head


@both_kinds
async def test_an_owner_without_an_answer_stops_answering_before_its_lease_ends(kind: str) -> None:
    with own_valkey(kind) as server:
        async with ValkeyClient(server.address) as client:
            owner = RoomLease(client, "r", "owner", 0.6)
            tenure = await owner.take_over(OnlyFence(7))
            assert tenure is not None
            server.process.send_signal(signal.SIGSTOP)
            with trio.fail_after(PATIENCE):
                await owner.keep_renewing()
            assert owner.tenure is None
            server.process.send_signal(signal.SIGCONT)


@both_kinds
async def test_a_server_that_is_gone_is_said(kind: str) -> None:
    with own_valkey(kind) as server:
        async with ValkeyClient(server.address) as client:
            lease = RoomLease(client, "r", "owner")
            assert await lease.take_over(OnlyFence(7)) is not None
            server.kill()
            with pytest.raises(ConnectionLost):
                await lease.give_up()


@needed("valkey")
async def test_a_failover_that_forgets_a_lease_lets_only_the_next_owner_write() -> None:
    async with valkey_pair("valkey") as pair, ValkeyClient(*pair.addresses) as client:
        tokens, stream = CountedTokens(client), RoomStream(client, "r")
        await tokens.next_fence()
        await pair.cut_copy()
        one, two = (RoomLease(client, "r", name) for name in ("one", "two"))
        before = await one.take_over(tokens)
        assert before is not None
        await pair.fail_over()
        after = await two.take_over(tokens)
        assert after is not None
        begun = await stream.write_snapshot(Position(after.fence, 0), b"two's")
        assert begun == Written(Position(after.fence, 0))
        late = Position(before.fence, 1)
        assert await stream.write_events(late, [b"one's"]) is NotWritten.FENCED
        assert await stream.write_snapshot(late, b"one's") is NotWritten.FENCED
        one.tenure = Tenure(before.fence, trio.current_time() - 1.5)  # it is time to renew
        with trio.fail_after(PATIENCE):
            await one.keep_renewing()
        assert one.tenure is None
