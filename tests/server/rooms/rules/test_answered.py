"""Tests of the answers that are kept: each for a minute, and no flood pushes out a moderator's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.rooms.rules.answered import (
    KEEP_ANSWER,
    MOST_OF_MODERATORS,
    MOST_OF_OTHERS,
    PER_PERSON,
    AnsweredCommands,
    KeptAnswer,
)

MODERATOR = KeptAnswer("host", 1, "ban", by_moderator=True)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.floats(0, 20), st.booleans()),
        max_size=50,
    )
)
def test_a_command_is_known_for_a_minute_and_only_as_what_it_was(
    given_commands: list[tuple[str, int, float, bool]],
) -> None:
    answered, at, now = AnsweredCommands(0.0), {}, 0.0
    for key, ref, pause, by_moderator in given_commands:
        now += pause
        answered.note_answer(KeptAnswer(key, ref, "chat", by_moderator=by_moderator), ref, now)
        at[key, ref] = now
        for person in "abc":
            for number in range(10):
                known = answered.find_earlier(person, number, "chat", now)
                expected = now - at.get((person, number), -KEEP_ANSWER) < KEEP_ANSWER
                assert (known is not None) == expected
                assert known is None or known.transaction == number
                assert answered.find_earlier(person, number, "ban", now) is None
        assert answered.remembers(now, by_moderator=by_moderator) == min(now, KEEP_ANSWER)


def test_a_flood_of_commands_takes_bounded_memory_and_leaves_moderators_theirs() -> None:
    answered = AnsweredCommands(-KEEP_ANSWER)
    answered.note_answer(MODERATOR, 0, 0.0)
    for number in range(3 * MOST_OF_OTHERS):
        answered.note_answer(KeptAnswer(f"troll {number}", number, "chat"), 0, 0.001 * number)
    assert len(answered.all(4.0)) == MOST_OF_OTHERS + 1
    assert answered.find_earlier("host", 1, "ban", 4.0) is not None
    assert answered.remembers(4.0, by_moderator=True) == KEEP_ANSWER
    # Of the others somebody's command is known no more: they are told how far back all are.
    oldest_gone = 0.001 * (2 * MOST_OF_OTHERS - 1)
    assert answered.remembers(4.0, by_moderator=False) == 4.0 - oldest_gone


def test_of_who_became_a_moderator_what_was_pushed_out_before_is_not_promised() -> None:
    answered = AnsweredCommands(-KEEP_ANSWER)
    answered.note_answer(KeptAnswer("ben", 1, "chat"), 0, 0.0)
    answered.note_promotion(1.0)
    assert answered.remembers(1.0, by_moderator=True) == KEEP_ANSWER
    for number in range(MOST_OF_OTHERS):
        answered.note_answer(KeptAnswer(f"troll {number}", number, "chat"), 0, 2.0)
    assert answered.find_earlier("ben", 1, "chat", 3.0) is None
    assert answered.remembers(3.0, by_moderator=True) == 3.0
    assert answered.remembers(1.0 + KEEP_ANSWER, by_moderator=True) == KEEP_ANSWER


def test_one_person_floods_themselves_alone() -> None:
    answered = AnsweredCommands(0.0)
    answered.note_answer(KeptAnswer("ben", 7, "chat"), 0, 0.0)
    for number in range(2 * MOST_OF_OTHERS):
        answered.note_answer(KeptAnswer("troll", number, "chat"), 0, 1.0)
    assert len(answered.all(1.0)) == PER_PERSON + 1
    assert answered.find_earlier("ben", 7, "chat", 1.0) is not None
    assert answered.find_earlier("troll", 2 * MOST_OF_OTHERS - 1, "chat", 1.0) is not None
    assert answered.remembers(1.0, by_moderator=False) == 1.0


def test_moderators_are_bounded_too() -> None:
    answered = AnsweredCommands(0.0)
    for number in range(2 * MOST_OF_MODERATORS):
        answered.note_answer(KeptAnswer(f"host {number}", 1, "ban", by_moderator=True), 0, 0.0)
    assert len(answered.all(0.0)) == MOST_OF_MODERATORS


def test_the_next_owner_knows_what_the_one_before_knew() -> None:
    before, after = AnsweredCommands(0.0), AnsweredCommands(500.0)
    made = KeptAnswer("host", 2, "make_room_invite", "abc", by_moderator=True)
    for each in (MODERATOR, made, KeptAnswer("ben", 3, "chat")):
        before.note_answer(each, 9, 10.0)
    assert after.remembers(500.0, by_moderator=True) == 0.0
    after.take_over(before.all(20.0), 20.0, 500.0)
    assert after.remembers(510.0, by_moderator=True) == 30.0
    known = after.find_earlier("host", 2, "make_room_invite", 500.0)
    assert known is not None
    assert (known.invite, known.transaction) == ("abc", 0), "what is handed over is kept already"
    assert after.find_earlier("ben", 3, "chat", 500.0) is not None


def test_the_next_owner_of_a_flooded_room_is_sure_of_moderators_alone() -> None:
    after = AnsweredCommands(0.0)
    flood = [KeptAnswer(f"troll {number}", number, "chat") for number in range(MOST_OF_OTHERS)]
    after.take_over([MODERATOR, *flood], KEEP_ANSWER, 0.0)
    assert after.remembers(0.0, by_moderator=True) == KEEP_ANSWER
    assert after.remembers(0.0, by_moderator=False) == 0.0
