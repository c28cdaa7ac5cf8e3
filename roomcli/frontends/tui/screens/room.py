"""The room screen: shows everything at a glance, and has a key for each of the user's actions."""

from __future__ import annotations

import time
from typing import cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding

from ....protocol import commands as c
from ....protocol.local import HearYourself
from ....protocol.people import REACTIONS, Person
from ...model.named import Named, with_seat
from ...model.room_model import OwnState, RoomModel
from ...words.happenings import Happening
from ..answering_screen import AnsweringScreen
from ..hearing import adjusting, can_be_adjusted
from ..keys import HEARING, MEANT, binding, switch_bindings
from ..moderation import ACTS, Part, acts_on, everyone, part_of, subject
from ..room_client import ActOn, ClientApp, OpenCard, OpenPage, PageName, RoomClient
from ..widgets.audience import Audience
from ..widgets.banners import Banners, Confirmation, Notices
from ..widgets.composer import Composer
from ..widgets.floor import Floor
from ..widgets.floor_plan import FloorNeeds
from ..widgets.hands import HandQueue
from ..widgets.key_hints import KeyHints
from ..widgets.stage import Stage
from ..widgets.status import OwnBar, RoomLine
from ..widgets.talk import Talk, TalkChanged

TALKING = (
    *("read_chat", "hide_events", "reply", "copy_message", "copy_link", "open_link"),
    "remove_message",
)
"""Keys of the talk, beside those that open its line."""


