"""Tests of one visit's side channel at the server, without a socket."""

from __future__ import annotations

import pytest

from roomcli.protocol.audio import Ack, Flags, UplinkFrame, decode_ack, join_entries
from roomcli.protocol.datagrams import Probe, ReceptionReport, split_ack
from roomcli.wire.heartbeat import LARGE_INTERVAL
from roomcli.wire.udp import side_channel
from roomcli.wire.udp.keys import Direction, TrafficKey, derive_key
from roomcli.wire.udp.path import CHECK_SIZE
from roomcli.wire.udp.route import SILENT_FOR
from server.datagrams.addresses import Ends
from server.datagrams.channel import REMINDED_FOR
from server.limits import Rate

from ...support.channel_scene import HERE, VISIT, ChannelScene

THERE = Ends(("198.51.100.2", 4000), None)
BUNDLE = join_entries(960, (b"entry",), VISIT)


def frame(sequence: int) -> UplinkFrame:
    return UplinkFrame(sequence, sequence * 960, Flags.NONE, -20, b"voice", VISIT)


def test_voice_and_acknowledgements_are_handed_on() -> None:
    scene, ack = ChannelScene(), Ack(960, 1, visit=VISIT, delay=3)
    scene.take(frame(1).encode())
    scene.take(ack.encode() + ReceptionReport(0, 3, 4, 0).encode())
    assert scene.heard == [(frame(1), True), (ack, True)]


def test_an_address_gets_nothing_but_a_question_before_it_has_answered() -> None:
    scene = ChannelScene()
    came = scene.take(Probe(b"question").encode())
    assert len(came) == CHECK_SIZE
    assert [len(each) for each in scene.outbox.to[HERE.peer]] == [CHECK_SIZE]
    token = scene.question().token
    assert scene.by_tcp == [Probe(b"question", is_answer=True).encode()]
    scene.take(Probe(b"question").encode())
    assert scene.sent() == [], "asked again at once"
    scene.take(Probe(token, is_answer=True).encode())
    scene.take(Probe(b"question").encode())
    assert [each.message for each in scene.sent()] == [Probe(b"question", True).encode()]


def test_who_names_an_address_that_is_not_theirs_sends_it_no_more_than_it_was_sent() -> None:
    scene = ChannelScene()
    now = scene.go_by_udp()
    spoofed = 0
    for number in range(200):
        now += 0.02
        message = Probe(b"question") if number % 2 else frame(number)
        spoofed += len(scene.take(message.encode(), THERE, now))
        assert scene.channel.send_parts([BUNDLE], 960 * number, now)
        scene.channel.acknowledged(960 * number, 0.1, now)
        scene.channel.tend(now)
        scene.channel.send_ack(Ack(0, 1, visit=VISIT).encode(), now)
    sent = scene.outbox.to[THERE.peer]
    assert sum(map(len, sent)) <= spoofed
    assert {len(each) for each in sent} == {CHECK_SIZE}
    assert len(sent) <= 4 * 200 * 0.02 + 1
    assert len(scene.outbox.to[HERE.peer]) > 200, "the old address lost its voice"


def test_a_client_that_comes_from_elsewhere_is_followed_once_it_answers_there() -> None:
    scene = ChannelScene()
    now = scene.go_by_udp()
    assert scene.client.move_on()
    scene.take(Probe(b"new home").encode(), THERE, now)
    token = scene.question(THERE).token
    scene.channel.send_parts([BUNDLE], 960, now)
    scene.take(Probe(token, is_answer=True).encode(), THERE, now)
    scene.channel.send_parts([BUNDLE], 1920, now)
    datagrams = scene.outbox.to
    assert datagrams[THERE.peer][0][:4] == scene.channel.identities[1]
    assert [each.message for each in scene.sent(THERE)] == [BUNDLE]


