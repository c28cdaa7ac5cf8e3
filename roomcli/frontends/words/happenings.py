"""Turns what happened in a room into one line for the log, a toast or a plain terminal.

Pure. Names are other people's text: a line is plain text and is never read as markup.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from ...protocol import events as e
from ...protocol import local
from ...protocol.chat import ChatMessage
from ...protocol.durations import remaining
from ...protocol.health import VoiceWayChanged
from ...protocol.moderation_log import Action, LogEntry
from ...protocol.people import ROLE_WORDS, Person, SilenceNotice
from ...protocol.playing import Playing
from ...protocol.times import TURN_GRACE
from ...protocol.view import RoomView
from .badge_words import claim_line, labels_of, proven_words
from .calendar_words import news_line, reminder_line
from .community_words import application_line, standing_line
from .device_words import chosen_line
from .key_words import key_news
from .log_words import entry_line
from .names import author, written
from .playing_words import playing_line
from .profile_words import held_line, ties_line
from .settings_words import changes

SMALL_ROOM = 20
"""Largest audience in which it is told who comes and goes; in a larger one that would be noise."""

Weight = Literal["quiet", "plain", "loud"]
Place = Literal["line", "minute", "way in", "elsewhere"]
"""Where the talk of a screen has a happening: in a line of its own, in the line of its minute, in a
line for a while after entering, or not at all, since a bar or a banner shows it."""

_MICROPHONE_CLOSED: dict[str, str] = {
    "silenced": "a moderator silenced you",
    "audience": "you are in the audience",
    "lease": "the screen stood still",
    "reconnected": "the connection was renewed",
    "slept": "this machine slept",
    "device": "the microphone is gone",
    "quiet": "you said nothing for a while",
    "elsewhere": "another roomcli took it",
}
_ROOM_ENDED = {
    "ended": "The room was ended",
    "no_host": "The room closed: no host came back",
    "server_closing": "The server is closing",
    "closed_by_admin": "The server's admins closed the room",
}
_TOLD_BY_THEIR_EVENTS: set[Action] = {
    "open_room",
    "end_room",
    "room_closed",
    "lock",
    "unlock",
    "change_settings",
    "set_password",
    "silence",
    "turn_over",
    "lower_all_hands",
    "remove_message",
    "make_cohost",
    "hand_over",
    "succession",
}
"""Moderation log entries that come right before an event which says the same."""
_TOLD_OF_THE_STAGE: set[Action] = {"lift_silence", "move_to_audience"}
"""Moderation log entries that do so only if the person is on stage; others may be away."""


class Deed(NamedTuple):
    """What somebody did that many do: who, and words that follow a name or a number."""

    who: str
    does: str


@dataclass(frozen=True)
class Happening:
    """One line of text; a ``loud`` one concerns the user and deserves more than a place in the log.

    A happening is not loud if a banner or the user's own bar already tells it. Of lines that follow
    each other and tell the newest of one thing, ``about``, the last one is enough. Those with the
    same ``deed`` can be counted.
    """

    text: str
    weight: Weight = "plain"
    about: str = field(default="", compare=False)
    place: Place = field(default="line", compare=False)
    deed: Deed | None = field(default=None, compare=False)


CUT_SHORT = "Its server failed: the last words and raised hands may be missing"
SERVERS_APART = "Other servers cannot be heard"


@dataclass(frozen=True)
class Moment:
    """What an event alone does not tell.

    ``now`` is the server's time, ``host_fate`` what became of the last host, ``entry`` the
    moderation log's newest entry, which has the reason of the event that follows it.
    """

    now: float = 0.0
    host_fate: str = "The host dropped"
    entry: LogEntry | None = None

    def until(self, at: float) -> str:
        """Return how long it is until a time by the server's clock, in words."""
        return remaining(at - self.now)

    def reason(self, action: str, person: str | None = None) -> str:
        """Return why ``action`` was just done to ``person``, if to anybody, as a line's end."""
        entry = self.entry
        if entry is None or entry.action != action or not entry.reason:
            return ""
        target = entry.target.id if entry.target else None
        return f": {entry.reason}" if target == person else ""


