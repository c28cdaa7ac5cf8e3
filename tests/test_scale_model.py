"""Tests of the arithmetic with which benchmarks.scale_model counts."""

from __future__ import annotations

import pytest

from benchmarks import scale_model
from benchmarks.scale_model import CrowdSize, RelayTree, needed, server_load, servers_of_a_room


def test_a_crowd_that_one_server_holds_needs_nothing_between_servers() -> None:
    found = needed(CrowdSize(300, 3, 3), together=False)
    assert (found.servers, found.valkeys, found.valkey_limit) == (1, 0, "none")
    assert found.valkey_gbit_s == 0
    assert found.listeners_gbit_s == pytest.approx(300 * 130e3 / 1e9)


def test_what_one_server_takes_is_the_sum_of_its_parts() -> None:
    # 500 listeners of 4 voices at 17.2 us in each of 50 ticks; 2 rooms that are on both servers,
    # each of which hears 2 bundles and publishes 1.
    load = server_load(CrowdSize(1000, 2, 4), 2, together=False)
    cpu = 500 * 50 * 17.2 + 2 * 50 * (2 * 3.7 + 2.5)
    assert load["cpu"] == pytest.approx(cpu / 1e6 / 0.6)
    assert load["network"] == pytest.approx((500 * 0.170 + 2 * 4 * 0.04) / 700)
    assert load["memory"] == pytest.approx(500 * 42.7 / 1024 / 2048)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("crowd", scale_model.CROWDS)
def test_servers_are_as_many_as_needed_and_no_more(crowd: CrowdSize, together: bool) -> None:
    found = needed(crowd, together=together)
    assert max(server_load(crowd, found.servers, together=together).values()) <= 1
    if found.servers > 1:
        before = server_load(crowd, found.servers - 1, together=together)
        assert before[found.server_limit] == max(before.values()) > 1


def test_people_who_are_together_need_less_than_those_who_are_anywhere() -> None:
    crowd = CrowdSize(100_000, 1000, 4)
    together, anywhere = (needed(crowd, together=each) for each in (True, False))
    assert together.servers <= anywhere.servers
    assert together.servers_of_a_room < anywhere.servers_of_a_room <= crowd.in_room
    assert together.valkeys < anywhere.valkeys
    assert servers_of_a_room(CrowdSize(5, 1, 1), 100, together=False) == 5


def test_a_tree_reaches_every_server_once_each_behind_its_parent() -> None:
    tree = RelayTree(servers=1 + 3 + 9 + 2, children=3)
    arrived = tree.arrivals_ms()
    write, hop = scale_model.PUBLISH_US / 1000, scale_model.HOP_MS
    assert len(arrived) == 15
    assert arrived[1:4] == pytest.approx([hop + write, hop + 2 * write, hop + 3 * write])
    assert arrived[4] == pytest.approx(arrived[1] + hop + write)
    assert arrived[14] == pytest.approx(arrived[4] + hop + 2 * write)
    assert tree.cut_off_by_one() == 1 + 3 + 2
    assert tree.relay_share(4) == pytest.approx(50 * 4 * (3.7 + 3 * 2.5) / 1e6)


def test_one_valkey_is_full_by_what_is_less() -> None:
    most = scale_model.most_servers_of_a_valkey(4)
    assert most == int(min(0.6e6 / (50 * 4 * 1.6), 700 / (4 * 0.04)))


def test_the_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    scale_model.print_table([{"a": 1, "long": 22}, {"a": 333, "long": None}])
    assert capsys.readouterr().out == "  a  long\n  1    22\n333  None\n"
    assert {"crowds", "relay_trees", "machine", "settings"} <= scale_model.run().keys()
