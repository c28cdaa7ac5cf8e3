"""Tests of the table of limits: what is in force, and what takes its place."""

from __future__ import annotations

from roomcli.protocol import MAX_FROM_CLIENT
from roomcli.wire.heartbeat import TIMEOUT
from roomcli.wire.stream import MAX_CONTROL
from server.allowances import Allowances
from server.limits import (
    PER_PERSON,
    ConnectionLimits,
    MessageLimits,
    Rate,
    RoomLimits,
    ServerLimits,
)

ADDRESS = "198.51.100.7"


def test_what_is_not_set_is_the_default_and_an_address_has_ten_times_a_person() -> None:
    limits = ServerLimits(per_person={"chat": Rate(2, 3)}, per_address={"look": Rate(5, 6)})
    assert limits.rate_of_person("chat") == (2, 3)
    assert limits.rate_of_address("chat") == (20, 30)
    assert limits.rate_of_person("look") == PER_PERSON["look"]
    assert limits.rate_of_address("look") == (5, 6)
    assert limits.rate_of_address("hello") == (50, 600)


def test_other_limits_hold_at_once_for_whoever_has_the_table() -> None:
    limits = ServerLimits()
    allowances = Allowances(limits)
    assert not allowances.take("chat", "ann", ADDRESS, 5.0)
    changed = limits.take_over(
        ServerLimits(room=RoomLimits(people=7), per_person={"chat": Rate(0.1, 1)})
    )
    allowances.begin_anew()
    assert changed == ["room.people", "per_person.chat"]
    assert limits.room.people == 7
    assert not allowances.take("chat", "ann", ADDRESS, 5.0)
    assert allowances.take("chat", "ann", ADDRESS, 5.0)
    assert limits.take_over(ServerLimits()) == changed
    assert limits.take_over(ServerLimits()) == []


def test_the_defaults_are_what_the_protocol_promises() -> None:
    assert MessageLimits().bytes == MAX_FROM_CLIENT
    connections = ConnectionLimits()
    assert connections.idle_seconds == TIMEOUT
    assert connections.queue_kib * 1024 == MAX_CONTROL