def describe(
    event: local.ChannelEvent,
    before: RoomView | None,
    after: RoomView | None,
    moment: Moment,
) -> Happening | None:
    """Return the line for an event, or None if the event is not worth one."""
    match event:
        case e.RoomLeft(reason="left"):
            return None  # the user who leaves knows
        case VoiceWayChanged(text=text):
            return Happening(text, about="way of voice") if text else None
        case local.Problem(text=text) | local.FalseLevel(text=text):
            return Happening(text, "loud")
        case e.RoomLeft(text=text) | e.Goodbye(text=text):
            return Happening(text, "loud")
        case e.ServerStopping(stops_at=stops_at):
            when = moment.until(stops_at)
            return Happening(f"The server stops in {when}: you come back by yourself", "loud")
        case e.ServersApart(apart=apart):
            healed = "Other servers are heard again"
            return Happening(f"{SERVERS_APART} right now" if apart else healed)
        case e.EventReminder():
            return Happening(reminder_line(event), "loud")
        case e.EventNews():
            return Happening(news_line(event), "loud")
        case local.Device(kind=kind, name=name, problem=problem):
            if problem:
                return Happening(problem[:1].upper() + problem[1:], "loud")
            return Happening(f"{kind.capitalize()}: {name}", "quiet", place="minute")
        case local.DeviceChosen():
            return Happening(chosen_line(event))
        case Playing():
            return Happening(playing_line(event), "quiet" if event.state == "waiting" else "plain")
        case local.Microphone(open=True):
            return Happening("You are on air", place="elsewhere")
        case local.Microphone(reason="pressed"):
            return Happening("You are muted", place="elsewhere")
        case local.Microphone(reason=reason):
            why = _MICROPHONE_CLOSED.get(reason)
            return Happening(f"You are muted: {why}", "loud") if why else None
        case local.OwnVoice():
            return _own_voice(event)
        case e.Refused(text=text):
            return Happening(text, "loud")
        case e.ThingHeld():
            return Happening(held_line(event))
        case e.StandingChanged():
            return Happening(standing_line(event), "loud")
        case e.KeysChanged():
            return Happening(key_news(event), "loud")
        case e.ApplicationMade():
            return Happening(application_line(event), "loud")
        case e.ClaimRefused() | e.ClaimEnded():
            return Happening(claim_line(event, moment.now), "loud")
        case (
            e.ClaimMade()
            | e.ClaimChanged()
            | e.ClaimsListed()
            | e.MailCodeSent()
            | e.SignOnBegun()
            | e.DeviceCodeReady()
        ):
            return Happening(claim_line(event, moment.now))
        case e.TiesPage(ref=None):
            return Happening(ties_line(event))
        case e.AskedToUnmute(by=by) if after is not None:
            return Happening(f"{_who(by, after)} would like to hear you", place="elsewhere")
    if before is None or after is None:
        return None
    happening = (
        _of_hands(event, before, after)
        or _of_the_stage(event, before, after, moment)
        or _of_the_house(event, before, after, moment)
    )
    if happening is None or happening.weight == "loud" or happening.place != "line":
        return happening
    # What a moderator did stands after the messages that were the reason.
    alone = isinstance(event, e.ModerationLogged)
    return happening if alone else replace(happening, place="minute")


def entered(joined: e.Joined) -> Happening:
    """Return the line for entering the room for the first time."""
    line = f"You are in {joined.room}"
    if joined.cut_short:
        line += f". {CUT_SHORT}"
    if joined.keeps:
        line += f". This server keeps: {'; '.join(joined.keeps)}"
    return Happening(line, place="way in")


def returned(joined: e.Joined) -> Happening:
    """Return the line for being in the room again, or at another server."""
    line = f"Back in {joined.room}, muted"
    if joined.moved:
        line = f"{joined.room} is at another server now"
    if joined.cut_short:
        return Happening(f"{line}. {CUT_SHORT}", "loud")
    return Happening(line, "quiet" if joined.moved else "loud", place="elsewhere")


def came(seat: str, person: Person, view: RoomView) -> Happening:
    """Return the line for somebody who came in."""
    return Happening(
        f"{written(person, view)} is here", "quiet", place="minute", deed=Deed(seat, "came")
    )


