"""Commands that participants of one room give again, since they did not hear the answer."""

from __future__ import annotations

from collections.abc import Iterable

from roomcli.protocol import commands as c

from ..clock import Clock
from .rules import RoomState
from .rules import journal as j
from .rules.answered import KEEP_ANSWER, AnsweredCommands, Earlier, KeptAnswer
from .visitor import RoomVisitor


class GivenAgain:
    """Knows what was carried out lately for those who choose lasting refs, by person and ref."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered = AnsweredCommands(clock.now())

    def find_earlier(
        self, state: RoomState, peer: RoomVisitor | None, command: c.RoomCommand
    ) -> Earlier | None:
        """Return what is known of a command that was carried out before, or None."""
        whose = _who_repeats(state, peer, command)
        if whose is None or command.ref is None:
            return None
        name, now = c.command_name(command), self._clock.now()
        return self._answered.find_earlier(whose, command.ref, name, now)

    def answer_to(
        self,
        state: RoomState,
        peer: RoomVisitor | None,
        command: c.RoomCommand,
        events: Iterable[j.JournalEvent],
    ) -> KeptAnswer | None:
        """Return what to keep of a command that causes these events, before they are applied.

        None if nobody gives it again.
        """
        whose = _who_repeats(state, peer, command)
        if whose is None or peer is None or command.ref is None:
            return None
        made = (each.link.invite.id for each in events if isinstance(each, j.RoomInviteKept))
        is_moderator = peer.id in state.moderators
        return KeptAnswer(whose, command.ref, c.command_name(command), next(made, ""), is_moderator)

    def note_answer(self, answer: KeptAnswer, transaction: int) -> None:
        """Keep an answer, which is to be given once the transaction is kept, at once if it is 0."""
        self._answered.note_answer(answer, transaction, self._clock.now())

    def note_change(self, before: RoomState, after: RoomState) -> None:
        """Note whether somebody who was in the room is a moderator now, and was none before."""
        if not (after.moderators - before.moderators).isdisjoint(before.participants):
            self._answered.note_promotion(self._clock.now())

    def remembers(self, *, by_moderator: bool) -> float:
        """Return for how many seconds back all commands are known of those who stand so high."""
        return self._answered.remembers(self._clock.now(), by_moderator=by_moderator)

    def all(self) -> tuple[KeptAnswer, ...]:
        """Return the answers to the commands of the last minute, for whoever has the room next."""
        return self._answered.all(self._clock.now())

    @property
    def known_for(self) -> float:
        """For how many seconds back all commands are known that a next owner has to know."""
        return min(KEEP_ANSWER, max(0.0, self._clock.now() - self._answered.known_since))

    def inherit(self, answers: Iterable[KeptAnswer], known_for: float) -> None:
        """Keep the answers of the server that had the room before."""
        self._answered.take_over(answers, known_for, self._clock.now())


def _who_repeats(state: RoomState, peer: RoomVisitor | None, command: c.RoomCommand) -> str | None:
    """Return the key of whoever may give this command again; None if nobody does."""
    if command.ref is None or isinstance(command, c.OnceOnlyCommand):
        return None
    if peer is None or not peer.lasting_refs:
        return None
    someone = state.participants.get(peer.id)
    return state.who(someone).key if someone is not None else None
