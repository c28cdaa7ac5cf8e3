"""Tests of the chat as a frontend keeps it: in order, what is unread, and who is meant."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.frontends.model.conversation import matching
from roomcli.frontends.model.room_model import RoomModel
from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Person, Role
from roomcli.protocol.view import RoomView

from ....support.fake_room import WALL, YOU, entered, make_view
from ....support.seats import chat_message, someone

ME = someone(YOU, "Robin Keller")
ANN = someone("ann1", "Ann Lindqvist")


def said(number: int, text: str = "hello", who: Person = ANN) -> ChatMessage:
    """Make a chat message."""
    return chat_message(who, number, text, WALL)


def posted(number: int, text: str = "hello", who: Person = ANN) -> e.ChatPosted:
    """Make the event that somebody wrote a message."""
    return e.ChatPosted(message=said(number, text, who))


def again(view: RoomView, *, resumed: bool = True, chat: tuple[ChatMessage, ...] = ()) -> e.Joined:
    """Make the answer after a lost connection, resumed or anew."""
    return e.Joined(
        room="standup", you=YOU, view=view, server_time=WALL, resumed=resumed, chat=chat
    )


def test_the_chat_is_merged_by_number() -> None:
    model = entered("listener", posted(7), posted(8, who=ME), posted(9))
    assert list(model.chat) == [7, 8, 9]
    assert model.unread == 2, "one's own words are read"
    model.receive(e.ChatPage(messages=(said(5), said(6), said(7)), more=True), 1.0, WALL)
    assert list(model.chat) == [5, 6, 7, 8, 9]
    assert model.more_chat
    assert model.unread == 2, "what is older was asked for"
    model.receive(e.ChatRemoved(number=6, by="ANN1"), 1.0, WALL)
    assert list(model.chat) == [5, 7, 8, 9]
    model.note_sight(True)
    assert model.unread == 0


def test_what_came_while_one_did_not_look_is_new_until_one_writes() -> None:
    model = entered("listener", posted(1))
    model.note_sight(True)
    assert model.new_from is None, "it came while one looked"
    model.receive(posted(2), 1.0, WALL)
    model.note_sight(True)
    model.note_sight(False)
    assert model.new_from is None
    for number in (3, 4):
        model.receive(posted(number), 1.0, WALL)
        model.note_sight(False)
    model.note_sight(True)
    model.note_sight(True)
    assert model.new_from == 3
    model.receive(posted(5), 1.0, WALL)
    model.note_sight(True)
    model.note_sight(False)
    model.note_sight(True)
    assert model.new_from == 3, "nothing came meanwhile"
    model.receive(posted(6, who=ME), 1.0, WALL)
    assert model.new_from is None


def test_what_was_written_while_one_was_away_is_unread() -> None:
    model = entered("speaker", posted(1))
    assert model.view is not None
    model.note_sight(True)
    model.receive(again(model.view, chat=(said(1), said(2), said(3, who=ME))), 1.0, WALL)
    assert list(model.chat) == [1, 2, 3]
    assert model.unread == 1
    model.receive(again(model.view, resumed=False, chat=(said(1),)), 1.0, WALL)
    assert list(model.chat) == [1], "another room's chat is not this one's"


def test_authors_are_known_again_at_a_server_that_gave_them_other_ids() -> None:
    ann = replace(ANN, key="key of ann")
    first = e.ChatPosted(message=said(1), people={ANN.id: ann})
    model = entered("listener", first, posted(2, who=ME), posted(3, who=someone("gone", "Eve")))
    ann = replace(ann, id="ann at the other")
    view = replace(make_view("listener"), me="me at the other", people={ann.id: ann})
    answer = replace(said(4, who=ann), reply_to=2)
    model.receive(again(view, chat=(answer,)), 1.0, WALL)
    wrote = [each.person for each in model.chat.values()]
    assert wrote == [ann.id, view.me, someone("gone", "Eve").id, ann.id]
    assert model.author(model.chat[1]).full_name == ANN.full_name
    assert model.mentioned(answer), "it answers one's own words"


def test_a_full_history_on_joining_means_that_there_is_more() -> None:
    view = make_view("listener", 4, WALL)
    few, many = (tuple(said(number) for number in range(1, n)) for n in (4, 51))
    for chat, more in ((few, False), (many, True)):
        model = RoomModel()
        model.receive(again(view, resumed=False, chat=chat), 1.0, WALL)
        assert (model.unread, model.more_chat) == (0, more)


def test_only_the_newest_messages_are_kept() -> None:
    model = entered("listener", *(posted(number) for number in range(1, 521)))
    assert len(model.chat) == 500
    assert min(model.chat) == 21
    model.receive(e.ChatPage(messages=(said(20),), more=True), 1.0, WALL)
    assert min(model.chat) == 21
    assert not model.more_chat, "what cannot be kept is not offered"


@pytest.mark.parametrize(
    ("text", "who", "mentioned"),
    [
        ("hi @Robin Keller", ANN, True),
        ("hi @robin!", ANN, True),
        ("hi Robin", ANN, False),
        ("hi @Robinson", ANN, False),
        ("mail me@robin", ANN, False),
        ("I am @Robin", ME, False),
    ],
)
@pytest.mark.parametrize("role", ["speaker", "listener"])
def test_who_is_mentioned(role: Role, text: str, who: Person, mentioned: bool) -> None:
    model = entered(role)
    model.own_name = "Robin Keller"  # a listener in the back is in no view of their own
    assert model.mentioned(said(1, text, who)) is mentioned


def test_a_reply_to_ones_own_message_is_for_one() -> None:
    model = entered("speaker", posted(1, who=ME), posted(2))
    assert model.mentioned(chat_message(ANN, 3, "which?", WALL, reply_to=1))
    assert not model.mentioned(chat_message(ANN, 3, "which?", WALL, reply_to=2))
    assert not model.mentioned(chat_message(ME, 3, "this", WALL, reply_to=1))


def test_a_mention_by_somebody_blocked_is_not_loud_though_a_moderator_reads_it() -> None:
    model = entered("host")
    model.own_name = "Robin Keller"
    hello = said(1, "hi @Robin", ANN)
    for blocked, expected in (((ANN.id,), "quiet"), ((), "loud")):
        model.receive(e.BlockedChanged(people=blocked), 1.0, WALL)
        line = model.receive(e.ChatPosted(message=hello), 1.0, WALL)
        assert line is not None
        assert (line.weight, model.mentioned(hello)) == (expected, expected == "loud")


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("BRAK", (1, 3)),
        ("new brakes", (3,)),
        ("brakes new", (3,)),
        ("ann", (1, 2)),
        ("robin brakes", (3,)),
        ("[", (2,)),
        ("  ", ()),
        ("tram", ()),
    ],
)
def test_what_is_sought_is_in_text_or_name(sought: str, found: tuple[int, ...]) -> None:
    messages = [said(1, "brakes"), said(2, "[soup]"), said(3, "New Brakes", ME)]
    assert matching(messages, sought) == found
