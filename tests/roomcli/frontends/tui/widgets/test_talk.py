"""Tests of chat on the screen: writing, commands by name, scrolling, links, removing messages."""

from __future__ import annotations

import asyncio
import time

import pytest
from msgspec.structs import replace
from rich.style import Style
from textual import events
from textual.keys import _character_to_key as character_to_key
from textual.widgets import Input

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.widgets import talk
from roomcli.frontends.tui.widgets.stream import Picked
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Person
from roomcli.protocol.settings import RoomSettings

from .....support.fake_cast import listener
from .....support.fake_room import YOU, FakeRoom, make_view
from .....support.seats import chat_posted, hand_raised, participant_joined, someone
from .....support.tui_seat import ScreenSeat, seat

WIDE = (120, 40)
ANN = someone("ann1", "Ann Lindqvist")


def said(
    number: int, text: str, person: Person = ANN, at: float = 2e9, reply_to: int | None = None
) -> e.ChatPosted:
    """Make the event that somebody wrote a message."""
    return chat_posted(person, number, text, at, reply_to)


def test_who_is_out_of_sight_is_looked_for_by_name() -> None:
    async def scenario() -> None:
        async with seat("host", WIDE, room=FakeRoom(make_view("host", 140))) as you:
            somebody = listener(120)
            you.room.talk.compose_message(f"/remove {somebody.name} spam")
            await you.presses("enter")
            await you.until(lambda: c.Remove(id="p120", reason="spam") in you.sent)
            assert you.app.screen is you.room, "no page opens for what was asked on the way"
            you.room.talk.compose_message("/remove Xerxes")
            await you.presses("enter")
            await you.sees("Nobody here is called Xerxes")
            assert you.room.talk.composer.value == "/remove Xerxes"

    asyncio.run(scenario())


def test_what_is_typed_is_said_and_no_key_of_the_room() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("t", *"qm hx")
            await you.sees("qm hx")
            assert you.engine.sent == []
            await you.presses("ctrl+t")
            await you.sees("● ON AIR")
            await you.sees("ctrl+t mutes")
            await you.presses("enter")
            await you.sends(c.Unmute(lease=True), c.Chat(text="qm hx"))
            await you.sees("Robin Keller (you)  qm hx")
            await you.presses("up")
            await you.sees("To everybody")
            assert you.room.talk.composer.value == "qm hx"
            await you.presses("down", *"draft", "escape", "space")
            await you.sees("○ MUTED")
            await you.presses("enter")
            assert you.room.talk.composer.value == "draft", "a draft is kept"

    asyncio.run(scenario())


def test_what_is_typed_right_after_enter_is_the_next_line() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("t", *"one")
            composer = you.room.talk.composer
            you.app.post_message(events.Key("enter", "\r"))
            you.app.post_message(events.Key("t", "t"))
            await you.sends(c.Chat(text="one"))
            await you.until(lambda: composer.value == "t", composer.value)

    asyncio.run(scenario())


def test_what_is_typed_before_the_line_is_open_is_typed_there() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            composer = you.room.talk.composer
            for first, rest in (("/", "mute Ben"), ("t", "hello s")):
                for letter in first + rest:
                    you.app.post_message(events.Key(character_to_key(letter), letter))
                wanted = rest if first == "t" else first + rest
                await you.until(lambda text=wanted: composer.value == text, wanted)  # type: ignore[misc]
                await you.presses("escape")
                await you.until(lambda: not composer.is_open)
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_a_command_by_its_name() -> None:
    async def scenario() -> None:
        async with seat("host", WIDE) as you:
            await you.presses("slash", *"sil")
            await you.sees("/silence")
            await you.presses("tab", *"Be", "tab")
            assert you.room.talk.composer.value == "/silence Ben Okafor "
            await you.sees("/silence NAME")
            await you.presses("enter")
            await you.sends(c.Silence(id="ben1"))
            await you.sees("t writes to everybody")
            await you.presses("slash", *"bann Ben", "enter")
            await you.sees("There is no /bann")
            assert you.room.talk.writing
            assert len(you.engine.sent) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/help", "open or close your microphone"),
        ("/list_people left", "Troy Troll"),
        ("/list_bans", "nobody is banned"),
        ("/read_log", "nothing has been logged yet"),
        ("/list_room_invites", "Whoever runs this line"),
        ("/leave", "Who goes on when you leave?"),
    ],
)
def test_a_command_that_has_a_page_opens_it(line: str, shown: str) -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("slash")
            you.room.talk.composer.value = line
            await you.presses("enter")
            await you.sees(shown)

    asyncio.run(scenario())


