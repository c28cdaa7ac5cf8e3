"""The desks of a server: each answers one family of commands that need no room.

A desk decides by pure rules, keeps its state in memory and in a part of the store, and knows no
connection. Here is what they have in common, and what is done by all of them together: telling
somebody all that the server holds about them, and deleting what may go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person

from .finding.home_news import HomeNews
from .introductions import Introductions
from .people.key_desk import KeyDesk
from .store import Store


class Desk(Protocol):
    """Answers one family of commands."""

    @property
    def commands(self) -> Sequence[type[c.Command]]:
        """The commands that this desk answers."""

    @property
    def questions(self) -> Sequence[type[c.Command]]:
        """Those of :attr:`commands` that write nothing, and may take long."""

    async def carry_out(self, asker: Person, command: Any) -> Sequence[e.DeskEvent]:
        """Carry out one of :attr:`commands`, and return the answers to it.

        All that it saves is one transaction. The asker is saved by it as well: of whom something is
        kept has the same id after a restart. It waits for no network: what does is told later, as
        news. Raises CommandRefused, StoreError.
        """

    def export(self, person: Person) -> Iterable[e.ThingHeld]:
        """Yield all that this desk holds about a person."""

    def forget(self, person: Person) -> None:
        """Delete what this desk holds about a person, but for what protects others from them.

        It never refuses: what somebody has in charge, others get or nobody has.
        """


class DeskOutcome(NamedTuple):
    """The answers to a command, and the transaction to await before it is acknowledged.

    The transaction is 0 if nothing was written.
    """

    answers: Sequence[e.DeskEvent]
    transaction: int


class Desks:
    """All desks of a server; ``home_news`` tells who watches home what changes there.

    ``introductions`` gives the people in their answers badges.
    """

    def __init__(
        self,
        desks: Iterable[Desk],
        store: Store,
        home_news: HomeNews,
        introductions: Introductions,
    ) -> None:
        self.home_news = home_news
        self._introductions = introductions
        self._desks = tuple(desks)
        self._by_command = {command: desk for desk in self._desks for command in desk.commands}
        self._store = store

    async def carry_out(
        self, asker: Person, command: c.DeskCommand, signer: str = ""
    ) -> DeskOutcome:
        """Carry out a command. Raises CommandRefused, StoreError.

        ``signer`` is the key by which the asker signed in, by default the one they are known by.
        """
        before = self._store.queued
        answers: Sequence[e.DeskEvent] = []
        match command:
            case c.ExportProfile():
                answers = self._export(asker)
            case c.DeleteProfile():
                self._forget(asker)
            case _:
                desk = self._by_command[type(command)]
                if isinstance(desk, KeyDesk) and isinstance(command, c.KeyCommand):
                    answers = await desk.carry_out(asker, command, signer)
                else:
                    answers = await desk.carry_out(asker, command)
                if type(command) in desk.questions:
                    # What others wrote while it looked around is not waited for.
                    return DeskOutcome(self._introduced(answers), 0)
        transaction = self._store.queued
        return DeskOutcome(self._introduced(answers), transaction if transaction != before else 0)

    def _introduced(self, answers: Sequence[e.DeskEvent]) -> Sequence[e.DeskEvent]:
        return [self._introductions.introduce(each) for each in answers]

    def _export(self, person: Person) -> list[e.DeskEvent]:
        itself = e.ThingHeld(kind="person", thing=msgspec.to_builtins(person))
        return [itself, *(thing for desk in self._desks for thing in desk.export(person))]

    def _forget(self, person: Person) -> None:
        with self._store.transaction():
            for desk in self._desks:
                desk.forget(person)
