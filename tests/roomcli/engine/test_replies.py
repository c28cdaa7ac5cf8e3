"""Tests of pending replies: each answer goes to whoever asked, and nobody waits for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roomcli.engine.refusals import PATIENCE, SECONDS
from roomcli.engine.replies import (
    AGAIN_SECONDS,
    MAX_PENDING,
    MOST_AGAIN,
    NOT_CONNECTED,
    UNANSWERED,
    Answer,
    PendingReplies,
)
from roomcli.protocol import commands as c
from roomcli.protocol import events as e


class Asking:
    """Commands of several askers, and a server that notes them."""

    def __init__(self) -> None:
        self.sent: list[c.RoomCommand | c.DeskCommand] = []
        self.connected = True
        self.now = 0.0
        self.replies = PendingReplies(self._send, clock=lambda: self.now)

    def _send(self, command: c.RoomCommand | c.DeskCommand) -> bool:
        if self.connected:
            self.sent.append(command)
        return self.connected

    def ask(self, command: c.RoomCommand) -> list[Answer]:
        """Forward a command, and return the list to which its answers are added."""
        answers: list[Answer] = []
        self.replies.forward(command, answers.append)
        return answers

    @property
    def refs(self) -> list[int]:
        return [command.ref for command in self.sent if command.ref is not None]


@given(st.permutations(range(6)))
def test_each_answer_goes_to_whoever_asked_whatever_refs_they_chose(order: list[int]) -> None:
    asking = Asking()
    refs = [1, 1, 1, None, 1 << 51, (1 << 52) + 1]
    answers = [asking.ask(c.RaiseHand(ref=ref)) for ref in refs]
    assert len(set(asking.refs)) == len(refs), "one number each"
    for answered, place in enumerate(order, 1):
        answer = e.Done(ref=asking.refs[place])
        assert asking.replies.deliver(answer)
        assert answers[place] == [answer]
        assert sum(map(len, answers)) == answered


def test_a_list_comes_before_its_done_and_an_answer_comes_once() -> None:
    asking = Asking()
    answers = asking.ask(c.ListPeople(ref=3))
    (ref,) = asking.refs
    page = e.PeoplePage(offset=0, total=0, seats={}, ref=ref)
    for answer in (page, e.Done(ref=ref), e.Done(ref=ref), page):
        assert asking.replies.deliver(answer), "they are nobody else's"
    assert answers == [page, e.Done(ref=ref)]


def test_what_answers_no_command_is_left_to_others() -> None:
    asking = Asking()
    assert not asking.replies.deliver(e.Refused(command="chat", code="too_fast", text=""))


def test_without_a_connection_all_who_wait_are_refused() -> None:
    asking = Asking()
    waiting = asking.ask(c.RaiseHand())
    asking.replies.fail()
    asking.connected = False
    refused = asking.ask(c.LowerHand())
    codes = [(each.command, each.code) for each in waiting + refused if isinstance(each, e.Refused)]
    assert codes == [("raise_hand", "not_connected"), ("lower_hand", "not_connected")]
    assert asking.replies.deliver(e.Done(ref=asking.refs[0])), "too late, and nobody else's"
    assert len(waiting) == 1


def test_a_command_that_is_refused_again_and_again_is_answered_here() -> None:
    asking = Asking()
    for _ in range(PATIENCE):
        asking.ask(c.RaiseHand())
        asking.replies.deliver(
            e.Refused(command="raise_hand", code="closed", text="", ref=asking.refs[-1])
        )
    (answer,) = asking.ask(c.RaiseHand())
    assert isinstance(answer, e.Refused)
    assert answer.code == "closed"
    assert len(asking.sent) == PATIENCE
    asking.now = SECONDS
    assert asking.ask(c.RaiseHand()) == []


def test_a_mute_is_sent_however_often_it_was_refused() -> None:
    asking = Asking()
    for _ in range(2 * PATIENCE):
        asking.ask(c.Mute())
        asking.replies.deliver(
            e.Refused(command="mute", code="too_fast", text="", ref=asking.refs[-1])
        )
    assert len(asking.sent) == 2 * PATIENCE


def test_what_is_kept_for_a_server_that_answers_nothing_is_bounded() -> None:
    asking = Asking()
    first = asking.ask(c.RaiseHand())
    for _ in range(MAX_PENDING):
        asking.ask(c.RaiseHand())
    asking.replies.fail()
    assert first == []


def texts(answers: list[Answer]) -> list[str]:
    """Return what the refusals among some answers say."""
    return [each.text for each in answers if isinstance(each, e.Refused)]


def test_what_was_cut_off_is_given_again_in_its_order_under_its_numbers() -> None:
    asking = Asking()
    asking.replies.go_on(60.0)
    chats = [asking.ask(c.Chat(text=text)) for text in ("first", "second", "third")]
    asking.replies.deliver(e.Done(ref=asking.refs[1]))
    asking.replies.fail()
    asking.now = 3.0
    before = list(asking.sent)
    asking.replies.go_on(60.0)
    assert asking.sent[3:] == [before[0], before[2]]
    for each in (0, 2):
        asking.replies.deliver(e.Done(ref=asking.refs[each]))
        asking.replies.deliver(e.Done(ref=asking.refs[each]))  # that of the first try comes too
    assert chats == [[e.Done(ref=ref)] for ref in asking.refs[:3]]


def test_what_is_worth_nothing_a_moment_later_is_not_given_again() -> None:
    asking = Asking()
    asking.replies.go_on(60.0)
    once: list[c.RoomCommand | c.DeskCommand] = [
        c.Unmute(),
        c.React(reaction="👏"),
        c.ListPeople(),
        c.ShowProfile(),
    ]
    answers: list[Answer] = []
    for command in once:
        asking.replies.forward(command, answers.append)
    asking.replies.fail()
    asking.replies.go_on(60.0)
    assert len(asking.sent) == len(once)
    assert texts(answers) == [NOT_CONNECTED] * len(once)


@given(st.floats(0, 100), st.none() | st.floats(0, 60))
def test_what_might_be_done_twice_or_late_is_given_up_and_told(
    away: float, remembers: float | None
) -> None:
    asking = Asking()
    asking.replies.go_on(60.0)
    answers = asking.ask(c.Chat(text="hello"))
    asking.replies.fail()
    assert answers == [], "nobody is told before it is sure"
    asking.now = away
    asking.replies.give_up_old()
    asking.replies.go_on(remembers)
    is_given_again = remembers is not None and away <= min(remembers, AGAIN_SECONDS)
    assert len(asking.sent) == (2 if is_given_again else 1)
    assert texts(answers) == ([] if is_given_again else [UNANSWERED])


def test_who_stays_away_is_told_while_they_are() -> None:
    asking = Asking()
    asking.replies.go_on(60.0)
    answers = asking.ask(c.Lock())
    asking.replies.fail()
    asking.now = AGAIN_SECONDS
    asking.replies.give_up_old()
    assert answers == []
    asking.now += 0.1
    asking.replies.give_up_old()
    assert texts(answers) == [UNANSWERED]


def test_a_room_that_remembers_nothing_is_given_nothing_again() -> None:
    asking = Asking()
    asking.replies.go_on(None)
    answers = asking.ask(c.Lock())
    asking.replies.fail()
    assert texts(answers) == [NOT_CONNECTED], "as by servers of the version before"


def test_nothing_is_given_again_in_another_room() -> None:
    asking = Asking()
    asking.replies.go_on(60.0)
    answers = asking.ask(c.Lock())
    asking.replies.fail()
    asking.replies.leave_room()
    asking.replies.go_on(60.0)
    assert len(asking.sent) == 1
    assert texts(answers) == [UNANSWERED]


def test_a_connection_that_is_lost_again_at_once_costs_nothing() -> None:
    asking = Asking()
    asking.replies.go_on(60.0)
    answers = asking.ask(c.Lock())
    asking.replies.fail()
    asking.connected = False
    asking.replies.go_on(60.0)
    asking.replies.fail()
    asking.connected = True
    asking.replies.go_on(60.0)
    asking.replies.deliver(e.Done(ref=asking.refs[1]))
    assert answers == [e.Done(ref=asking.refs[0])]


def test_of_many_commands_the_newest_are_given_again_and_the_others_told() -> None:
    asking = Asking()
    asking.replies.go_on(60.0)
    all_answers = [asking.ask(c.Chat(text=f"{number}")) for number in range(MOST_AGAIN + 2)]
    asking.replies.fail()
    asking.replies.go_on(60.0)
    assert len(asking.sent) == 2 * MOST_AGAIN + 2
    assert [texts(each) for each in all_answers[:3]] == [[UNANSWERED], [UNANSWERED], []]
