"""Tests of the room screen: what it shows when, and which command a key sends."""

from __future__ import annotations

import asyncio
import time

import pytest

from roomcli.frontends.model.room_model import OwnState
from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.widgets.banners import Notices
from roomcli.frontends.tui.widgets.hands import HandQueue
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Knocker, Person, Role

from .....support.fake_cast import ANN, ME, listener
from .....support.fake_room import YOU, FakeRoom, make_view
from .....support.seats import invited_to_stage
from .....support.tui_seat import ENTER, NO_ROOMS, SERVER, ScriptedEngines, app_seat, seat


def test_only_the_engine_says_on_air() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.engine.room = None
            await you.sees("○ MUTED")
            await you.presses("space")
            await you.sees("OPENING")
            you.engine.say(e.Unmuted(id=YOU))
            await you.pilot.pause()
            assert not you.shows("ON AIR")
            you.engine.say(local.Microphone(open=True))
            await you.sees("● ON AIR")
            you.engine.say(local.Microphone(open=False, reason="lease"))
            await you.misses("● ON AIR")
            await you.sees("the screen stood still")
            assert you.engine.sent == [c.Unmute(lease=True)]

    asyncio.run(scenario())


def test_the_hand_queue_moves_up() -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            await you.presses("h")
            await you.sees("HAND RAISED")
            await you.sees("place 4 of 4")
            you.engine.say(e.HandLowered(id="fay1", reason="accepted"))
            await you.sees("place 3 of 3")
            await you.presses("h")
            await you.sees("LISTENING")
            await you.sends(c.RaiseHand(), c.LowerHand())

    asyncio.run(scenario())


def test_a_hand_that_is_picked_gets_the_line_that_it_needs() -> None:
    async def scenario() -> None:
        async with seat("host", size=(120, 40)) as you:
            await you.sees("Hands 3")
            hands = you.app.screen.query_one(HandQueue)
            before = hands.size.height
            await you.app.run_action("screen.pick_person('fay1')")
            await you.pilot.pause()
            assert hands.size.height == before + 1

    asyncio.run(scenario())


def test_an_invitation_asks_and_is_answered() -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            await you.presses("y", "n")  # nobody asked yet
            assert you.engine.sent == []
            you.engine.room = None
            for key, command in (
                ("y", c.AcceptStageInvitation()),
                ("n", c.DeclineStageInvitation()),
            ):
                you.engine.say(invited_to_stage(ME, ANN))
                await you.sees("Ann Lindqvist (host) invites you on stage")
                await you.presses(key)
                await you.sends(command)
                you.engine.say(e.StageInvitationSettled(id=YOU, answer="void"))
                await you.misses("y: come up")
                you.engine.sent.clear()

    asyncio.run(scenario())


def test_an_invitation_to_somebody_else_asks_nothing() -> None:
    async def scenario() -> None:
        async with seat("host") as you:
            you.engine.say(invited_to_stage(listener(3), ANN))
            await you.sees("invited")
            assert not you.shows("y: come up")

    asyncio.run(scenario())


def test_asked_to_unmute_is_a_request_and_opens_nothing() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.engine.say(e.AskedToUnmute(by="ANN1"))
            await you.sees("Ann Lindqvist (host) would like to hear you")
            assert you.shows("○ MUTED")
            assert you.engine.sent == []

    asyncio.run(scenario())


@pytest.mark.parametrize("role", ["speaker", "listener"])
def test_a_key_lets_one_hear_oneself_while_muted(role: Role) -> None:
    async def scenario() -> None:
        async with seat(role) as you:
            await you.presses("V")
            await you.sees("only you hear yourself")
            assert you.shows("V ends that")
            assert you.engine.sent == [local.HearYourself(on=True)]
            said = ("too quiet, -45 dBov: move nearer",)
            you.engine.say(local.OwnVoice(on=True, findings=("quiet",), said=said))
            await you.sees("Too quiet, -45 dBov: move nearer")
            await you.presses("V")
            await you.misses("only you hear yourself")
            assert not you.shows("You hear yourself no longer"), "the bar says it"
            assert you.engine.sent[-1] == local.HearYourself(on=False)

    asyncio.run(scenario())


def test_silenced_is_not_the_same_as_muted() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.engine.say(e.Silenced(id=YOU, by="ANN1"))
            await you.sees("✕ SILENCED")
            assert not you.shows("○ MUTED")

    asyncio.run(scenario())