def test_a_hand_with_a_line() -> None:
    async def scenario() -> None:
        async with seat() as you:
            await you.presses("H", *"on brakes", "enter")
            await you.sends(c.RaiseHand(topic="on brakes"))
            await you.sees("HAND RAISED")

    asyncio.run(scenario())


LOW = (80, 16)
"""A screen on which the talk has no lines until it is used."""


def test_unread_on_a_small_screen_until_it_is_read() -> None:
    async def scenario() -> None:
        async with seat(size=LOW) as you:
            you.engine.say(said(10, "one"), said(11, "two"))
            await you.sees("2 new")
            await you.presses("c")
            await you.misses("2 new")
            await you.misses("Audience 40")
            await you.presses("escape")
            await you.sees("Audience 40")
        for size in (WIDE, (80, 24)):
            async with seat(size=size) as you:
                you.engine.say(said(10, "in sight"))
                await you.sees("in sight")
                assert not you.shows("1 new")

    asyncio.run(scenario())


def test_going_back_asks_for_what_is_older_and_stands_still() -> None:
    async def scenario() -> None:
        room = FakeRoom(make_view())
        room.chat = [said(number, f"message {number}").message for number in range(30, 80)]
        async with seat(size=WIDE, room=room) as you:
            await you.sees("message 79")
            await you.presses(*["pageup"] * 12)
            await you.sees("message 30")
            await you.sends(c.ReadChat(before=30))
            you.engine.say(
                e.ChatPage(messages=(said(29, "older still", at=1e9).message,)),
                said(80, "the newest"),
            )
            await you.until(lambda: 80 in you.model.chat)
            await you.sees("newer below")
            await you.sees("message 30")
            assert not you.shows("the newest")
            await you.presses("pageup")
            await you.sees("older still")
            await you.presses("t", "enter")
            you.room.talk.lines.reveal(None)
            await you.sees("the newest")

    asyncio.run(scenario())


def test_messages_are_taken_out_by_who_may() -> None:
    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            await you.presses("c")
            assert not you.shows("Del Delete")
            await you.presses("delete")
            await you.sees("Only moderators delete")
            assert you.engine.sent == []
            mine = someone(YOU, "Robin Keller")
            you.engine.say(said(10, "mine", mine))
            await you.sees("Robin Keller (you)  mine")
            await you.presses("down", "c", "c")
            await you.sees("Del Delete")
            await you.presses("delete")
            await you.sends(c.RemoveMessage(number=10))
            await you.misses("Robin Keller (you)  mine")

    asyncio.run(scenario())