def wrote(message: ChatMessage, view: RoomView, *, mentioned: bool) -> Happening:
    """Return the line for a chat message; it is loud if it mentions the user."""
    name = "You" if message.person == view.me else written(author(message), view)
    return Happening(f"{name}: {message.text}", "loud" if mentioned else "quiet")


def unwrote(event: e.ChatRemoved, message: ChatMessage | None, view: RoomView) -> Happening:
    """Return the line for a removed chat message; ``message`` is None if it is not known here."""
    by = _who(event.by, view)
    if message is None:
        return Happening(f"{by} removed a message from the chat", place="minute")
    if message.person == event.by:
        by = "You" if event.by == view.me else written(author(message), view)
        return Happening(f"{by} took back message {event.number}", "quiet", place="minute")
    if message.person == view.me:
        return Happening(f"{by} removed your message {event.number}", "loud")
    line = f"{by} removed message {event.number} of {written(author(message), view)}"
    return Happening(line, place="minute")


def renamed(person: Person, view: RoomView) -> Happening | None:
    """Return the line for a person who is shown under another name now, or None.

    The change of somebody who is not in sight is told only to that person.
    """
    before = view.people.get(person.id)
    if before is not None and (news := _newly_proven(before, person, is_you=person.id == view.me)):
        return news
    if person.id == view.me:
        if before is not None and before.full_name == person.full_name:
            return None
        if person.tail:
            return told_apart(person)
        again = " again" if before is None or before.name == person.name else " now"
        return Happening(f"You are shown as {person.full_name}{again}")
    if before is None or before.full_name == person.full_name:
        return None
    return Happening(f"{before.full_name} is shown as {person.full_name} from now on")


def _newly_proven(before: Person, person: Person, *, is_you: bool) -> Happening | None:
    """Return the line for somebody who is verified from now on, or is marked as a lookalike."""
    if person.badges and not before.badges:
        whom = "you" if is_you else person.full_name
        return Happening(f"Something is proven of {whom}: {labels_of(person)}", "quiet")
    if person.lookalike and not before.lookalike:
        if is_you:
            text = "Your name reads like that of somebody verified: you are shown as unverified"
            return Happening(text)
        text = f"{person.full_name} is not who else has that name here, and is verified"
        return Happening(text)
    return None


def told_apart(me: Person) -> Happening:
    """Return the line for the user whose name needs a tail."""
    return Happening(f"Somebody's name reads like yours: you are shown as {me.full_name}")


def _of_hands(event: local.ChannelEvent, before: RoomView, after: RoomView) -> Happening | None:
    you = after.you
    match event:
        case e.HandRaised(id=id, topic=topic):
            about = f": {topic}" if topic else ""
            if before.place_in_queue(id) is not None:
                whose = "Your" if id == you else f"{_who(id, after)}'s"
                return Happening(f"{whose} hand has another topic{about}", "quiet")
            if id == you:
                line = f"Your hand is up: place {after.place_in_queue(you)} in the queue"
                return Happening(line, place="elsewhere")
            return _did(id, "raised a hand", after, about)
        case e.HandLowered(id=id, reason="declined", by=by) if id == you:
            return Happening(f"{_who(by, after)} lowered your hand", "loud")
        case e.HandLowered(id=id, reason="declined", by=by):
            return Happening(f"{_who(by, after)} lowered the hand of {_who(id, before)}")
        case e.HandLowered(id=id, reason="lowered"):
            if id == you:
                return Happening("Your hand is down", place="elsewhere")
            return _did(id, "lowered their hand", before)
        case e.HandsLowered(by=by):
            if before.place_in_queue(you) is not None and by != after.me:
                return Happening(f"{_who(by, after)} lowered all hands, yours too", "loud")
            return Happening(f"{_who(by, after)} lowered all hands")
        case e.InvitedToStage(id=id, by=by):
            if id == you:
                return Happening(f"{_who(by, after)} invites you on stage", place="elsewhere")
            return Happening(f"{_who(by, after)} invited {_who(id, after)} on stage")
        case e.StageInvitationSettled(id=id, answer="declined") if id != you:
            return Happening(f"{_who(id, before)} stays in the audience")
        case e.StageInvitationSettled(id=id, answer="void") if id == you:
            return Happening("The invitation on stage is withdrawn")
    return None


