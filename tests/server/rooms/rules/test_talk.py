"""Scenes about what is said without a voice: reactions, chat, reports."""

from __future__ import annotations

import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.chat import CHAT_KEPT, MAX_CHAT
from server.rooms.rules import decide
from server.rooms.rules.state import MAX_REACTIONS

from .play import Play, standup


def test_a_reaction_is_one_emoji_of_any_kind() -> None:
    standup().perform("""
        >> bob: react 🦑
        >> bob: react 👩🏽‍🚀
        >> bob: react 🇺🇦
        >> bob: react 👏👏
        << bob refused: bad_reaction
        >> bob: react hi
        << bob refused: bad_reaction
        >> bob: react reaction=
        << bob refused: bad_reaction
        >> 1 seconds pass
        << everyone: pulse audience=2 🦑x1 👩🏽‍🚀x1 🇺🇦x1
    """)


def test_a_thousand_reactions_are_one_event() -> None:
    play = standup()
    for number in range(1000):
        play.perform(">> bob: react 👏" if number % 4 else ">> eve: react 🎉")
    play.perform("""
        >> 1 seconds pass
        << everyone: pulse audience=2 🎉x250 👏x750
        >> 1 seconds pass
    """)


def test_a_pulse_counts_so_many_kinds_and_no_more() -> None:
    play = standup()
    for number in range(MAX_REACTIONS + 10):
        play.perform(f">> bob: react {chr(0x1F400 + number)}")
    assert len(play.state.reactions) == MAX_REACTIONS
    play.perform(f">> eve: react {chr(0x1F400)}")
    assert play.state.reactions[chr(0x1F400)] == 2


def test_a_message_is_told_at_once_and_numbered() -> None:
    standup().perform("""
        >> bob: chat hello @Ann
        << everyone: chat_posted 1 bob: hello @Ann
        >> ann: chat see https://example.org
        << everyone: chat_posted 2 ann: see https://example.org
    """)


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\u202eb", " ", "a\nb", "x" * (MAX_CHAT + 1)])
def test_a_message_is_harmless_text(text: str) -> None:
    play = standup()
    with pytest.raises(CommandRefused) as refused:
        decide(play.state, "bob", c.Chat(text=text), play.now, b"")
    assert refused.value.code == "bad_text"


def test_a_reply_names_a_message_that_is_there() -> None:
    play = standup()
    for line in ("bob: chat one", "bob: chat two", "bob: remove_message 1"):
        play.speak(line)
    [posted] = decide(play.state, "eve", c.Chat(text="why?", reply_to=2), play.now, b"")
    assert isinstance(posted, e.ChatPosted)
    assert posted.message.reply_to == 2
    for number in (1, 3, 2**52):
        with pytest.raises(CommandRefused) as refused:
            decide(play.state, "eve", c.Chat(text="why?", reply_to=number), play.now, b"")
        assert refused.value.code == "no_such_message"


def test_the_room_remembers_so_many_messages() -> None:
    play = standup()
    for number in range(CHAT_KEPT + 20):
        play.speak(f"bob: chat number {number}")
    kept = [each.number for each in play.state.chat]
    assert kept == list(range(21, CHAT_KEPT + 21))
    assert play.state.chat_count == CHAT_KEPT + 20


def test_in_slow_mode_everybody_but_moderators_waits() -> None:
    play = standup()
    play.perform("""
        >> ann: change_settings slow_seconds=30
        << everyone: logged change_settings by ann (slow_seconds=30)
        << everyone: settings_changed slow_seconds=30 by ann
        >> bob: chat one
        << everyone: chat_posted 1 bob: one
        >> 10 seconds pass
        >> bob: chat two
        << bob refused: slow_mode
        >> eve: chat mine
        << everyone: chat_posted 2 eve: mine
        >> ann: chat one
        << everyone: chat_posted 3 ann: one
        >> ann: chat two
        << everyone: chat_posted 4 ann: two
    """)
    with pytest.raises(CommandRefused, match="one message in 30 s; wait 20 s") as refused:
        play.events("bob: chat two")
    assert refused.value.retry_after == 20.0
    play.perform("""
        >> 20 seconds pass
        >> bob: chat two
        << everyone: chat_posted 5 bob: two
    """)