def test_links_open_by_key_and_click(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(talk, "open_link", lambda app, url: opened.append(url))

    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            you.engine.say(said(10, "see javascript:alert(1) and http://x.example/a[b]?c=@d."))
            await you.sees("http://x.example/a[b]?c=@d")
            await you.presses("c", "o")
            assert opened == ["http://x.example/a[b]?c=@d"]
            row = next(n for n, line in enumerate(you.lines) if "//x.example" in line)
            await you.pilot.click(offset=(you.lines[row].index("//x.example"), row))
            await you.until(lambda: len(opened) == 2)
            assert _linked(you) - {SLIDES} == {"http://x.example/a[b]?c=@d"}

    asyncio.run(scenario())


SLIDES = "https://rooms.example/slides"
"""The link of an earlier message."""


def _linked(you: ScreenSeat[RoomcliApp]) -> set[str]:
    """Return the links that the terminal is told."""
    styles = [
        segment.style
        for strip in you.app.screen._compositor.render_strips()
        for segment in strip
        if isinstance(segment.style, Style)
    ]
    return {style.link for style in styles if style.link}


def test_a_click_picks_a_message_and_enter_is_its_writers_card() -> None:
    async def scenario() -> None:
        async with seat("host", WIDE) as you:
            await you.sees("decibels")
            row = next(n for n, line in enumerate(you.lines) if "decibels" in line)
            await you.pilot.click(offset=(you.lines[row].index("decibels"), row))
            await you.sees("Del Delete")
            await you.presses("enter")
            await you.sees("Silence Cho Min-seo")
            await you.presses("s")
            await you.sends(c.Silence(id="cho1"))

    asyncio.run(scenario())


def test_what_was_said_is_copied_in_one_line_while_others_go_on() -> None:
    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            words = " ".join(f"word{number}" for number in range(30))
            address = "https://x.example/" + "a" * 90
            you.engine.say(said(10, words), said(11, address), said(12, "and that is it"))
            await you.sees("and that is it")
            await you.drags("word3", "that is")
            you.engine.say(said(13, "one more"), said(14, "and another"))
            await you.until(lambda: 14 in you.model.chat)
            await you.sees("newer below")
            await you.presses("ctrl+c")
            await you.sees("Sent to the terminal's clipboard")
            rest = words.partition("word3 ")[2]
            copied = you.app.clipboard.splitlines()
            assert copied[0] == f"word3 {rest}"
            assert copied[1].endswith(f"Ann Lindqvist (host)  {address}")
            assert copied[2].endswith("Ann Lindqvist (host)  and that is")
            await you.sees("and another")
            assert not you.shows("newer below")
            assert you.room.talk.picked is None, "a drag picks nothing"

    asyncio.run(scenario())


def test_a_drag_over_a_link_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(talk, "open_link", lambda app, url: opened.append(url))

    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            you.engine.say(said(10, "look: http://x.example/page for more"))
            await you.sees("for more")
            await you.drags("look", "http://x.example/pa")
            await you.presses("ctrl+c")
            await you.until(lambda: you.app.clipboard == "look: http://x.example/pa")
            assert opened == []

    asyncio.run(scenario())


def test_a_mention_stands_out_for_a_listener_whose_name_the_room_does_not_show() -> None:
    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            you.engine.say(said(10, "hello @robin"), said(11, "hello @robinson"))
            await you.sees("hello @robinson")
            assert you.shows("▌Ann Lindqvist (host)  hello @robin")
            assert not you.shows("▌Ann Lindqvist (host)  hello @robinson")

    asyncio.run(scenario())


def test_one_is_told_how_chat_works_here() -> None:
    async def scenario() -> None:
        view = make_view("listener")
        room = FakeRoom(replace(view, settings=replace(view.settings, slow_seconds=30)))
        async with seat(room=room) as you:
            await you.presses("t")
            await you.sees("once in 30 s")
            you.engine.say(
                e.SettingsChanged(settings=replace(view.settings, chat=False), by="ANN1")
            )
            await you.sees("The chat is closed")
            you.engine.say(e.Refused(command="chat", code="chat_off", text="No [b]chat[/b] now"))
            await you.sees("No [b]chat[/b] now")

    asyncio.run(scenario())


def test_back_after_a_lost_connection_is_said_until_one_speaks() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            view = make_view("speaker")
            you.engine.say(
                e.Joined(room="standup", you=YOU, view=view, server_time=2e9, resumed=True)
            )
            await you.sees("You are back, and MUTED")
            await you.presses("space")
            await you.misses("You are back, and MUTED")
            you.engine.say(local.Problem(code="silent_microphone", text="silence"))
            await you.sees("Nothing is coming from your microphone")
            you.engine.say(local.Levels(microphone=-40))
            await you.misses("Nothing is coming from your microphone")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "line", ["/set_password hunter2", "  /set_password  hunter2 x", "/pasword hunter2"]
)
def test_a_password_is_not_to_be_read_while_it_is_typed(line: str) -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("t")
            await you.types(line)
            await you.sees("•••••••")
            assert not you.shows("hunter2")
            await you.presses("enter", *["backspace"] * len(line), "up")
            assert "hunter2" not in you.room.talk.composer.value
            assert not you.shows("hunter2")

    asyncio.run(scenario())


def test_a_password_in_a_form_is_not_to_be_read() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            await you.presses("S")
            you.app.screen.query_one("#password", Input).focus()
            await you.presses(*"hunter2")
            await you.sees("•••••••")
            assert not you.shows("hunter")

    asyncio.run(scenario())


