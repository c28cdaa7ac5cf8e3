"""The command palette: offers everything that a key does, and what is too rare for a key.

Prompts are :class:`textual.content.Content`: the palette reads plain strings as markup, and prompts
contain people's names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from ...protocol import commands as c
from ...protocol.people import REACTION_WORDS
from ...protocol.playing import Pause, PlaySound, Seek, StopPlaying
from ...protocol.view import RoomView
from ..grammar.slash import parse
from ..grammar.usage import USAGE, is_for, typed
from ..model.named import Named
from ..model.room_model import OwnState
from ..words.names import written
from ..words.sound_words import sound_changes
from .moderation import ACTS, acts_on
from .room_client import ActOn, OpenCard, OpenPage, PageName, PeopleList, RoomClient
from .screens.room import RoomScreen
from .sound_switches import SWITCHES, step_on
from .widgets.banners import DELETING, Confirmation

IN_WORDS = {
    *("unmute", "mute", "leave_stage", "raise_hand", "lower_hand", "react"),
    *("accept_stage_invitation", "decline_stage_invitation", "chat", "read_chat", "list_people"),
    *("lock", "unlock", "lower_all_hands", "make_room_invite", "list_bans", "end_room"),
    *("change_settings", "read_log", "leave", "change_profile", "delete_profile", *ACTS),
    *("list_claims", "list_devices", "hear_yourself", "show_quality"),
    *("play_sound", "pause", "stop_playing"),
}
"""Commands that are offered in words of their own, when they make sense; all others by name."""


class Offer(NamedTuple):
    """An action that is possible now: its words, what it is good for, and a call to do it."""

    words: str
    help: str
    run: Callable[[], object]


class Commands(Provider):
    """A source of the palette: what a screen's :meth:`offers` are at this moment."""

    def offers(self) -> Iterator[Offer]:
        """Yield what may be done now, if this source's screen is the one that is shown."""
        yield from ()

    async def discover(self) -> Hits:
        """Yield every offer, before anything is typed."""
        for offer in self.offers():
            yield DiscoveryHit(Content(offer.words), offer.run, offer.words, offer.help)

    async def search(self, query: str) -> Hits:
        """Yield the offers that match the typed letters."""
        matcher = self.matcher(query)
        for offer in self.offers():
            score, places = matcher.fuzzy_search.match(query, offer.words)
            if score > 0:
                shown = Content(offer.words)
                for place in places:
                    shown = shown.stylize(matcher.match_style, place, place + 1)
                yield Hit(score, shown, offer.run, offer.words, offer.help)


class RoomCommands(Commands):
    """What the user may do in the room at this moment."""

    def offers(self) -> Iterator[Offer]:
        """Yield what may be done in the room, if its screen is the one that is shown."""
        room = self.app.screen_stack[0]
        if isinstance(room, RoomScreen):
            yield from offers(room.client, room)


def offers(client: RoomClient, room: RoomScreen) -> Iterator[Offer]:
    """Yield every offer that makes sense now."""
    view = client.model.view
    if view is not None:
        yield from _own(client, room)
        yield from _played(client, room)
        if view.is_moderator:
            yield from _moderators(client, room)
        yield from _people(room, view)
        for place, (emoji, words) in enumerate(REACTION_WORDS.items(), 1):
            yield Offer(f"{words} {emoji}", "/react", partial(room.action_react, place))
        yield Offer("React with another emoji", "/react", _page(room, "emoji"))
        yield from _pages(room)
        yield from _sound(client)
        yield from _by_name(client, room)
    yield Offer("Go home: the open rooms", "This room goes on", room.action_home)
    yield Offer("Change the theme", "Colours", room.app.action_change_theme)
    yield Offer("Keys and help", "What every key does", _page(room, "help"))
    yield Offer("Leave the room", "/leave", partial(client.obey, c.Leave()))


def _page(
    room: RoomScreen, page: PageName, people: PeopleList = "audience"
) -> Callable[[], object]:
    return partial(room.post_message, OpenPage(page, people))


def _people(room: RoomScreen, view: RoomView) -> Iterator[Offer]:
    people = [room.picked] if room.picked else []
    people += [id for id in view.stage if id not in people]
    people += [hand.id for hand in view.hands if hand.id not in people]
    for id in people:
        if (person := view.person(id)) is None:
            continue
        for name in acts_on(view, id):
            words = ACTS[name].words.format(written(person, view))
            yield Offer(
                words, f"/{name}", partial(room.post_message, ActOn(name, Named(id, person)))
            )


def _pages(room: RoomScreen) -> Iterator[Offer]:
    yield Offer("Write to everybody", "/chat", room.action_write)
    yield Offer("Go through the chat", "/read_chat", room.action_read_chat)
    yield Offer("Search in Talk", "Words, or a name", room.action_search)
    hidden = room.talk.lines.hides_events
    what = "Show what happens in Talk" if hidden else "Hide what happens from Talk"
    yield Offer(what, "Who comes and goes, hands, the stage", room.action_hide_events)
    yield Offer("Show the audience", "/list_people", _page(room, "people"))
    yield Offer("Show who left lately", "/list_people", _page(room, "people", "left"))
    yield Offer("Show the invite", "The line for friends", _page(room, "invite"))
    yield Offer("Your profile", "/change_profile", _page(room, "profile"))
    yield Offer("Events", "/list_events", _page(room, "events"))
    yield Offer("What is proven of you", "/list_claims", _page(room, "claims"))
    yield Offer("Communities", "/list_communities", _page(room, "communities"))
    yield Offer("Delete all about you", "/delete_profile", partial(room.confirm, DELETING))
    yield Offer("Your sound: echo, noise, music", "/change_sound", _page(room, "sound"))
    yield Offer("Your microphone and speakers", "/list_devices", _page(room, "devices"))
    yield Offer("Your settings: name, what calls you", "Kept", _page(room, "own_settings"))
    yield Offer("Show how the room is run", "/change_settings", _page(room, "settings"))
    yield Offer("Show the moderation log", "/read_log", _page(room, "log"))
    yield Offer("Show how well voice goes", "/show_quality", _page(room, "quality"))


