"""Scenes at the door: who knocks, who is told, and what comes of it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.errors import CommandRefused
from server.rooms.rules import Newcomer, RoomState, evolve, knock, stop_knocking
from server.rooms.rules import effects as f
from server.rooms.rules.apply import apply
from server.rooms.rules.knocking import LET_IN, MAX_KNOCKS, MAX_PAUSE, PAUSE
from server.rooms.rules.state import KNOCK_NEWS, MAX_TURNED_AWAY

from .play import Play, somebody, standup
from .script import CURTAIN, key_of


def door(**settings: object) -> Play:
    """Return the room that Ann hosts, at which everybody knocks unless ``settings`` say more."""
    play = standup()
    wanted = replace(play.state.settings, knock=True, **settings)
    play.state = replace(play.state, settings=wanted)
    return play


def turned_away(play: Play, who: str = "zoe") -> None:
    """Let somebody knock and be refused."""
    play.speak(f"{who} knocks")
    play.speak("10 seconds pass")
    play.speak(f"ann: answer_knock {who} let_in=false")


def test_who_knocks_and_is_let_in_comes_in_once() -> None:
    play = door()
    play.perform("""
        >> zoe enters
        << zoe refused: knock_needed
        >> zoe knocks
        >> 0 seconds pass
        << ann: knocked zoe
        >> ann: answer_knock zoe
        << everyone: logged let_in zoe by ann
        << ann: knock_settled zoe let_in by ann
        << zoe at the door: let_in
        >> zoe knocks
        << zoe refused: no_knocking
        >> zoe enters
        >> zoe: leave_room
        >> zoe enters
        << zoe refused: knock_needed
    """)


def test_a_yes_is_good_for_some_minutes() -> None:
    play = door()
    for id in ("zoe", "dee"):
        play.speak(f"{id} knocks")
    play.speak("0 seconds pass")
    for id in ("zoe", "dee"):
        play.speak(f"ann: answer_knock {id}")
    play.now += LET_IN - 0.1
    assert play.speak("zoe enters") == []
    play.now += 0.1
    assert play.speak("dee enters") == ["<< dee refused: knock_needed"]


def test_a_yes_passes_the_rule_alone() -> None:
    play = door(capacity=3)
    play.perform("""
        >> zoe knocks
        >> 0 seconds pass
        << ann: knocked zoe
        >> ann: answer_knock zoe
        << everyone: logged let_in zoe by ann
        << ann: knock_settled zoe let_in by ann
        << zoe at the door: let_in
        >> zoe enters
        << zoe refused: room_full
        >> ann: lock
        << everyone: logged lock by ann
        << everyone: room_locked by ann
        >> zoe enters
        << zoe refused: locked
        >> ann: unlock
        << everyone: logged unlock by ann
        << everyone: room_unlocked by ann
        >> bob: leave_room
        >> zoe enters
    """)


def test_who_fulfils_the_rule_need_not_knock() -> None:
    play = door(members=True)
    assert play.speak("zoe knocks member") == ["<< zoe refused: no_knocking"]
    assert play.speak("zoe enters member") == []
    assert play.speak("dee enters") == ["<< dee refused: knock_needed"]
    assert play.speak("dee knocks") == []


def test_where_nobody_answers_one_does_not_wait() -> None:
    play = standup()
    play.state = replace(play.state, settings=replace(play.state.settings, members=True))
    assert play.speak("zoe knocks") == ["<< zoe refused: no_knocking"]


def test_after_a_no_one_waits_ten_minutes_and_twice_as_long_after_each_other_no() -> None:
    play = door()
    pause = PAUSE
    for _ in range(3):
        turned_away(play)
        play.now += pause - 0.1
        with pytest.raises(CommandRefused, match="you can knock again in") as refused:
            play.events("zoe knocks")
        assert refused.value.code == "turned_away"
        assert refused.value.retry_after == pytest.approx(0.1)
        play.now += 0.1
        pause *= 2


def test_a_pause_is_a_day_at_most_and_a_day_later_all_is_forgotten() -> None:
    play = door()
    for _ in range(12):
        turned_away(play)
        before = play.now
        play.now = play.state.turned_away[key_of("zoe")].until
    assert play.now - before == MAX_PAUSE
    play.now += MAX_PAUSE
    turned_away(play)
    assert play.state.turned_away[key_of("zoe")].until == play.now + PAUSE


def test_a_no_holds_under_another_name_and_a_yes_ends_it() -> None:
    play = door()
    turned_away(play)
    assert play.speak("zoe knocks name=Zorro") == ["<< zoe refused: turned_away"]
    play.now += PAUSE
    play.speak("zoe knocks")
    play.speak("10 seconds pass")
    play.speak("ann: answer_knock zoe")
    assert play.state.turned_away == {}


def test_one_knocks_once() -> None:
    play = door()
    play.perform("""
        >> zoe knocks
        >> zoe knocks
        << zoe refused: knocking
        >> zoe waits no longer
        >> zoe waits no longer
        >> zoe knocks
    """)


def test_moderators_are_told_of_many_at_once_and_of_who_goes() -> None:
    door().perform("""
        >> zoe knocks
        >> dee knocks
        >> 0 seconds pass
        << ann: knocked zoe+dee
        >> fay knocks
        >> gus knocks
        >> fay waits no longer
        >> dee waits no longer
        << ann: knock_settled dee gone
        >> 9.9 seconds pass
        >> 0.1 seconds pass
        << ann: knocked gus
    """)


def test_only_moderators_know_who_knocks_and_who_becomes_one_learns_it() -> None:
    play = door()
    play.perform("""
        >> zoe knocks
        >> 0 seconds pass
        << ann: knocked zoe
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        << bob: knocked zoe
        >> ann: move_to_audience bob
        << everyone: logged move_to_audience bob by ann
        << everyone: stage_left bob by ann moved
        << bob: knock_settled zoe gone
        >> eve: answer_knock zoe
        << eve refused: not_allowed
        >> bob: answer_knock zoe
        << bob refused: not_allowed
    """)


def test_nobody_is_told_of_who_is_blocked_and_they_wait_as_all_do() -> None:
    play = door()
    play.perform("""
        >> zoe knocks blocked
        >> 20 seconds pass
        >> ann: answer_knock zoe
        << ann refused: no_such_person
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> zoe knocks
        << zoe refused: knocking
        >> zoe waits no longer
        >> zoe knocks blocked
        >> ann: lock
        << everyone: logged lock by ann
        << everyone: room_locked by ann
        << zoe at the door: over
    """)


def test_who_knocks_under_a_name_that_reads_like_the_hosts_has_a_tail() -> None:
    door().perform("""
        >> zoe knocks name=ANN
        >> 0 seconds pass
        << ann: knocked zoe·6f65
    """)


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("ann: lock", ["<< zoe at the door: over"]),
        ("ann: change_settings knock=false", ["<< zoe at the door: over"]),
        ("ann: change_settings topic=x", []),
        ("ann: unlock", []),
    ],
)
def test_what_ends_all_waiting(ending: str, told: list[str]) -> None:
    play = door()
    play.speak("zoe knocks")
    assert [line for line in play.speak(ending) if "at the door" in line] == told
    assert ("ZOE" in play.state.knocks) == (not told)


def test_the_end_of_the_room_ends_all_waiting() -> None:
    play = door()
    play.speak("zoe knocks")
    _, effects = apply(play.state, play.events("ann: end_room"))
    (answer,) = [each for each in effects if isinstance(each, f.AnswerKnocker)]
    assert (answer.person, answer.answer and answer.answer.answer) == ("ZOE", "over")


def test_who_is_banned_cannot_knock_and_nobody_does_at_a_locked_door() -> None:
    play = door()
    play.speak("ann: ban bob")
    assert play.speak("bob knocks") == ["<< bob refused: banned"]
    play.speak("ann: lock")
    assert play.speak("zoe knocks") == ["<< zoe refused: locked"]


def test_who_comes_in_otherwise_waits_no_longer() -> None:
    play = door(members=True)
    play.speak("zoe knocks")
    assert play.speak("zoe enters member") == ["<< zoe at the door: over"]
    assert play.state.knocks == {}


def test_a_full_door_makes_place_for_who_comes_from_elsewhere() -> None:
    play = door()
    for number in range(MAX_KNOCKS):
        assert play.speak(f"p{number} knocks network=crowd") == []
    assert play.speak("q0 knocks network=crowd") == ["<< q0 refused: door_full"]
    told = play.speak("zoe knocks network=home")
    assert told == [f"<< p{MAX_KNOCKS - 1} at the door: over"]
    for number in range(1, MAX_KNOCKS // 2):
        assert len(play.speak(f"z{number} knocks network=home")) == 1
    assert play.speak("z99 knocks network=home") == ["<< z99 refused: door_full"]
    counts = Counter(each.network for each in play.state.knocks.values())
    assert counts == {"crowd": MAX_KNOCKS // 2, "home": MAX_KNOCKS // 2}


def test_of_those_turned_away_the_last_are_remembered() -> None:
    play = door()
    for number in range(MAX_TURNED_AWAY + 1):
        turned_away(play, f"p{number}")
    assert len(play.state.turned_away) == MAX_TURNED_AWAY
    assert key_of("p0") not in play.state.turned_away


visits = st.tuples(st.integers(0, 40), st.integers(0, 3), st.booleans(), st.booleans())


@settings(derandomize=True, max_examples=60)
@given(st.lists(visits, min_size=20, max_size=80))
def test_however_many_knock_each_network_has_its_part_of_the_door(
    story: list[tuple[int, int, bool, bool]],
) -> None:
    state = RoomState.new("standup", "open", owner=key_of("ann"), at=CURTAIN)
    state = replace(state, settings=replace(state.settings, knock=True))
    for number, where, goes, hidden in story:
        person, network = somebody(f"p{number}"), f"network {where}"
        before = Counter(each.network for each in state.knocks.values())
        try:
            events = (
                stop_knocking(state, person.id)
                if goes
                else knock(state, person, Newcomer(), CURTAIN, network=network, is_blocked=hidden)
            )
        except CommandRefused as refused:
            if refused.code == "door_full":
                assert sum(before.values()) == MAX_KNOCKS
                assert before[network] + 1 >= max(before.values())
            continue
        for event in events:
            state = evolve(state, event)
        counts = Counter(each.network for each in state.knocks.values())
        assert sum(counts.values()) <= MAX_KNOCKS
        if before and not goes:
            assert max(counts.values()) <= max(max(before.values()), counts[network])
            assert all(counts[each] >= min(before[each], counts[network] - 1) for each in before)


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0.0, 15.0)), max_size=40))
def test_moderators_hear_of_knocks_once_in_ten_seconds_at_most(
    story: list[tuple[int, float]],
) -> None:
    play, heard = door(), []
    for number, pause in story:
        play.speak(f"p{number} knocks")
        lines = play.speak(f"{pause} seconds pass")
        heard += [play.now] * sum("knocked" in line for line in lines)
        if number % 2:
            play.speak(f"p{number} waits no longer")
    assert all(after - before >= KNOCK_NEWS for before, after in pairwise(heard))