@pytest.mark.parametrize("what", ["forged", "replayed", "reflected", "cut", "of another visit"])
def test_what_is_not_the_client_s_or_not_new_changes_nothing(what: str) -> None:
    scene, other = ChannelScene(), ChannelScene()
    scene.go_by_udp()
    good = scene.client.sealer.seal(frame(1).encode())
    if what == "forged":
        bad = good[:-1] + bytes((good[-1] ^ 1,))
    elif what == "replayed":
        bad = good
        scene.take_again(good)
    elif what == "reflected":
        scene.channel.send_parts([BUNDLE], 960, 2.0)
        bad = scene.outbox.to[HERE.peer][0]
    elif what == "cut":
        bad = good[:20]
    else:
        bad = other.take(frame(1).encode())
    heard = len(scene.heard)
    scene.outbox.to.clear()
    scene.take_again(bad, THERE)
    assert scene.outbox.to == {}
    assert len(scene.heard) == heard


def test_what_no_client_may_say_is_dropped() -> None:
    scene = ChannelScene()
    for message in (b"\x00\x80", b"\x01", b"\x02cut", b"\x03\x07" + bytes(8), b"\x09"):
        scene.take(message)
    assert scene.heard == []


def test_what_is_forged_costs_no_more_keys_than_the_pace_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    derived: list[bytes] = []

    def derive(secret: bytes, identity: bytes, direction: Direction) -> TrafficKey:
        derived.append(identity)
        return derive_key(secret, identity, direction)

    monkeypatch.setattr(side_channel, "derive_key", derive)
    scene = ChannelScene(pace=Rate(10, 20))
    before = len(derived)
    for _ in range(500):
        scene.take_again(scene.channel.identities[0] + bytes(60))
    assert 0 < len(derived) - before <= 2 * 20


def test_a_flood_is_dropped_beyond_its_pace() -> None:
    scene = ChannelScene(pace=Rate(10, 20))
    for number in range(100):
        scene.take(frame(number).encode())
    assert len(scene.heard) == 20
    for number in range(100):
        scene.take(frame(number).encode(), now=1.0)
    assert len(scene.heard) == 30


def test_a_direction_begins_with_tcp_and_is_probed_once_a_second() -> None:
    scene = ChannelScene()
    scene.channel.send_ack(b"ack", 0.0)
    assert scene.by_tcp == [b"ack"], "nothing has come that could be told"
    scene.settle()
    scene.channel.send_ack(Ack(0, 1, visit=VISIT).encode(), 0.0)
    _, reception = split_ack(scene.by_tcp[-1])
    assert reception == ReceptionReport(0, 1, 2, 0)
    scene.channel.tend(0.0)
    scene.channel.tend(0.9)
    scene.question()
    scene.channel.tend(1.0)
    scene.question()


def test_by_udp_acknowledgements_go_the_same_way() -> None:
    scene = ChannelScene()
    now = scene.go_by_udp()
    scene.by_tcp.clear()
    scene.channel.send_ack(Ack(5, 1, visit=VISIT).encode(), now)
    [opened] = scene.sent()
    assert split_ack(opened.message)[0] == Ack(5, 1, visit=VISIT)
    scene.channel.send_ack(Ack(6, 1, visit=VISIT).encode(), now, by_tcp=True)
    [told] = scene.by_tcp
    assert decode_ack(told[:30]).media_time == 6


def test_voice_stops_without_acknowledgements_and_goes_on_with_the_next() -> None:
    scene = ChannelScene()
    now = scene.go_by_udp()
    assert scene.channel.send_parts([BUNDLE], 960, now)
    assert not scene.channel.send_parts([BUNDLE], 1920, now + SILENT_FOR + 0.1)
    scene.channel.acknowledged(960, 0.1, now + SILENT_FOR + 0.2)
    assert scene.channel.send_parts([BUNDLE], 2880, now + SILENT_FOR + 0.3)


def test_voice_that_comes_to_nothing_goes_back_to_tcp() -> None:
    scene = ChannelScene()
    now = scene.go_by_udp()
    for number in range(1, 20):
        now += 0.25
        scene.channel.send_parts([BUNDLE], 960 * number, now)
        scene.channel.note_way(by_udp=False, now=now)
        scene.channel.acknowledged(0, 0.1, now)
        if not scene.channel.by_udp:
            break
    assert 1.5 < number * 0.25 < 2.5
    scene.by_tcp.clear()
    scene.channel.send_ack(Ack(0, 1, visit=VISIT).encode(), now)
    assert len(scene.by_tcp) == 1


