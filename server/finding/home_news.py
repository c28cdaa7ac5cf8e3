"""Tells those who watch home when something has changed there that concerns them.

Who may be concerned by a change is looked up at once, and what stands at their home is put together
again soon after, but not more often than every few seconds; only what differs is sent. This work
has a bounded share of the server's time: with many watchers news come later, and voice does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from contextvars import Context

import trio

from roomcli.protocol import codec
from roomcli.protocol import events as e
from roomcli.protocol.profile import Profile
from roomcli.wire.frames import server_frame

from ..calendar.rules import CalendarEvent
from ..client_connection import ClientConnection
from ..communities.directory import CommunityDirectory, changed_people
from ..communities.rules import Community, kept
from ..rooms.hub import Hub
from ..store import Store

SECONDS = 3.0
"""Seconds between two messages to one watcher."""
PAUSE = 1.0
"""Seconds between two looks at who is on stage."""
AGAIN_SECONDS = 600.0
"""Seconds after which a home is looked at again even if nothing has happened: time passes."""
REST = 3.0
"""How many times as long as it worked the task rests: it takes a quarter of a core at most."""
_DIGEST_BYTES = 8


class HomeWatcher:
    """A connection that may watch home: small, since each connection has one."""

    __slots__ = ("connection", "looked_at", "person", "told")

    def __init__(self, connection: ClientConnection, person: str) -> None:
        self.connection = connection
        self.person = person
        self.told = b""
        """A digest of what it was told last; empty before it was told anything."""
        self.looked_at = float("-inf")


class HomeNews:
    """All who watch home. ``home_of`` says what stands there for a person."""

    def __init__(
        self,
        home_of: Callable[[str], Awaitable[e.HomeShown]],
        hub: Hub,
        store: Store,
        communities: CommunityDirectory,
    ) -> None:
        self._home_of = home_of
        self._hub = hub
        self._store = store
        self._communities = communities
        self._watchers: dict[str, tuple[HomeWatcher, ...]] = {}
        self._due: dict[HomeWatcher, None] = {}
        self._stages: dict[str, frozenset[str]] = {}
        self._running = False
        self._some = trio.Event()

    def add_watcher(self, watcher: HomeWatcher) -> None:
        """Tell this watcher what stands at home, and what changes from then on."""
        self.forget(watcher)
        watcher.told, watcher.looked_at = b"", float("-inf")
        others = self._watchers.get(watcher.person, ())
        self._watchers[watcher.person] = (*others, watcher)
        self._due[watcher] = None
        self._some.set()
        if not self._running:
            self._running = True
            # The work counts for nobody's CPU share, not even for that of who watches first.
            Context().run(self._hub.background.start_soon, self._run)

    def forget(self, watcher: HomeWatcher) -> None:
        """Tell this watcher nothing more; may be called for one that does not watch."""
        self._due.pop(watcher, None)
        before = self._watchers.get(watcher.person, ())
        left = tuple(each for each in before if each is not watcher)
        if left:
            self._watchers[watcher.person] = left
        else:
            self._watchers.pop(watcher.person, None)

    # What may concern whom.

    def note_tie(self, person: str, before: str | None, now: str | None) -> None:
        """Note that somebody follows or blocks somebody else than before."""
        self._mark((person,))

    def note_profile(self, person: str, before: Profile | None, now: Profile | None) -> None:
        """Note that somebody is called otherwise than before."""
        self._mark(self._store.ties.tied_to(person, "follows"))

    def note_community(self, id: str, before: Community | None, now: Community | None) -> None:
        """Note that a community is another one than before."""
        nobody = Community(id=id, name="")
        old, new = before or nobody, now or nobody
        if kept(old) == kept(new) and next(changed_people(old, new), None) is None:
            return
        if _is_found(before) != _is_found(now):
            self._mark(tuple(self._watchers))
            return
        self._mark(
            person
            for person in tuple(self._watchers)
            if old.relation(person) is not None or new.relation(person) is not None
        )
        self._mark(self._store.ties.tied_to(id, "community"))

    def note_planned(
        self, id: str, before: CalendarEvent | None, now: CalendarEvent | None
    ) -> None:
        """Note that a calendar event is another one than before."""
        states = [each for each in (before, now) if each is not None]
        for each in states:
            self._mark({*each.named, *(who for day in each.answers.values() for who in day)})
        if before is not None and now is not None and before.answers is not now.answers:
            return
        for each in states:
            community, is_public = each.plan.community, each.plan.visibility == "public"
            self._mark(
                person
                for person in tuple(self._watchers)
                if is_public or (community and self._communities.is_member(person, community))
            )

    def _note_stages(self) -> None:
        """Note who came on stage, or left it, since the last look, and which rooms are new."""
        now = {room.name: frozenset(room.on_stage) for room in self._hub.seen_rooms()}
        before, self._stages = self._stages, now
        moved: set[str] = set()
        for name in before.keys() | now.keys():
            moved |= before.get(name, frozenset()) ^ now.get(name, frozenset())
            community = self._communities.community_of(name)
            if community and (name in before) != (name in now):
                self._mark(
                    person
                    for person in tuple(self._watchers)
                    if self._communities.is_member(person, community)
                )
                self._mark(self._store.ties.tied_to(community, "community"))
        for person in moved:
            self._mark(self._store.ties.tied_to(person, "follows"))

    def _mark(self, people: Iterable[str]) -> None:
        for person in people:
            for watcher in self._watchers.get(person, ()):
                self._due[watcher] = None

    # Telling.

    async def _run(self) -> None:
        while self._watchers:
            self._some = trio.Event()
            self._note_stages()
            self._note_time()
            for watcher in tuple(self._due):
                if watcher in self._due and self._may_be_told(watcher):
                    del self._due[watcher]
                    began = watcher.looked_at = trio.current_time()
                    await self._show_home(watcher)
                    await trio.sleep(REST * (trio.current_time() - began))
            with trio.move_on_after(PAUSE):
                await self._some.wait()
        self._running, self._stages = False, {}

    def _note_time(self) -> None:
        """Mark those whose home was not looked at for long: what is over, or near, differs."""
        long_ago = trio.current_time() - AGAIN_SECONDS
        for watchers in self._watchers.values():
            self._due.update((each, None) for each in watchers if each.looked_at <= long_ago)

    def _may_be_told(self, watcher: HomeWatcher) -> bool:
        if watcher.connection.stream.blocked:
            return False  # it gets the changes of this time together with later ones
        return trio.current_time() - watcher.looked_at >= SECONDS

    async def _show_home(self, watcher: HomeWatcher) -> None:
        frame = server_frame(codec.encode(await self._home_of(watcher.person)))
        told = hashlib.blake2b(frame, digest_size=_DIGEST_BYTES).digest()
        if told != watcher.told and watcher in self._watchers.get(watcher.person, ()):
            watcher.told = told
            watcher.connection.stream.push_control(frame)


def _is_found(community: Community | None) -> tuple[str, str] | None:
    """Return what everybody reads of a community in a list, people aside; None for a hidden one."""
    if community is None or community.hidden:
        return None
    return community.name, community.summary