def test_while_the_link_is_lost_every_place_says_the_same() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.engine.say(e.Unmuted(id=YOU), local.Microphone(open=True), e.AskedToUnmute(by="x"))
            await you.sees("● ON AIR")
            you.engine.say(
                local.Microphone(open=False, reason="reconnected"),
                local.Connection(state="reconnecting", text="the network is gone"),
            )
            await you.sees("↻ RECONNECTING   nobody hears you")  # the bar
            await you.sees("↻ reconnecting")  # one's own card
            for contradiction in ("ON AIR", "● on air", "MUTED", "opens the microphone", "Unmute"):
                assert not you.shows(contradiction), contradiction
            you.engine.sent.clear()
            await you.presses("space")
            await you.sees("you come back muted")
            await you.presses("t")
            await you.sees("Tab completes")
            assert not you.shows("unmutes")
            await you.presses("escape")
            assert you.engine.sent == []
            you.engine.say(
                local.Connection(state="connected"), *FakeRoom(make_view("speaker")).enter()
            )
            await you.sees("○ MUTED")
            await you.misses("RECONNECTING")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("own", "told"),
    [(OwnState.MUTED, True), (OwnState.LISTENING, False), (OwnState.HAND_RAISED, False)],
)
def test_only_who_may_speak_is_told_to_be_back_and_muted(own: OwnState, told: bool) -> None:
    view = make_view("speaker")
    joined = e.Joined(room="standup", you=YOU, view=view, server_time=2e9, resumed=True)
    notices = Notices()
    notices.receive(joined, own)
    assert notices.back == told


def test_reconnecting_is_loud_and_goes_away() -> None:
    async def scenario() -> None:
        async with seat() as you:
            you.engine.say(
                local.Connection(state="reconnecting", text="the network is gone", retry_in=2.0)
            )
            await you.sees("RECONNECTING  the network is gone")
            await you.sees("next try in 2 s")
            you.engine.say(local.Connection(state="reconnecting", text="gone", retry_in=0.3))
            await you.sees("trying now")
            you.engine.say(local.Connection(state="connected", rtt_ms=210.0))
            await you.misses("RECONNECTING")
            await you.sees("connection fair")

    asyncio.run(scenario())


def test_who_is_told_to_wait_at_the_door_sees_why() -> None:
    async def scenario() -> None:
        async with seat() as you:
            wait = "too many tries: wait 4 s"
            you.engine.say(local.Connection(state="connecting", text=wait, retry_in=4.0))
            await you.sees(f"↻ {wait}")
            await you.sees("next try in 4 s")
            you.engine.say(local.Connection(state="connected"))
            await you.misses(wait)

    asyncio.run(scenario())


def test_a_later_joined_replaces_the_view() -> None:
    async def scenario() -> None:
        async with seat() as you:
            view = make_view("listener", 7)
            you.engine.say(
                e.Joined(room="standup", you=YOU, view=view, server_time=time.time(), resumed=True)
            )
            await you.sees("Audience 7")

    asyncio.run(scenario())


def test_a_room_without_hosts_counts_down() -> None:
    async def scenario() -> None:
        async with seat() as you:
            you.engine.say(e.HostAbsent(closes_at=time.time() + 30))
            await you.sees("No host is here: the room closes in 2")
            banner = you.app.query_one("#banner-closing")
            assert banner.display
            you.engine.say(e.HostPresent())
            await you.until(lambda: not banner.display, "still counting")

    asyncio.run(scenario())


def test_that_other_servers_are_not_heard_is_said_until_they_are() -> None:
    async def scenario() -> None:
        async with seat() as you:
            you.engine.say(e.ServersApart(apart=True))
            banner = you.app.query_one("#banner-apart")
            await you.until(lambda: bool(banner.display), "nothing is said")
            await you.sees("Other servers cannot be heard right now")
            you.engine.say(e.ServersApart(apart=False))
            await you.until(lambda: not banner.display, "still said")

    asyncio.run(scenario())


def test_reactions_float_and_are_counted() -> None:
    async def scenario() -> None:
        async with seat() as you:
            you.engine.room = None
            await you.presses("1", "2")
            await you.sends(c.React(reaction="👏"), c.React(reaction="❤️"))
            you.engine.say(e.Pulse(audience=40, reactions={"👏": 12, "❤️": 3}))
            await you.sees("👏 12")
            await you.sees("♥ 3")

    asyncio.run(scenario())


def test_who_speaks_is_said_in_words() -> None:
    async def scenario() -> None:
        async with seat() as you:
            you.engine.say(local.Levels(microphone=-90, speakers={"ann1": -20, "cho1": -110}))
            await you.sees("● speaking")
            assert sum(line.count("● speaking") for line in you.lines) == 1

    asyncio.run(scenario())