def test_who_sends_by_udp_and_is_not_heard_is_told_so_by_tcp() -> None:
    scene = ChannelScene()
    scene.settle()
    scene.take(Ack(0, 1, visit=VISIT).encode())
    for quarters in range(10):
        scene.channel.tend(quarters / 4)
    assert scene.reminded == [1.0, 1.5, 2.0]
    scene.channel.note_way(by_udp=False, now=2.4)  # an answer to that
    scene.channel.tend(2.5)
    assert len(scene.reminded) == 4
    scene.channel.note_way(by_udp=False, now=REMINDED_FOR)
    scene.channel.tend(REMINDED_FOR + 1)
    assert len(scene.reminded) == 4, "by TCP nothing is missed"


def test_who_acknowledges_less_often_is_not_reminded_in_between() -> None:
    scene = ChannelScene()
    scene.settle()
    scene.channel.acks_every = LARGE_INTERVAL
    for quarters in range(40):
        if quarters % 4 == 0:
            scene.take(Ack(0, 1, visit=VISIT).encode(), now=quarters / 4)
        scene.channel.tend(quarters / 4)
    assert scene.reminded == []


def test_a_direction_that_is_dead_is_given_up_though_nobody_talks() -> None:
    scene = ChannelScene()
    now = scene.go_by_udp()
    scene.take(Ack(0, 1, visit=VISIT).encode(), now=now)
    scene.sent()
    for quarters in range(1, 12):
        at = now + quarters / 4
        scene.channel.tend(at)
        if scene.reminded and scene.reminded[-1] == at:
            scene.channel.send_ack(Ack(0, 1, visit=VISIT).encode(), at, by_tcp=True)
            answer = Ack(0, 1, visit=VISIT)
            scene.channel.note_reception(answer, ReceptionReport(0, 3, 4, 0), at)
            scene.channel.note_way(by_udp=False, now=at)
            scene.channel.acknowledged(0, 0.0, at)
        if not scene.channel.by_udp:
            break
    assert quarters / 4 <= 2.0
    assert scene.sent(), "the acknowledgements went by UDP too"


def test_a_path_is_steady_until_something_changes_of_it() -> None:
    scene = ChannelScene()
    assert scene.channel.steady_path(-1) is None
    now = scene.go_by_udp()
    assert scene.channel.steady_path(960) is None, "nothing was sent by it yet"
    assert scene.channel.send_parts([BUNDLE], 960, now)
    path = scene.channel.steady_path(960)
    assert path is not None
    assert (path.batch, path.to.ends) == (scene.outbox, HERE)

    changes = [scene.changes]

    def changed() -> bool:
        changes.append(scene.changes)
        return changes[-1] > changes[-2]

    scene.take(Ack(960, 1, visit=VISIT).encode() + ReceptionReport(0, 5, 6, 0).encode(), now=now)
    assert not changed()
    scene.client.move_on()
    scene.take(Probe(b"new home").encode(), THERE, now)
    assert changed(), "another id"
    token = scene.question(THERE).token
    scene.take(Probe(token, is_answer=True).encode(), THERE, now)
    assert changed(), "another address"
    for seconds, received in ((1, 100), (4, 150)):
        lossy = ReceptionReport(1, seconds * 100, received, 1).encode()
        scene.take(Ack(960, 1, visit=VISIT).encode() + lossy, THERE, now + seconds)
    assert scene.channel.copy_age
    assert changed(), "copies"
    assert scene.channel.steady_path(960) is None
    scene.channel.fall_back(now)
    assert changed(), "by TCP"
    scene.channel.by_udp = True
    scene.channel.close()
    assert changed(), "over"


def test_a_visit_that_is_over_takes_and_sends_nothing() -> None:
    scene = ChannelScene()
    now = scene.go_by_udp()
    scene.channel.close()
    scene.outbox.to.clear()
    scene.take(frame(1).encode(), now=now)
    scene.channel.tend(now + 5)
    assert not scene.channel.by_udp
    assert not scene.channel.send_parts([BUNDLE], 960, now)
    assert (scene.heard, scene.outbox.to) == ([], {})
