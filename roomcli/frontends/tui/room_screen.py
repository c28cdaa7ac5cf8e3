"""The room: everything at a glance, and a key for everything that is one's to do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.screen import Screen

from ...protocol import commands as c
from ...protocol.people import REACTIONS
from ..happenings import Happening
from ..room_model import OwnState, RoomModel
from .audience import Audience
from .banners import Banners, Question
from .face import PersonPicked
from .hands import HandQueue
from .happening_log import HappeningLog
from .key_hints import KeyHints
from .moderation import ACTS, acts_on, everyone
from .stage import Stage
from .status import OwnBar, RoomLine

if TYPE_CHECKING:
    from .app import RoomApp

_NO_MICROPHONE = "You are in the audience: h raises your hand"


class RoomScreen(Screen[None]):
    """Shows the app's model and turns keys into commands."""

    BINDINGS = [
        Binding("space,m", "toggle_microphone", show=False),
        Binding("h", "toggle_hand", show=False),
        Binding("y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
        *(Binding(act.key, f"act('{act.name}')", show=False) for act in ACTS.values() if act.key),
        *(Binding(str(key), f"react({key})", show=False) for key in range(1, len(REACTIONS) + 1)),
        Binding("l", "leave_stage", show=False),
        Binding("p", "people", show=False),
        Binding("L", "invite", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("q", "app.leave", show=False),
        Binding("left", "pick(-1)", show=False),
        Binding("right", "pick(1)", show=False),
        Binding("up", "pick_row(-1)", show=False),
        Binding("down", "pick_row(1)", show=False),
        Binding("escape", "dismiss_question", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="room")
        self.picked: str | None = None
        self.question: Question | None = None
        self._ready = False
        self._room_line = RoomLine()
        self._banners = Banners()
        self._stage = Stage()
        self._hands = HandQueue()
        self._audience = Audience()
        self._log = HappeningLog()
        self._own_bar = OwnBar()
        self._hints = KeyHints()

    @property
    def room(self) -> RoomApp:
        """The app, which has the model and the engine."""
        return cast("RoomApp", self.app)

    @property
    def model(self) -> RoomModel:
        """What is to be shown."""
        return self.room.model

    def compose(self) -> ComposeResult:
        """All of it is there from the first frame on, empty."""
        yield self._room_line
        yield self._banners
        with Container(id="floor"):
            yield self._stage
            with Vertical(id="side"):
                with Container(id="people"):
                    yield self._hands
                    yield self._audience
                yield self._log
        yield self._own_bar
        yield self._hints

    def on_mount(self) -> None:
        """Show what little there is."""
        self._ready = True
        self.sync()

    def sync(self) -> None:
        """Bring every part up to the model; each paints only what changed."""
        if not self._ready:
            return
        model, now, wall = self.model, time.monotonic(), time.time()
        if self.picked not in everyone(model.view):
            self.picked = None
        self._room_line.sync(model, self.room.room_name)
        self._banners.sync(model, self.question, now, wall)
        self._stage.sync(model, self.picked, now)
        self._hands.sync(model, self.picked, wall)
        self._audience.sync(model, self.picked)
        self._own_bar.sync(model)
        self._hints.sync(model, self.picked)

    def sync_levels(self) -> None:
        """The part of :meth:`sync` that the meters need, ten times a second."""
        if not self._ready:
            return
        self._stage.sync(self.model, self.picked, time.monotonic())
        self._own_bar.sync(self.model)

    def happened(self, happening: Happening) -> None:
        """One more line in the log."""
        self._log.add(happening, time.time())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are there only for whom they work."""
        model = self.model
        on_stage = model.role != "listener"
        match action:
            case "toggle_microphone" | "leave_stage" if not on_stage:
                return False
            case "toggle_hand" if on_stage or model.view is None:
                return False
            case "answer":
                return self._asks_yes_or_no or model.invited_by is not None
            case "act":
                return parameters[0] in acts_on(model.view, self._subject(str(parameters[0])))
        return True

    @property
    def _asks_yes_or_no(self) -> bool:
        return self.question is not None and self.question.key == "y"

    def _subject(self, act: str) -> str | None:
        """Whom an act is about: who is picked, or the next hand in the queue."""
        view = self.model.view
        if self.picked is None and act in ("accept_hand", "decline_hand") and view and view.hands:
            return view.hands[0].person.id
        return self.picked

    def action_toggle_microphone(self) -> None:
        """Open or close one's own microphone."""
        self.room.toggle_microphone()

    def action_toggle_hand(self) -> None:
        """Raise or lower one's own hand."""
        raised = self.model.own is OwnState.HAND_RAISED
        self.room.send(c.LowerHand() if raised else c.RaiseHand())

    def action_answer(self, accept: bool) -> None:
        """Answer the question, if there is one; else come on stage or stay."""
        if self._asks_yes_or_no:
            self.settle(accept)
            return
        self.room.send(c.AcceptInvite() if accept else c.DeclineInvite())

    def action_react(self, key: int) -> None:
        """Show a reaction."""
        self.room.send(c.React(reaction=REACTIONS[key - 1]))

    def action_leave_stage(self) -> None:
        """Go back to the audience."""
        self.room.send(c.LeaveStage())

    def action_act(self, name: str) -> None:
        """Do something with a person; what cannot be undone is asked once."""
        id = self._subject(name)
        if id is None or name not in acts_on(self.model.view, id):
            return
        self.perform(name, id)

    def perform(self, name: str, id: str) -> None:
        """Carry an act out, or ask first."""
        act = ACTS[name]
        command = act.command(id)
        if not act.question:
            self.room.send(command)
        elif self.question is not None and self.question.command == command:
            self.settle(True)
        else:
            # The key that says yes is one for whoever is picked.
            self.pick(id)
            text = act.question.format(self.model.name_of(id))
            self.ask(Question(text, act.key or "y", command))

    def ask(self, question: Question) -> None:
        """Ask once; the same key again says yes, anything else is no."""
        self.question = question
        self.sync()
        if self.picked is not None:  # the question takes a line from the stage
            self.call_after_refresh(self._stage.reveal, self.picked)

    def settle(self, yes: bool) -> None:
        """Answer the pending question."""
        question, self.question = self.question, None
        if yes and question is not None and question.command is not None:
            self.room.send(question.command)
        self.sync()

    def action_dismiss_question(self) -> None:
        """Escape: no to the question, else nobody is picked any more."""
        if self.question is not None:
            self.settle(False)
        elif self.picked is not None:
            self.pick(None)

    def on_key(self, event: events.Key) -> None:
        """What no binding wants."""
        if event.key in ("space", "m") and self.model.role == "listener" and self.model.view:
            self.notify(_NO_MICROPHONE, markup=False)

    def action_people(self) -> None:
        """All of the audience."""
        from .people_screen import PeopleScreen

        self.app.push_screen(PeopleScreen())

    def action_invite(self) -> None:
        """The line for friends."""
        self.room.show_invite()

    def action_help(self) -> None:
        """All keys."""
        from .help_screen import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_pick(self, step: int) -> None:
        """The next or previous person."""
        people = everyone(self.model.view)
        if not people:
            return
        if self.picked not in people:
            self.pick(people[0 if step > 0 else -1])
            return
        self.pick(people[max(0, min(len(people) - 1, people.index(self.picked) + step))])

    def action_pick_row(self, step: int) -> None:
        """The person below or above: a row of cards, a hand, or a row of names."""
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

    def on_person_picked(self, message: PersonPicked) -> None:
        """A click picks somebody; a second one lets them go."""
        self.pick(None if message.id == self.picked else message.id)

    def pick(self, id: str | None) -> None:
        """Somebody else is picked, or nobody."""
        self.picked, self.question = id, None
        self.sync()
        if id is not None:
            self._stage.reveal(id)
