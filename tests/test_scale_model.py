"""Tests of the arithmetic with which benchmarks.scale_model counts."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks import scale_costs as cost
from benchmarks import scale_model
from benchmarks.relay_tree import HOP_MS, RelayTree, hop_ms
from benchmarks.scale_model import (
    CrowdSize,
    needed,
    owner_load,
    server_load,
    servers_of_a_room,
    valkey_load,
)
from roomcli.protocol.listing import ListedRoom
from server.nodes.other_rooms import NodeNews, RoomNotice


def test_a_crowd_that_one_server_holds_needs_nothing_between_servers() -> None:
    found = needed(CrowdSize(300, 3, 3), together=False)
    assert (found.servers, found.valkey, found.breaks) == (1, {}, [])
    assert found.listeners_gbit_s == pytest.approx(300 * 130e3 / 1e9)


def test_what_one_server_takes_is_the_sum_of_its_parts() -> None:
    # 500 listeners of 4 voices in each of 50 ticks, half of whom are known to an owner elsewhere; 2
    # rooms that are on both servers, each of which hears 2 bundles and publishes 1.
    load = server_load(CrowdSize(1000, 2, 4), 2, together=False)
    cpu = 500 * 50 * cost.MESSAGE_US[4] + 2 * 50 * (2 * cost.HEAR_US + cost.PUBLISH_US)
    cpu += 2 * cost.CALL_US + 2 * cost.NOTICE_US + 250 * cost.VISITOR_US
    network = 500 * 0.170 + 2 * 4 * cost.VOICE_MBIT_S + 2 * cost.NOTICE_BYTES * 8e-6
    assert load["cpu"] == pytest.approx(cpu / 1e6 / 0.6)
    assert load["network"] == pytest.approx(network / 700)
    assert load["memory"] == pytest.approx(500 * 42.7 / 1024 / 2048)


def test_what_all_share_grows_with_servers_and_rooms() -> None:
    load = valkey_load(CrowdSize(1000, 10, 4), servers=3, places=2)
    bundles, calls = 10 * 2 * 50 * 2, 10 * 2
    cpu = bundles * cost.VALKEY_US + calls * cost.VALKEY_CALL_US
    assert load["cpu"] == pytest.approx(cpu / 1e6 / 0.6)
    assert load["voice"] == pytest.approx(10 * 2 * 4 * cost.VOICE_MBIT_S / 700)
    assert load["lists"] == pytest.approx(3 * 10 * cost.NOTICE_BYTES * 8e-6 / 700)
    most = scale_model.most_visitors_of_an_owner()
    full = owner_load(CrowdSize(2 * most, 1, 4), places=2)
    assert max(full.values()) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("crowd", scale_model.CROWDS)
def test_servers_are_as_many_as_needed_and_no_more(crowd: CrowdSize, together: bool) -> None:
    found = needed(crowd, together=together)
    if not found.servers:
        most = server_load(crowd, scale_model.MOST_SERVERS, together=together)
        assert most["cpu"] > 1
        return
    assert max(server_load(crowd, found.servers, together=together).values()) <= 1
    if found.servers > 1:
        before = server_load(crowd, found.servers - 1, together=together)
        assert before[found.server_limit] == max(before.values()) > 1


def test_people_who_are_together_need_less_than_those_who_are_anywhere() -> None:
    crowd = CrowdSize(100_000, 1000, 4)
    together, anywhere = (needed(crowd, together=each) for each in (True, False))
    assert together.servers <= anywhere.servers
    assert together.servers_of_a_room < anywhere.servers_of_a_room <= crowd.in_room
    assert together.breaks == []
    assert anywhere.breaks == ["valkey cpu", "valkey voice", "valkey lists"]
    assert servers_of_a_room(CrowdSize(5, 1, 1), 100, together=False) == 5


def test_a_notice_of_a_room_has_the_bytes_that_are_counted() -> None:
    keeps = ("the last minute of voice, for reports", "chat")
    room = ListedRoom(name="standup-00001", topic="what we did", host="Ann", stage=4, keeps=keeps)
    key = "SHA256:" + 43 * "x"
    news = NodeNews((RoomNotice(room, (key,) * 4),), {key: 1}, {"192.0.2.1": 1})
    assert len(msgspec.msgpack.encode(news)) == pytest.approx(cost.NOTICE_BYTES, rel=0.15)


def test_a_tree_reaches_every_server_once_each_behind_its_parent() -> None:
    tree = RelayTree(servers=1 + 3 + 9 + 2, children=3, costs_us=(3.0, 1000.0))
    arrived = tree.arrivals_ms()
    assert len(arrived) == 15
    longest = HOP_MS[-1][1]
    for number, at in enumerate(arrived[1:], 1):
        parent, place = divmod(number - 1, 3)
        assert place + 1 <= at - arrived[parent] <= longest + place + 1
    assert arrived == tree.arrivals_ms()
    assert tree.cut_off_by_one() == 1 + 3 + 2
    assert tree.relay_share(4, 50) == pytest.approx(50 * 4 * (3.0 + 3 * 1000.0) / 1e6)
    assert [hop_ms(share) for share, _ in HOP_MS] == pytest.approx([at for _, at in HOP_MS])


def test_one_valkey_is_full_by_what_is_less() -> None:
    most = scale_model.most_servers_of_a_valkey(4)
    assert most == int(min(0.6e6 / (50 * 4 * cost.VALKEY_US), 700 / (4 * cost.VOICE_MBIT_S)))


def test_the_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    scale_model.print_table([{"a": 1, "long": 22}, {"a": 333, "long": None}])
    assert capsys.readouterr().out == "  a  long\n  1    22\n333  None\n"
    assert {"crowds", "relay_trees", "machine", "settings"} <= scale_model.run().keys()