def _sound(client: RoomClient) -> Iterator[Offer]:
    """Yield what switches the treatment of the user's voice."""
    if client.model.sound is None:
        return
    before = client.model.sound.sound
    for each in SWITCHES:
        change = step_on(each.name, before)
        for words in sound_changes(before, change.applied_to(before)):
            yield Offer(f"Your sound: {words}", "/change_sound", partial(client.send, change))


def _by_name(client: RoomClient, room: RoomScreen) -> Iterator[Offer]:
    """Yield the other commands; one that takes arguments is begun in the line to write in."""
    for name, usage in USAGE.items():
        if name in IN_WORDS or not is_for(name, client.model.role):
            continue
        if usage.arguments:
            yield Offer(typed(name), usage.help, partial(room.action_write, f"/{name} "))
            continue
        command = parse(f"/{name}", client.model)
        if isinstance(command, c.Command):
            yield Offer(typed(name), usage.help, partial(client.obey, command))


def _played(client: RoomClient, room: RoomScreen) -> Iterator[Offer]:
    """Yield what may be done with what is played."""
    yield Offer(
        "Play a file beside your voice", "/play_sound", partial(room.action_write, "/play ")
    )
    playing = client.model.playing
    if playing is None or playing.state == "stopped":
        return
    if playing.state in ("paused", "ended"):
        yield Offer(f"Go on with {playing.name}", "/play_sound", partial(client.obey, PlaySound()))
    else:
        yield Offer(f"Pause {playing.name}", "/pause", partial(client.obey, Pause()))
    yield Offer(f"Stop {playing.name}", "/stop_playing", partial(client.obey, StopPlaying()))
    if playing.duration is not None:
        for words, by in (("back", -10.0), ("further", 10.0)):
            step = partial(client.obey, Seek(by=by))
            yield Offer(f"10 s {words} in {playing.name}", "/seek", step)


def _own(client: RoomClient, room: RoomScreen) -> Iterator[Offer]:
    own = client.model.own
    if own is OwnState.RECONNECTING:
        return
    if own in (OwnState.LISTENING, OwnState.HAND_RAISED):
        raised = own is OwnState.HAND_RAISED
        words = "Lower your hand" if raised else "Raise your hand"
        name = "/lower_hand" if raised else "/raise_hand"
        yield Offer(words, name, room.action_raise_hand)
        if not raised:
            with_line = partial(room.action_write, "/raise_hand ")
            yield Offer("Raise your hand with a line", "/raise_hand", with_line)
    else:
        is_open = own in (OwnState.ON_AIR, OwnState.OPENING)
        words = "Mute" if is_open else "Unmute: open your microphone"
        yield Offer(words, "/mute" if is_open else "/unmute", client.toggle_microphone)
        yield Offer("Leave the stage", "/leave_stage", room.action_leave_stage)
    if own is not OwnState.ON_AIR:
        words = "Hear yourself no longer" if client.model.own_voice.on else "Hear yourself"
        yield Offer(words, "/hear_yourself", room.action_hear_yourself)
    if client.model.invited_by:
        yield Offer("Come on stage", "/accept_stage_invitation", partial(room.action_answer, True))
        yield Offer(
            "Stay in the audience", "/decline_stage_invitation", partial(room.action_answer, False)
        )


def _moderators(client: RoomClient, room: RoomScreen) -> Iterator[Offer]:
    view = client.model.view
    assert view is not None
    if view.locked:
        yield Offer("Unlock the room", "/unlock", partial(client.send, c.Unlock()))
    else:
        yield Offer("Lock the room: nobody new", "/lock", partial(client.send, c.Lock()))
    if view.knockers:
        yield Offer("Who waits at the door", "Choose whom to let in", _page(room, "door"))
    for id, each in view.knockers.items():
        name = each.person.full_name
        let, away = c.AnswerKnock(id=id), c.AnswerKnock(id=id, let_in=False)
        card = OpenCard(Named(id, each.person))
        yield Offer(f"Show the card of {name}", "At the door", partial(room.post_message, card))
        yield Offer(f"Let {name} in", "/answer_knock", partial(client.send, let))
        yield Offer(f"Do not let {name} in", "/answer_knock", partial(client.send, away))
    if view.hands:
        yield Offer("Lower all hands", "/lower_all_hands", room.action_lower_all_hands)
    yield Offer("Make an invite with a role", "/make_room_invite", _page(room, "invite"))
    yield Offer("Show who is banned", "/list_bans", _page(room, "people", "banned"))
    if view.role == "host":
        question = Confirmation("End the room for everyone?", "y", c.EndRoom())
        yield Offer("End the room for everyone", "/end_room", partial(room.confirm, question))
