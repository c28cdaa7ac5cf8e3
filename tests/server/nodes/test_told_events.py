"""Tests of what looks at the events of every client after a fault: it notices what is wrong."""

from __future__ import annotations

import pytest

from roomcli.protocol import events as e

from ...support.fake_room import YOU, make_view
from ...support.seats import chat_posted, someone
from ...support.told_events import ToldEvents

ANN = someone("ann", "Ann")
FIRST, SECOND, THIRD = (chat_posted(ANN, number, f"message {number}", 1.0) for number in (1, 2, 3))
OTHER = chat_posted(ANN, 2, "something else", 1.0)
UNMUTED = e.Unmuted(id=YOU)


def joined(*chat: e.ChatPosted, moved: bool = False) -> e.Joined:
    """Make the answer to who comes in, or goes on, with these messages."""
    messages = tuple(each.message for each in chat)
    view = make_view("speaker")
    return e.Joined(room="standup", you=YOU, view=view, server_time=1.0, chat=messages, moved=moved)


@pytest.mark.parametrize(
    "told",
    [
        (joined(FIRST), SECOND, joined(FIRST, SECOND), THIRD),
        (joined(FIRST), SECOND, joined(THIRD, moved=True)),
        (joined(), FIRST, UNMUTED, e.Muted(id=YOU), UNMUTED),
    ],
)
def test_what_is_told_once_and_in_order_is_right(told: tuple[e.Event, ...]) -> None:
    ToldEvents().follow(told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param((joined(FIRST), THIRD), id="lost"),
        pytest.param((joined(), FIRST, FIRST), id="doubled"),
        pytest.param((joined(FIRST), THIRD, SECOND), id="in another order"),
        pytest.param((joined(FIRST, SECOND), joined(FIRST)), id="gone when one is back"),
        pytest.param((joined(FIRST), joined(THIRD, moved=True)), id="lost at a move"),
        pytest.param((joined(FIRST), joined(FIRST, moved=True)), id="doubled at a move"),
        pytest.param((joined(FIRST), SECOND, joined(FIRST, OTHER)), id="another one"),
        pytest.param((joined(), UNMUTED, UNMUTED), id="what changes nothing"),
    ],
)
def test_what_is_lost_doubled_or_in_another_order_is_noticed(told: tuple[e.Event, ...]) -> None:
    with pytest.raises(AssertionError):
        ToldEvents().follow(told)  # type: ignore[arg-type]