def test_the_talk_may_be_told_of_news_while_its_screen_is_taken_down() -> None:
    async def scenario() -> None:
        async with seat("host", WIDE) as you:
            lines = you.room.talk.lines
            await lines.remove()
            lines.sync(you.room.model, Picked(), "", 0.0, active=False)

    asyncio.run(scenario())


def test_steps_of_a_volume_are_one_line_and_nothing_moves_for_who_reads_further_up() -> None:
    async def scenario() -> None:
        async with seat("speaker", (120, 24)) as you:
            you.room.pick("ben1")
            for percent in (90, 80, 70):
                await you.presses("less_than_sign")
                await you.sees(f"You hear Ben Okafor (co-host) at {percent} %")
            assert not you.shows("at 90 %")
            assert not you.shows("at 80 %")
            you.room.pick("ann1")
            await you.presses("greater_than_sign")
            await you.sees("You hear Ann Lindqvist (host) at 110 %")
            assert you.shows("You hear Ben Okafor (co-host) at 70 %"), "it is about somebody else"
            lines = you.room.talk.lines
            lines.scroll(1)
            assert lines.up
            await you.presses("greater_than_sign")
            await you.until(lambda: lines._happenings[-1][1].text.endswith("at 120 %"))
            assert lines._happenings[-2][1].text.endswith("at 110 %")

    asyncio.run(scenario())


def test_small_things_of_a_minute_are_one_line_and_own_state_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.time() // 60 * 60
    monkeypatch.setattr(time, "time", lambda: now)

    async def scenario() -> None:
        async with seat("speaker", WIDE, room=FakeRoom(make_view("speaker", 3))) as you:
            await you.sees("This server keeps")
            you.engine.say(
                participant_joined(someone("nia", "Nia")),
                participant_joined(someone("ole", "Ole")),
                hand_raised(someone("ole", "Ole"), at=2e9),
                e.RoomLocked(by="ANN1"),
                local.Microphone(open=True),
            )
            await you.sees("2 came, Ole raised a hand · ")
            await you.sees("● ON AIR")
            assert not you.shows("You are on air")
            you.engine.say(participant_joined(someone("pia", "Pia")))
            await you.sees("3 came, Ole raised a hand")
            nonlocal now
            now += 61
            await you.misses("This server keeps")

    asyncio.run(scenario())


def test_a_line_that_grows_moves_nothing_for_who_reads_further_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time", lambda: 2e9)

    async def scenario() -> None:
        room = FakeRoom(make_view())
        room.chat = [said(number, f"message {number}", at=1e9).message for number in range(30, 60)]
        async with seat(size=WIDE, room=room) as you:
            await you.sees("message 59")
            await you.presses("pageup")
            await you.misses("message 59")
            before = you.lines
            for topic in ("one", "two", "three"):
                you.engine.say(e.SettingsChanged(settings=RoomSettings(topic=topic), by="ANN1"))
            await you.until(lambda: "three" in str(you.model.view))
            await you.pilot.pause()
            place = next(row for row, line in enumerate(before) if "Talk" in line)
            assert you.lines[place + 1 : -4] == before[place + 1 : -4]

    asyncio.run(scenario())


def test_what_happens_is_hidden_and_shown_by_a_key() -> None:
    async def scenario() -> None:
        async with seat("host", WIDE, room=FakeRoom(make_view("host", 3))) as you:
            you.engine.say(participant_joined(someone("nia", "Nia")), said(10, "hello all"))
            await you.sees("Nia is here")
            await you.presses("full_stop")
            await you.misses("Nia is here")
            await you.sees("hello all")
            you.engine.say(e.SilenceList(silences=()))
            await you.sees("Nobody is silenced")  # an answer is no small thing
            await you.presses("full_stop")
            await you.sees("Nia is here")

    asyncio.run(scenario())