def _of_the_stage(
    event: local.ChannelEvent, before: RoomView, after: RoomView, moment: Moment
) -> Happening | None:
    you = after.you
    match event:
        case e.ParticipantLeft(id=id, reason=reason) if id != you:
            return _gone(id, reason, before)
        case e.PersonChanged(person=person):
            return renamed(person, before)
        case e.StageJoined(speaker=speaker):
            if speaker.id == you:
                ends_at, left = speaker.turn_ends_at, ""
                if ends_at is not None:
                    left = f"; your turn ends in {moment.until(ends_at - TURN_GRACE)}"
                return Happening(f"You are on stage, muted{left}", "loud", place="elsewhere")
            return _did(speaker.id, "came on stage", after)
        case e.StageLeft():
            return _off_stage(event, before, moment)
        case e.Silenced(id=id, by=by):
            why = moment.reason("silence", _person_in(id, after))
            whom = "you" if id == you else _who(id, after)
            weight: Weight = "loud" if id == you else "plain"
            return Happening(f"{_who(by, after)} silenced {whom}{why}", weight)
        case e.SilenceLifted(id=id, by=by):
            if id == you:
                return Happening("You may speak again: open your microphone yourself", "loud")
            return Happening(f"{_who(by, after)} let {_who(id, after)} speak again")
        case e.SpeakerDropped(id=id):
            return _did(id, "lost the connection", after)
        case e.SpeakerReturned(id=id):
            return _did(id, "came back", after)
        case e.RoleChanged():
            return _role(event, after, moment)
        case e.TurnSet(id=id, ends_at=ends_at) if id == you:
            if ends_at is not None:
                left = moment.until(ends_at - TURN_GRACE)
                return Happening(f"Your turn ends in {left}", place="elsewhere")
            return Happening("Your turn has no end any more", place="elsewhere")
        case e.TurnEnding(id=id, ends_at=ends_at):
            left = moment.until(ends_at)
            if id == you:
                line = f"Your turn is over: {left} to finish"
                return Happening(line, "loud", place="elsewhere")
            if after.is_moderator:
                who = _who(id, after)
                return Happening(f"The turn of {who} is over: {left} to finish", "quiet")
    return None


def _of_the_house(
    event: local.ChannelEvent, before: RoomView, after: RoomView, moment: Moment
) -> Happening | None:
    match event:
        case e.RoomLocked(by=by):
            return Happening(f"{_who(by, after)} locked the room: nobody new can enter")
        case e.RoomUnlocked(by=by):
            return Happening(f"{_who(by, after)} unlocked the room")
        case e.SettingsChanged(settings=settings, by=by):
            told = ", ".join(changes(before.settings, settings))
            return Happening(f"{_who(by, after)} changed the room: {told}") if told else None
        case e.PasswordChanged(wanted=wanted, by=by):
            does = "set a password for whoever comes" if wanted else "removed the password"
            return Happening(f"{_who(by, after)} {does}")
        case e.Knocked():
            return _knocked(after)
        case e.KnockSettled(person=id, answer="gone") if id in before.knockers:
            return Happening(f"{before.knockers[id].person.full_name} waits no longer", "quiet")
        case e.ModerationLogged(entry=entry):
            return _logged(entry, after)
        case e.HostAbsent(closes_at=closes_at):
            left = moment.until(closes_at)
            return Happening(f"No host is here: the room closes in {left} unless one returns")
        case e.HostPresent():
            return Happening("A host is here again: the room stays open")
        case e.RoomEnded(reason=reason):
            return Happening(_ROOM_ENDED[reason] + moment.reason("end_room"), "loud")
    return None


def _own_voice(event: local.OwnVoice) -> Happening:
    if not event.on:
        return Happening("You hear yourself no longer", place="elsewhere")
    if not event.said:
        line = "You hear yourself, a second late; nobody else does"
        return Happening(line, place="elsewhere")
    said = "; ".join(event.said)
    return Happening(said[:1].upper() + said[1:], "loud" if event.findings else "plain")