def test_a_microphone_key_in_the_audience_says_how_to_get_one() -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            await you.presses("space")
            await you.sees("You are in the audience: h raises your hand")
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_a_refusal_is_told_and_the_bar_is_as_before() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            you.engine.room = None
            await you.presses("space")
            await you.sees("OPENING")
            you.engine.say(e.Refused(command="unmute", code="x", text="not [b]now[/b]"))
            await you.sees("not [b]now[/b]")
            await you.sees("○ MUTED")

    asyncio.run(scenario())


ZOE = Person("ZOE", "Zoe Waits", "Bridges")
DORA = Person("DORA", "Dora Knocker", "Tunnels")
EVE = Person("EVE", "Eve")


def test_who_knocks_is_shown_to_a_host_and_answered_by_a_key() -> None:
    async def scenario() -> None:
        async with seat("host", (120, 40)) as you:
            await you.presses("k", "K")  # nobody knocks yet
            assert you.engine.sent == []
            you.engine.room = None
            for person, key in ((ZOE, "k"), (DORA, "K")):
                you.engine.say(e.Knocked(knockers={person.id: Knocker(person, time.time())}))
                await you.sees(f"⌂ At the door: {person.name}")
                await you.presses(key)
                you.engine.say(e.KnockSettled(person=person.id, answer="let_in"))
                await you.misses("At the door")
                you.room._door_changed_at = 0.0  # a moment has passed
            await you.sends(c.AnswerKnock(id="ZOE"), c.AnswerKnock(id="DORA", let_in=False))

    asyncio.run(scenario())


def test_of_several_who_knock_the_host_chooses() -> None:
    async def scenario() -> None:
        async with seat("host", (120, 40)) as you:
            people = (ZOE, DORA, EVE)
            knockers = {each.id: Knocker(each, time.time()) for each in people}
            you.engine.say(e.Knocked(knockers=knockers))
            await you.sees("⌂ Zoe Waits, Bridges, knocks · 2 more")
            await you.sees("k: choose whom to let in")
            you.engine.room = None
            await you.presses("k")
            await you.sees("At the door  3")
            await you.pilot.click(offset=you.place("Dora Knocker  Tunnels"))
            await you.sees("waits since")
            assert you.engine.sent == [], "a click picks, and answers nobody"
            await you.presses("enter", "enter")
            await you.sends(c.AnswerKnock(id="DORA"))
            you.engine.say(e.KnockSettled(person="DORA", answer="let_in"))
            await you.sees("At the door  2")
            you.engine.say(e.KnockSettled(person="EVE", answer="gone"))
            await you.sees("Eve waits no longer")
            await you.presses("enter", "n")
            assert len(you.engine.sent) == 1, "nobody else is meant"
            await you.presses("down", "n")
            await you.sends(c.AnswerKnock(id="DORA"), c.AnswerKnock(id="ZOE", let_in=False))
            you.engine.say(e.KnockSettled(person="ZOE", answer="refused"))
            await you.until(lambda: you.app.screen is you.room)

    asyncio.run(scenario())


def test_a_key_meant_for_who_has_gone_answers_nobody_else() -> None:
    async def scenario() -> None:
        async with seat("host", (120, 40)) as you:
            knockers = {each.id: Knocker(each, time.time()) for each in (ZOE, DORA)}
            you.engine.say(e.Knocked(knockers=knockers))
            await you.sees("1 more")
            you.engine.say(e.KnockSettled(person="ZOE", answer="gone"))
            await you.until(lambda: len(you.room._at_door) == 1)
            you.room._door_changed_at = time.monotonic() + 60  # as if it were this moment
            await you.presses("k")
            await you.sees("At the door  1")
            assert you.engine.sent == []

    asyncio.run(scenario())


def test_a_click_on_a_key_answers_a_knock() -> None:
    async def scenario() -> None:
        async with seat("host", (160, 40)) as you:
            you.engine.say(e.Knocked(knockers={"ZOE": Knocker(ZOE, time.time())}))
            await you.sees("Let in")
            await you.pilot.click(offset=you.place("Let in"))
            await you.sends(c.AnswerKnock(id="ZOE"))

    asyncio.run(scenario())


def test_who_waits_at_the_door_reads_so_and_stops_by_escape() -> None:
    async def scenario() -> None:
        engines = ScriptedEngines()
        app = RoomcliApp(ENTER, engines, (SERVER,), NO_ROOMS)
        async with app_seat(app, engines) as you:
            text = "you wait at the door of standup"
            you.engine.say(local.Connection(state="knocking", text=text))
            await you.sees("⌂ You wait at the door of standup")
            await you.sees("Esc or q: stop waiting")
            await you.presses("escape")
            await you.sends(c.Leave())

    asyncio.run(scenario())
