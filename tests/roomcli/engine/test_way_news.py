"""Tests of when a person is told by which way voice goes."""

from __future__ import annotations

from roomcli.engine.way_news import WayNews
from roomcli.protocol.health import BY_TCP, VoiceWay, VoiceWayChanged

BY_UDP = VoiceWay(by="udp")


def test_a_person_is_told_once_that_udp_gives_way_and_that_it_is_back() -> None:
    news = WayNews()
    assert news.follow_ways((BY_TCP, BY_TCP)) is None
    first = news.follow_ways((BY_UDP, BY_TCP))
    assert first == VoiceWayChanged(uplink="udp", downlink="tcp")
    assert news.follow_ways((BY_UDP, BY_UDP)) == VoiceWayChanged(uplink="udp", downlink="udp")
    gone = news.follow_ways((BY_TCP, BY_UDP))
    assert gone is not None
    assert gone.text.startswith("Your voice goes by TCP now")
    assert news.follow_ways((VoiceWay(lost_percent=3.0), BY_UDP)) is None
    back = news.follow_ways((BY_UDP, BY_UDP))
    assert back is not None
    assert back.text == "Voice goes by UDP again"


def test_a_lost_connection_is_no_news_of_the_way() -> None:
    news = WayNews()
    news.follow_ways((BY_UDP, BY_UDP))
    assert news.follow_ways(None) is None
    assert news.follow_ways((BY_TCP, BY_TCP)) is None
    again = news.follow_ways((BY_UDP, BY_UDP))
    assert again is not None
    assert again.text == ""
