"""What a participant may know of a room: the server sends a whole view on joining, then events.

``evolve_view`` advances a view by an event.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from .people import MODERATORS, Count, Hand, Person, Role, Seconds, Speaker
from .settings import RoomSettings


class RoomView(Struct, frozen=True):
    """A room as one participant sees it.

    ``stage`` is in order of coming on stage; ``hands`` is the queue, the next hand first.
    ``front_row`` are the first people of the audience as of the last pulse, ``audience`` is how
    many people it has in all. ``stage_invitations`` maps invited people to who invited them: all
    invitations for moderators, only one's own for everybody else. ``closes_at`` is set while nobody
    is there who may moderate. ``password`` says whether people need a password to enter. ``log`` is
    the hash of the newest entry of the moderation log.
    """

    name: str
    you: str
    stage: dict[str, Speaker] = {}
    hands: tuple[Hand, ...] = ()
    front_row: dict[str, Person] = {}
    audience: Count = 0
    stage_invitations: dict[str, str] = {}
    settings: RoomSettings = RoomSettings()
    locked: bool = False
    password: bool = False
    access: str = "open"
    closes_at: Seconds | None = None
    log: str = ""

    @property
    def role(self) -> Role:
        """The viewer's own role."""
        speaker = self.stage.get(self.you)
        return speaker.role if speaker else "listener"

    @property
    def is_moderator(self) -> bool:
        """Whether the viewer may moderate."""
        return self.role in MODERATORS

    @property
    def host(self) -> Speaker | None:
        """The speaker who leads the room; None while there is none."""
        return next((each for each in self.stage.values() if each.role == "host"), None)

    @property
    def successor(self) -> Speaker | None:
        """The speaker who becomes host if the host drops: the co-host longest on stage."""
        return successor(self.stage.values())

    def place_in_queue(self, id: str) -> int | None:
        """Return this person's place in the queue, 1 for the next hand; None without a hand."""
        for place, hand in enumerate(self.hands, 1):
            if hand.person.id == id:
                return place
        return None

    def person(self, id: str) -> Person | None:
        """Return the visible person with this id; None if there is none."""
        if id in self.stage:
            return self.stage[id].person
        if id in self.front_row:
            return self.front_row[id]
        return next((hand.person for hand in self.hands if hand.person.id == id), None)


def successor(stage: Iterable[Speaker]) -> Speaker | None:
    """Return the first connected co-host on a stage; the order of the stage decides, not chance."""
    return next((each for each in stage if each.role == "cohost" and each.connected), None)
