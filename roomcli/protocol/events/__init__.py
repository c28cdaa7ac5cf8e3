"""The events that a server sends to one participant.

Each struct is tagged with its name in snake case under ``event``. Events of ``floor``, ``house``
and ``door`` are about a room, and most change its :class:`~roomcli.protocol.view.RoomView`. Events
of ``own`` are about one connection; those of the other modules come from the server's
desks, at home and in rooms alike. Times (``at``, ``closes_at``) are seconds since 1970 by the
server's clock.
"""

from __future__ import annotations

from . import (
    calendar,
    claims,
    communities,
    door,
    finding,
    floor,
    house,
    keys,
    own,
    profile,
    ties,
)
from .base import *
from .calendar import *
from .claims import *
from .communities import *
from .door import *
from .finding import *
from .floor import *
from .house import *
from .keys import *
from .own import *
from .profile import *
from .ties import *

RoomEvent = floor.FloorEvent | house.HouseEvent | door.DoorEvent
"""Every event about a room."""

DeskMessage = (
    profile.ProfileEvent
    | communities.CommunityEvent
    | claims.ClaimEvent
    | calendar.CalendarMessage
    | ties.TiesEvent
    | keys.KeyEvent
    | finding.FindingEvent
)
"""Every event that comes from a desk of the server."""

ServerMessage = RoomEvent | own.OwnEvent | door.KnockAnswered | DeskMessage
"""Every control message that a server may send."""
