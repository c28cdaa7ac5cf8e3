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
from server.cluster.client import make_client
from server.cluster.lease import CountedFences, RoomLease, Tenure, joined_fence

from ...support.patience import PATIENCE
from ...support.paused_owner import OnlyFence
from ...support.valkey import both_kinds, own_valkey

TIMES = st.floats(0, 1e6)


class ReignBook:
    """Numbers reigns, as a database would that outlives Valkey."""

    def __init__(self) -> None:
        self.reigns: list[str] = []

    async def generation_of(self, reign: str) -> int:
        """Return the number of the reign."""
        await trio.lowlevel.checkpoint()
        if reign not in self.reigns:
            self.reigns.append(reign)
        return self.reigns.index(reign) + 1


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


@given(st.tuples(st.integers(1, 2**20 - 1), st.integers(1, 2**32 - 1)))
def test_a_later_generation_is_larger_whatever_the_counter_says(pair: tuple[int, int]) -> None:
    generation, number = pair
    fence = joined_fence(generation, number)
    assert fence < 2**53
    if generation < 2**20 - 1:
        assert joined_fence(generation + 1, 1) > fence
    if number < 2**32 - 1:
        assert joined_fence(generation, number + 1) > fence


@pytest.mark.parametrize("pair", [(0, 1), (2**20, 1), (1, 0), (1, 2**32)])
def test_a_token_that_lua_cannot_count_is_none(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no token"):
        joined_fence(*pair)


async def test_one_has_a_room_until_they_give_it_up(shared_valkey: ValkeyServer) -> None:
    room = f"room {{{uuid4()}}}"
    async with make_client(shared_valkey.address) as client:
        fences = CountedFences(client, ReignBook())
        one, two = (RoomLease(client, room, name) for name in ("one", "two"))
        first = await one.take_over(fences)
        assert first is not None
        assert await two.take_over(fences) is None
        await one.give_up()
        second = await two.take_over(fences)
        assert second is not None
        assert second.fence > first.fence
        await one.give_up()  # it is not theirs any more
        assert await one.take_over(fences) is None


async def test_a_token_is_good_for_one_owner_alone(shared_valkey: ValkeyServer) -> None:
    room = str(uuid4())
    async with make_client(shared_valkey.address) as client:
        one, two = (RoomLease(client, room, name) for name in ("one", "two"))
        assert await one.take_over(OnlyFence(5)) is not None
        await one.give_up()
        assert await two.take_over(OnlyFence(5)) is None
        assert await two.take_over(OnlyFence(4)) is None
        assert await two.take_over(OnlyFence(6)) is not None


async def test_a_room_is_free_once_its_owner_does_not_renew(shared_valkey: ValkeyServer) -> None:
    room = str(uuid4())
    async with make_client(shared_valkey.address) as client:
        fences = CountedFences(client, ReignBook())
        gone = RoomLease(client, room, "gone", 0.05)
        heir = RoomLease(client, room, "heir", 30.0)
        assert await gone.take_over(fences) is not None
        with trio.fail_after(PATIENCE):
            while await heir.take_over(fences) is None:  # noqa: ASYNC110 - Valkey tells nobody
                await trio.sleep(0.01)
            await gone.keep_renewing()
        assert gone.tenure is None


async def test_a_lease_is_renewed_also_where_it_was_forgotten(shared_valkey: ValkeyServer) -> None:
    room = str(uuid4())
    async with make_client(shared_valkey.address) as client, trio.open_nursery() as nursery:
        fences = CountedFences(client, ReignBook())
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
async def test_tokens_go_up_also_where_the_server_is_back_empty(kind: str) -> None:
    book = ReignBook()
    with own_valkey(kind) as server:
        async with make_client(server.address) as client:
            fences = CountedFences(client, book)
            before = [await fences.next_fence() for _ in range(3)]
        server.kill()
        server.start_again()
        async with make_client(server.address) as client:
            after = await CountedFences(client, book).next_fence()
    assert before == sorted(set(before))
    assert after > before[-1]
    assert len(book.reigns) == 2


@both_kinds
async def test_an_owner_without_an_answer_stops_answering_before_its_lease_ends(kind: str) -> None:
    with own_valkey(kind) as server:
        async with make_client(server.address) as client:
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
        async with make_client(server.address) as client:
            lease = RoomLease(client, "r", "owner")
            assert await lease.take_over(OnlyFence(7)) is not None
            server.kill()
            with pytest.raises(ConnectionLost):
                await lease.give_up()