def test_no_removed_message_and_no_new_name_cheats_slow_mode() -> None:
    standup().perform("""
        >> ann: change_settings slow_seconds=30
        << everyone: logged change_settings by ann (slow_seconds=30)
        << everyone: settings_changed slow_seconds=30 by ann
        >> bob: chat one
        << everyone: chat_posted 1 bob: one
        >> bob: remove_message 1
        << everyone: chat_removed 1 by bob
        >> bob: chat two
        << bob refused: slow_mode
        >> bob: leave_room
        >> bo enters key=bob
        >> bo: chat two
        << bo refused: slow_mode
    """)


def test_while_the_chat_is_off_moderators_write() -> None:
    standup().perform("""
        >> bob: chat hello
        << everyone: chat_posted 1 bob: hello
        >> ann: change_settings chat=false
        << everyone: logged change_settings by ann (chat=off)
        << everyone: settings_changed chat=False by ann
        >> bob: chat hello
        << bob refused: chat_off
        >> ann: chat the break is over at noon
        << everyone: chat_posted 2 ann: the break is over at noon
        >> bob: remove_message 1
        << everyone: chat_removed 1 by bob
        >> ann: change_settings chat=true
        << everyone: logged change_settings by ann (chat=on)
        << everyone: settings_changed as usual by ann
        >> bob: chat hello
        << everyone: chat_posted 3 bob: hello
    """)


def test_a_message_is_taken_back_by_its_author_or_a_moderator() -> None:
    play = standup()
    play.perform("""
        >> bob: chat one
        << everyone: chat_posted 1 bob: one
        >> bob: chat two
        << everyone: chat_posted 2 bob: two
        >> eve: chat three
        << everyone: chat_posted 3 eve: three
        >> bob: remove_message 1
        << everyone: chat_removed 1 by bob
        >> bob: remove_message 3
        << bob refused: not_allowed
        >> ann: remove_message 3 rude
        << everyone: logged remove_message eve by ann: rude
        << everyone: chat_removed 3 by ann
        >> ann: remove_message 3
        >> bob: remove_message 3
        >> bob: leave_room
        >> bo enters key=bob
        >> bo: remove_message 2
        << everyone: chat_removed 2 by bob
        >> bo: chat four
        << everyone: chat_posted 4 bob: four
    """)
    assert [each.number for each in play.state.chat] == [4]


def test_a_moderators_message_is_removed_by_who_stands_above_them() -> None:
    play = standup()
    play.perform("""
        >> ann: make_cohost bob
        << everyone: logged make_cohost bob by ann
        << everyone: stage_joined bob as cohost 1/1 muted
        >> cid enters as cohost restored
        << everyone: stage_joined cid as cohost 2/1 muted
        >> ann: chat from the host
        << everyone: chat_posted 1 ann: from the host
        >> bob: chat from a cohost
        << everyone: chat_posted 2 bob: from a cohost
        >> cid: remove_message 1
        << cid refused: not_allowed
        >> cid: remove_message 2
        << cid refused: not_allowed
        >> ann: leave_room
        << everyone: participant_left ann left
        >> cid: remove_message 1
        << cid refused: not_allowed
        >> 1 seconds pass
        << everyone: logged succession bob
        << everyone: role_changed bob host
        << everyone: pulse audience=1
        >> cid: remove_message 1
        << cid refused: not_allowed
        >> bob: remove_message 1
        << bob refused: not_allowed
        >> bob: leave_room
        << everyone: participant_left bob left
        >> cid: remove_message 2
        << cid refused: not_allowed
        >> ann enters as host
        << everyone: stage_joined ann as host 0/2 muted
        >> ann: remove_message 2
        << everyone: logged remove_message bob by ann
        << everyone: chat_removed 2 by ann
        >> ann: remove_message 1
        << everyone: chat_removed 1 by ann
    """)


def test_a_report_is_nobodys_business() -> None:
    play = standup()
    play.perform("""
        >> eve: report bob reason=spam sells watches
        >> eve: report ann reason=other abuses the tools
        >> eve: leave_room
        >> bob: report eve
        >> bob: report bob
        << bob refused: not_allowed
        >> bob: report nobody
        << bob refused: no_such_person
        >> eva enters key=eve
        >> eva: report eve
        << eva refused: not_allowed
    """)
    assert play.log == []


def test_who_left_long_ago_cannot_be_reported() -> None:
    play = Play()
    play.perform("""
        >> ann enters as host
        << everyone: stage_joined ann as host 0/1 muted
        >> eve enters
        >> eve: leave_room
        >> ann: report eve
    """)
    for number in range(200):
        play.speak(f"guest{number} enters")
        play.speak(f"guest{number}: leave_room")
    play.perform("""
        >> ann: report eve
        << ann refused: no_such_person
        >> ann: report guest0
    """)
