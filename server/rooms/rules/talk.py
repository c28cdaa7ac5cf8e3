"""Rules of what is said without a voice: reactions, chat, reports."""

from __future__ import annotations

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.chat import MAX_CHAT, ChatMessage
from roomcli.protocol.emoji import is_emoji
from roomcli.protocol.people import REACTIONS
from roomcli.protocol.permissions import outranks
from roomcli.protocol.text import checked

from . import journal as j
from .participants import Participant
from .record import LogDraft, reason_of, written
from .state import MAX_REACTIONS, RoomState


def decide_talk(
    state: RoomState, me: Participant, command: c.TalkCommand, now: float
) -> list[j.JournalEvent]:
    """Return the events of a reaction or a message. Raises CommandRefused."""
    match command:
        case c.React(reaction=reaction):
            return _react(state, me, reaction)
        case c.Chat():
            return _chat(state, me, command, now)
        case c.RemoveMessage():
            return _remove_message(state, me, command, now)
        case c.ReadChat():
            return []


def _react(state: RoomState, me: Participant, reaction: str) -> list[j.JournalEvent]:
    if not is_emoji(reaction):
        shown = " ".join(REACTIONS)
        raise CommandRefused("bad_reaction", f"a reaction is one emoji, like {shown}")
    if reaction not in state.reactions and len(state.reactions) >= MAX_REACTIONS:
        return []  # nobody could tell so many apart, and each makes everyone's pulse longer
    return [j.Reacted(id=me.id, reaction=reaction)]


def _chat(state: RoomState, me: Participant, command: c.Chat, now: float) -> list[j.JournalEvent]:
    quoted = command.reply_to
    try:
        text = checked(command.text, MAX_CHAT, "message")
    except ProtocolError as error:
        raise CommandRefused(error.code, str(error)) from None
    if not text:
        raise CommandRefused("bad_text", "the message is empty")
    if not me.is_moderator:
        _judge_chat(state, me, now)
    if quoted is not None and all(each.number != quoted for each in state.chat):
        raise CommandRefused("no_such_message", f"there is no message {quoted} to reply to")
    author = state.who(me)
    message = ChatMessage(
        number=state.chat_count + 1,
        person=author.id,
        name=author.name,
        tail=author.tail,
        text=text,
        at=now,
        reply_to=quoted,
    )
    return [e.ChatPosted(message=message)]


def _judge_chat(state: RoomState, me: Participant, now: float) -> None:
    if not state.settings.chat:
        raise CommandRefused("chat_off", "the chat is off: only moderators write")
    wrote_at = state.wrote_at.get(me.person)
    if wrote_at is None:
        return
    wait = wrote_at + state.settings.slow_seconds - now
    if wait > 0:
        text = f"slow mode: one message in {state.settings.slow_seconds} s; wait {wait:.0f} s"
        raise CommandRefused("slow_mode", text, retry_after=wait)


def _remove_message(
    state: RoomState, me: Participant, command: c.RemoveMessage, now: float
) -> list[j.JournalEvent]:
    message = next((each for each in state.chat if each.number == command.number), None)
    if message is None:
        return []
    removed = e.ChatRemoved(number=message.number, by=me.person)
    author = state.people[message.person]
    if author.id == me.person:
        return [removed]
    seats = [*state.here(author.id), *state.away(author.id)]
    if not me.is_moderator:
        raise CommandRefused(
            "not_allowed", "you can remove your own messages; moderators remove others'"
        )
    if author.key == state.owner or not all(outranks(me.role, each.role) for each in seats):
        raise CommandRefused(
            "not_allowed", f"{author.full_name} is a moderator: only the host removes theirs"
        )
    line = LogDraft("remove_message", state.who(me), author, reason=reason_of(command))
    return [*written(state, now, line), removed]