def _knocked(view: RoomView) -> Happening | None:
    """Return the line on who waits at the door: the last to come by name, the others counted."""
    if not view.knockers:
        return None
    knocker = [*view.knockers.values()][-1]
    person = knocker.person
    proven = proven_words(person, knocker.at)
    about = f" (verified: {proven})" if proven else ""
    about += f", {person.headline}," if person.headline else ""
    others = len(view.knockers) - 1
    more = f", {others} more {'waits' if others == 1 else 'wait'}" if others else ""
    return Happening(f"{person.full_name}{about} knocks{more}", "loud")


def _logged(entry: LogEntry, view: RoomView) -> Happening | None:
    about_you = entry.target is not None and entry.target.id == view.me
    if entry.action in _TOLD_BY_THEIR_EVENTS:
        return None
    on_stage = {each.person for each in view.stage.values()}
    if entry.action in _TOLD_OF_THE_STAGE and entry.target and entry.target.id in on_stage:
        return None
    if about_you and entry.action in ("remove", "ban"):
        return None  # the goodbye says so
    return Happening(entry_line(entry, view), "loud" if about_you else "plain")


def silenced(silences: tuple[SilenceNotice, ...]) -> Happening:
    """Return the answer to ``list_silenced``: who is silenced, by whom and why."""
    people = [
        each.name + (f" (by {each.by})" if each.by else "") + (each.reason and f": {each.reason}")
        for each in silences
    ]
    return Happening(f"Silenced: {'; '.join(people)}" if people else "Nobody is silenced")


def _role(event: e.RoleChanged, after: RoomView, moment: Moment) -> Happening:
    is_you, someone = event.id == after.you, after.person(event.id)
    name, role = someone.full_name if someone else "Somebody", ROLE_WORDS[event.role]
    name = "You" if is_you else name
    be = "are" if is_you else "is"
    if event.by is not None:
        line = f"{name} {be} {role} now"
    elif event.role != "host":
        line = f"{name} {be} {role} again"
    elif is_you:
        line = f"You are host now: {moment.host_fate}"
    else:
        line = f"{moment.host_fate}: {name} is host now"
    return Happening(line, "loud" if is_you else "plain")


def _gone(id: str, reason: str, before: RoomView) -> Happening | None:
    person = before.person(id)
    if person is None or reason in ("moved", "removed", "banned"):
        return None  # the moderation log told who put them out, and why
    seen = id in before.stage or before.audience <= SMALL_ROOM
    if not seen:
        return None
    how = "lost the connection and is gone" if reason == "lost" else "left"
    return Happening(f"{written(person, before)} {how}", "quiet", deed=Deed(id, "left"))


def _off_stage(event: e.StageLeft, before: RoomView, moment: Moment) -> Happening:
    id, by, you = event.id, event.by, before.you
    name = _who(id, before)
    if event.reason == "time":
        if id == you:
            line = "Your turn is over: you are in the audience"
            return Happening(line, "loud", place="elsewhere")
        return Happening(f"The turn of {name} is over")
    why = moment.reason("move_to_audience", _person_in(id, before))
    if id == you:
        if by is None or by == before.me:
            return Happening("You are in the audience", place="elsewhere")
        return Happening(f"{_who(by, before)} moved you to the audience{why}", "loud")
    if by is None or by == _person_in(id, before):
        return _did(id, "left the stage", before)
    return Happening(f"{_who(by, before)} moved {name} to the audience{why}")


def _did(seat: str, does: str, view: RoomView, rest: str = "") -> Happening:
    """Return the line for what somebody did that many do; ``rest`` is said of one alone."""
    return Happening(f"{_who(seat, view)} {does}{rest}", deed=Deed(seat, does))


def _who(id: str | None, view: RoomView) -> str:
    """Return what a seat, or a person, is called in a line."""
    if id is not None and id in (view.you, view.me):
        return "You"
    person = view.person(id) if id else None
    return written(person, view) if person else "Somebody"


def _person_in(seat: str, view: RoomView) -> str | None:
    person = view.person_in(seat)
    return person.id if person is not None else None