def test_a_search_goes_through_the_messages_that_have_the_words() -> None:
    async def scenario() -> None:
        room = FakeRoom(make_view())
        texts = ("brakes squeal", "lunch?", "New Brakes: better", "soup", "brakes again")
        room.chat = [said(10 + n, text, at=1e9).message for n, text in enumerate(texts)]
        async with seat(size=WIDE, room=room) as you:
            await you.presses("c", "slash", *"brakez")
            await you.sees("no message has that")
            await you.presses("backspace", "s")
            await you.sees("3 of 3 found")
            assert you.room.talk.picked == 14
            await you.presses("up")
            await you.sees("2 of 3 found")
            row = next(n for n, line in enumerate(you.lines) if "New Brakes" in line)
            place = you.lines[row].index("Brakes")
            assert "reverse" in you.styles[row][place]
            assert "reverse" not in you.styles[row][place - 2]
            await you.presses("enter", "up", "up")
            assert you.room.talk.picked == 10, "the oldest that has it"
            assert you.engine.sent == []
            await you.presses("escape", "down")
            assert you.room.talk.picked == 11, "with nothing sought the next one is any"
            await you.presses("escape")
            assert not you.room.talk.reading

    asyncio.run(scenario())


def test_a_search_gets_the_older_messages_too() -> None:
    async def scenario() -> None:
        room = FakeRoom(make_view())
        room.chat = [said(number, f"message {number}").message for number in range(30, 80)]
        async with seat(size=WIDE, room=room) as you:
            await you.sees("message 79")
            await you.presses("c", "slash", *"lamp")
            await you.sends(c.ReadChat(before=30))
            you.engine.say(e.ChatPage(messages=(said(29, "a lamp", at=1e9).message,)))
            await you.sees("1 found")
            await you.presses("up")
            await you.sees("a lamp")

    asyncio.run(scenario())


def test_a_message_and_its_link_are_copied_by_keys() -> None:
    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            you.engine.say(said(10, "look: http://x.example/page for more"))
            await you.sees("for more")
            await you.presses("Y")
            assert you.app.clipboard == "", "nothing is picked"
            await you.presses("c", "Y")
            await you.sees("Sent to the terminal's clipboard")
            await you.until(lambda: you.app.clipboard.endswith("/page for more"))
            await you.presses("U")
            await you.until(lambda: you.app.clipboard == "http://x.example/page")

    asyncio.run(scenario())


def test_a_reply_quotes_the_message_that_it_answers() -> None:
    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            you.engine.say(said(10, "Where is the lamp?"), said(11, "and the other"))
            await you.sees("and the other")
            await you.presses("c", "up", "R", *"here")
            await you.sees("In reply to Ann Lindqvist: Where is the lamp?")
            await you.presses("enter", "escape", "escape")
            await you.sends(c.Chat(text="here", reply_to=10))
            await you.sees("╭ Ann Lindqvist: Where is the lamp?")
            await you.sees("Robin Keller (you)  here")
            await you.drags("╭ Ann", "(you)  here")
            await you.presses("ctrl+c")
            await you.until(lambda: you.app.clipboard)
            quoted, text = you.app.clipboard.splitlines()
            assert quoted == "╭ Ann Lindqvist: Where is the lamp?"
            assert text.endswith("Robin Keller (you)  here")
            you.engine.say(e.ChatRemoved(number=10, by="ANN1"))
            await you.sees("╭ a message that was taken out")

    asyncio.run(scenario())


def test_a_reply_that_was_begun_is_given_up_by_escape() -> None:
    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            await you.sees("decibels")
            await you.presses("c", "R", "escape", "escape", "t", *"hello", "enter")
            await you.sends(c.Chat(text="hello"))

    asyncio.run(scenario())


def test_a_line_stands_above_what_came_while_one_did_not_look() -> None:
    async def scenario() -> None:
        async with seat("listener", WIDE) as you:
            you.engine.say(said(10, "seen"))
            await you.sees("seen")
            you.app.post_message(events.AppBlur())
            await you.until(lambda: not you.app.app_focus)
            you.engine.say(said(11, "first"), said(12, "second"))
            await you.sees("2 new")
            you.app.post_message(events.AppFocus())
            await you.sees("new since you looked")
            row = next(n for n, line in enumerate(you.lines) if "new since you looked" in line)
            assert "seen" in you.lines[row - 1]
            assert "first" in you.lines[row + 1]
            assert not you.shows("2 new")
            await you.drags("seen", "first")
            await you.presses("ctrl+c")
            await you.until(lambda: you.app.clipboard)
            assert "looked" not in you.app.clipboard
            await you.presses("escape")
            await you.misses("new since you looked")

    asyncio.run(scenario())