class RoomScreen(AnsweringScreen[None]):
    """Shows the model of a visit and turns keys into commands."""

    AUTO_FOCUS = ""
    BINDINGS = [
        binding("push_to_talk"),
        binding("toggle_microphone"),
        binding("hear_yourself"),
        binding("raise_hand"),
        binding("raise_hand_with_line", "write('/raise_hand ')"),
        binding("accept_stage_invitation", "answer(True)"),
        binding("decline_stage_invitation", "answer(False)"),
        *(binding(name, f"act('{name}')") for name in ACTS),
        *(binding(name, f"hear('{name}')") for name in HEARING),
        *switch_bindings(),
        binding("let_in", "answer_knock(True)"),
        binding("turn_away", "answer_knock(False)"),
        *(binding(f"react_{place}", f"react({place})") for place in range(1, len(REACTIONS) + 1)),
        *(binding(name) for name in ("lower_all_hands", "leave_stage", "write")),
        binding("react_other", "open('emoji')"),
        *(binding(name) for name in ("command", *TALKING)),
        *(
            binding(name, f"open('{name}')")
            for name in (
                *("people", "invite", "events", "profile", "settings", "sound", "devices"),
                *("own_settings", "log", "quality", "help"),
            )
        ),
        binding("home"),
        binding("leave", "app.leave"),
        Binding("enter", "enter", show=False),
        Binding("left", "pick(-1)", show=False),
        Binding("right", "pick(1)", show=False),
        Binding("up", "pick_row(-1)", show=False),
        Binding("down", "pick_row(1)", show=False),
        Binding("pageup", "scroll_talk(1)", show=False),
        Binding("pagedown", "scroll_talk(-1)", show=False),
        Binding("escape", "let_go", show=False),
    ]

    def __init__(self, client: RoomClient) -> None:
        super().__init__()
        self.client = client
        self.picked: str | None = None
        self.question: Confirmation | None = None
        self.notices = Notices()
        self.talk = Talk()
        self._ready = False
        self._at_door: tuple[str, ...] = ()
        self._door_changed_at = 0.0
        self._room_line = RoomLine()
        self._banners = Banners()
        self._stage = Stage()
        self._hands = HandQueue()
        self._audience = Audience()
        self._floor = Floor(self._stage, self._hands, self._audience, self.talk)
        self._own_bar = OwnBar()
        self._hints = KeyHints()

    @property
    def model(self) -> RoomModel:
        """The model to show."""
        return self.client.model

    def compose(self) -> ComposeResult:
        """Yield every part of the screen, empty, so that all are there in the first frame."""
        yield self._room_line
        yield self._banners
        yield self._floor
        yield self._own_bar
        yield self._hints
        yield self.talk.hint

    def on_mount(self) -> None:
        """Show what is known before the engine answers."""
        self._ready = True
        self.sync()

    def sync(self) -> None:
        """Update every part from the model; each part repaints only if it changed."""
        if not self._ready:
            return
        model, keymap, now, wall = self.model, self.client.keymap, time.monotonic(), time.time()
        if self.picked not in everyone(model.view):
            self.picked = None
        self._note_door(now)
        self._show_mode()
        self._room_line.sync(model, self.client.room_name, wall)
        self._banners.sync(model, self.question, self.notices, keymap, now, wall)
        self._sync_people(now, wall)
        self.talk.sync(model, wall, in_sight=self._sees_talk)
        self._own_bar.sync(model, keymap, typing=self.talk.typing, held=self.client.holds)
        self._hints.sync(model, keymap, self.picked, self.talk.reading_hints())

    def _sync_people(self, now: float, wall: float) -> None:
        """Show who is where and who of them is picked, in the space that they need."""
        model, shown, active = self.model, self.client.keymap.shown, self._active_part
        self._stage.sync(model, self.picked, now, wall, active=active == "stage")
        self._hands.sync(model, self.picked, wall, shown("raise_hand"), active=active == "hands")
        keys = shown("people"), shown("invite")
        self._audience.sync(model, self.picked, *keys, active=active == "audience")
        stage = len(model.view.stage) if model.view is not None else 0
        hands, names = self._hands.lines_needed, self._audience.names
        self._floor.make_space(FloorNeeds(stage, hands, names, self.talk.in_use))

    def _note_door(self, now: float) -> None:
        """Note since when others wait at the door than before."""
        view = self.model.view
        waiting = tuple(view.knockers) if view is not None else ()
        if waiting != self._at_door:
            self._door_changed_at = now if self._at_door else self._door_changed_at
            self._at_door = waiting

    @property
    def _sees_talk(self) -> bool:
        """Whether the user sees what is written: it is on this screen, in front."""
        return self.app.app_focus and self.is_current and self.talk.lines.is_readable

    @property
    def _active_part(self) -> Part:
        """The part in which the arrows move; while nobody is picked, that in which they begin."""
        return "talk" if self.talk.in_use else part_of(self.model.view, self.picked)

    def _show_mode(self) -> None:
        """On a small screen, show the talk in place of hands and audience while it is used."""
        self.set_class(self.talk.in_use, "-talking")
        self.set_class(self.talk.writing, "-writing")
        self.set_class(self.talk.search.is_open, "-searching")

    def sync_levels(self) -> None:
        """Update only the meters, as :meth:`sync` does, ten times a second."""
        if not self._ready:
            return
        active = self._active_part == "stage"
        self._stage.sync(self.model, self.picked, time.monotonic(), time.time(), active=active)
        self._own_bar.sync(
            self.model, self.client.keymap, typing=self.talk.typing, held=self.client.holds
        )

    def happened(self, happening: Happening) -> None:
        """Add a line to the stream."""
        self.talk.lines.append(happening, time.time())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether the key of an action works for the user now."""
        model = self.model
        on_stage = model.role != "listener"
        match action:
            case "push_to_talk" | "toggle_microphone" | "leave_stage" if not on_stage:
                return False
            case "raise_hand" if on_stage or model.view is None:
                return False
            case "hear_yourself" if model.view is None:
                return False
            case "write" if model.view is None:
                return False
            case "answer":
                return self._asks_yes_or_no or model.invited_by is not None
            case "act":
                id = subject(model.view, str(parameters[0]), self.picked)
                return parameters[0] in acts_on(model.view, id)
            case "hear":
                person = self._picked_person
                return person is not None and can_be_adjusted(person, model.view)
            case "answer_knock":
                return bool(model.view and model.view.is_moderator and model.view.knockers)
            case "lower_all_hands":
                return model.view is not None and model.view.is_moderator
            case "open_link" | "remove_message" | "copy_message" | "copy_link" | "reply":
                return self.talk.picked is not None
        return True

    @property
    def _asks_yes_or_no(self) -> bool:
        return self.question is not None and self.question.key == "y"

    def action_open(self, page: PageName) -> None:
        """Open a page over the room."""
        self.post_message(OpenPage(page))

    def action_home(self) -> None:
        """Go home while the room goes on."""
        cast("ClientApp", self.app).show_home()

    def action_toggle_microphone(self) -> None:
        """Open or close the user's own microphone."""
        self.client.toggle_microphone()

    def action_push_to_talk(self) -> None:
        """Be on air while the key is held, where the terminal tells when it is let go."""
        self.client.hold()

    def action_hear_yourself(self) -> None:
        """Let the user hear themselves, or no longer."""
        self.client.send(HearYourself(on=not self.model.own_voice.on))

    def action_raise_hand(self) -> None:
        """Raise or lower the user's own hand."""
        raised = self.model.own is OwnState.HAND_RAISED
        self.client.send(c.LowerHand() if raised else c.RaiseHand())

    def action_answer(self, accept: bool) -> None:
        """Answer the open question; if there is none, accept or decline the stage invitation."""
        if self._asks_yes_or_no:
            self.answer_confirmation(accept)
            return
        self.client.send(c.AcceptStageInvitation() if accept else c.DeclineStageInvitation())

    def action_react(self, key: int) -> None:
        """Show the reaction of this number key."""
        self.client.send(c.React(reaction=REACTIONS[key - 1]))

    def action_leave_stage(self) -> None:
        """Go back to the audience."""
        self.client.send(c.LeaveStage())

    def action_answer_knock(self, let_in: bool) -> None:
        """Let in who knocks, or do not; let the user choose if several do, or others did just now.

        The key may then be meant for somebody who was shown a moment ago.
        """
        self._note_door(now := time.monotonic())
        if len(self._at_door) > 1 or (self._at_door and now < self._door_changed_at + MEANT):
            self.action_open("door")
        elif self._at_door:
            self.client.send(c.AnswerKnock(id=self._at_door[0], let_in=let_in))

    def action_open_knocker(self) -> None:
        """Open the card of who knocks, or the list of them if several do."""
        knockers = self.model.view.knockers if self.model.view is not None else {}
        if len(knockers) > 1:
            self.action_open("door")
            return
        for id, knocker in knockers.items():
            self.post_message(OpenCard(Named(id, knocker.person)))

    def action_lower_all_hands(self) -> None:
        """Lower all hands, after asking once."""
        if self.model.view is not None and self.model.view.hands:
            key = self.client.keymap.shown("lower_all_hands")
            self.ask_or_do(Confirmation("Lower all hands?", key, c.LowerAllHands()))

    def action_act(self, name: str) -> None:
        """Do an act to the picked person, or to the one whom the act is about."""
        view = self.model.view
        id = subject(view, name, self.picked)
        if id is None or view is None or name not in acts_on(view, id):
            return
        if (person := view.person(id)) is not None:
            self.post_message(ActOn(name, Named(id, person)))

    @property
    def _picked_person(self) -> Person | None:
        view = self.model.view
        return view.person(self.picked) if view is not None and self.picked else None

    def action_hear(self, name: str) -> None:
        """Change how the user hears the picked person."""
        if (person := self._picked_person) is not None:
            self.client.send(adjusting(name, person, self.model.adjustment_of(person)))

    def ask_or_do(self, question: Confirmation) -> None:
        """Ask a question; if it is asked already, the same key means yes."""
        if self.question == question:
            self.answer_confirmation(True)
        else:
            self.confirm(question)

    def confirm(self, question: Confirmation) -> None:
        """Ask a question once; any key but its own means no."""
        self.question = question
        self.sync()
        if self.picked is not None:  # the question takes a line from the stage
            self.call_after_refresh(self._stage.reveal, self.picked)

    def answer_confirmation(self, yes: bool) -> None:
        """Answer the pending question."""
        question, self.question = self.question, None
        if yes and question is not None and question.command is not None:
            self.client.send(question.command)
        self.sync()

    def action_let_go(self) -> None:
        """Go one step back on Escape: answer no, else leave the talk, else pick nobody.

        Also clears the selection.
        """
        self.clear_selection()
        if self.question is not None:
            self.answer_confirmation(False)
        elif self.talk.sought:
            self.talk.end_search()
        elif self.talk.reading:
            self.talk.browse(False)
        elif self.picked is not None:
            self.pick(None)
            return
        elif self.model.is_at_door:
            self.client.leave()
        else:
            self.notices.dismiss()
            self.model.forget_new()
        self.sync()

    def on_key(self, event: events.Key) -> None:
        """Handle a key that no binding takes."""
        keymap = self.client.keymap
        keys = (*keymap.keys("push_to_talk"), *keymap.keys("toggle_microphone"))
        if event.key in keys and self.model.role == "listener":
            self.client.toggle_microphone()

    def action_write(self, beginning: str = "") -> None:
        """Open the line to write a message or a command."""
        self.talk.compose_message(beginning)
        self.sync()

    def action_command(self) -> None:
        """Open the line for a command; while reading back, the one to search in."""
        if self.talk.reading:
            self.action_search()
        else:
            self.action_write("/")

    def action_search(self) -> None:
        """Open the line to search in."""
        self.picked = None
        self.talk.open_search()
        self.sync()

    def action_hide_events(self) -> None:
        """Hide what happens from the talk, or show it again."""
        self.talk.lines.hides_events = not self.talk.lines.hides_events
        self.sync()

    def action_reply(self) -> None:
        """Open the line to write an answer to the picked message."""
        self.talk.reply()
        self.sync()

    def action_copy_message(self) -> None:
        """Copy the picked message."""
        self.talk.copy_picked()

    def action_copy_link(self) -> None:
        """Copy the link of the picked message."""
        self.talk.copy_link()

    def on_talk_changed(self, event: TalkChanged) -> None:
        """Show what else is picked or sought."""
        self.sync()

    def on_composer_shut(self, event: Composer.Shut) -> None:
        """Update the screen when the line to write in is closed."""
        self.sync()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Update the screen after a click into the line to write in."""
        self.sync()

    def action_read_chat(self) -> None:
        """Start or stop going through the messages."""
        self.picked = None
        self.talk.browse(not self.talk.reading)
        self.sync()

    def action_scroll_talk(self, way: int) -> None:
        """Scroll to older or newer messages."""
        self.talk.lines.scroll(way * max(1, self.talk.lines.height - 2))
        self.sync()

    def action_open_link(self) -> None:
        """Open the link of the picked message."""
        self.talk.open_link()

    def action_follow_link(self, url: str) -> None:
        """Open the link that was clicked."""
        self.talk.follow(url)

    def action_remove_message(self) -> None:
        """Remove the picked message."""
        self.talk.remove_picked()

    def action_pick_message(self, number: int) -> None:
        """Go through the messages from this one on."""
        self.talk.pick(number)
        self.sync()

    def action_enter(self) -> None:
        """Open the card of the picked person; if nobody is picked, write.

        Enter never answers a question.
        """
        if self.question is not None:
            return
        view = self.model.view
        author = self.talk.picked_person if self.talk.reading else None
        someone = with_seat(author, view) if author is not None else None
        if self.picked is not None and view is not None:
            person = view.person_in(self.picked)
            someone = Named(self.picked, person) if person is not None else None
        if someone is not None:
            self.post_message(OpenCard(someone))
        elif view is not None:
            self.action_write()

    def action_pick(self, step: int) -> None:
        """Pick the next or previous person."""
        if self.talk.reading:
            return
        people = everyone(self.model.view)
        if not people:
            return
        if self.picked not in people:
            self.pick(people[0 if step > 0 else -1])
            return
        self.pick(people[max(0, min(len(people) - 1, people.index(self.picked) + step))])

    def action_pick_row(self, step: int) -> None:
        """Pick the person in the row below or above, or the next message while reading.

        A row is a row of cards, a hand, or a row of names.
        """
        if self.talk.reading:
            self.talk.step(step)
            self.sync()
            return
        view = self.model.view
        columns = 1
        if view is not None and self.picked in view.stage:
            columns = self._stage.columns
            position = list(view.stage).index(self.picked)
            if step > 0 and position + columns >= len(view.stage):
                columns = len(view.stage) - position
        elif view is not None and self.picked in view.front_row:
            columns = self._audience.columns
        self.action_pick(step * columns)

    def action_pick_person(self, id: str) -> None:
        """Pick a person, or nobody if the person is picked already."""
        self.pick(None if id == self.picked else id)

    def action_open_card(self, id: str) -> None:
        """Pick a person and open their card."""
        person = self.model.view.person(id) if self.model.view else None
        if person is not None:
            self.pick(id)
            self.post_message(OpenCard(Named(id, person)))

    def pick(self, id: str | None) -> None:
        """Pick another person, or nobody."""
        reading = self.talk.reading and id is not None
        all_changes = reading or self.question is not None
        self.picked, self.question = id, None
        if reading:
            self.talk.browse(False)
        if all_changes:
            self.sync()
        else:
            self._sync_people(time.monotonic(), time.time())
            self._hints.sync(self.model, self.client.keymap, id, self.talk.reading_hints())
        if id is not None:
            self._stage.reveal(id)
