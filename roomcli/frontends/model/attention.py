"""What calls a user who looks away: a mention, a stage invitation, a hand, the end of their turn.

Pure: time is an argument, in seconds of the monotonic clock.
"""

from __future__ import annotations

from collections import defaultdict

from ...protocol import events as e
from ...protocol import local
from ...protocol.view import RoomView
from .call_settings import CallSettings, Cause
from .room_model import RoomModel

MOST_CALLS, WITHIN = 3, 60.0
"""Most calls for one cause, in so many seconds."""


class Attention:
    """Whether the user looks, what they have not seen, and when they may be called again.

    A terminal that does not tell of its focus counts as looked at.
    """

    def __init__(self, settings: CallSettings | None = None) -> None:
        self.settings = settings or CallSettings()
        self.unseen = 0
        """Messages of other people that came while the user looked away."""
        self._looks = True
        self._called: dict[Cause, list[float]] = defaultdict(list)

    def turn(self, looks: bool) -> None:
        """Note whether the user looks at the terminal from now on."""
        self._looks = looks
        self.unseen = 0 if looks else self.unseen

    def count(self, event: local.ChannelEvent, view: RoomView | None) -> None:
        """Count what the user does not see."""
        match event:
            case e.ChatPosted(message=message) if not self._looks:
                self.unseen += view is not None and message.person != view.me

    def call(self, cause: Cause, now: float) -> bool:
        """Whether to call the user for this now; takes note of it.

        A mention and a reminder call also who looks. Whoever makes many causes does not ring
        without end.
        """
        if not self.settings.wants(cause):
            return False
        if self._looks and cause not in ("mention", "reminder"):
            return False
        called = [at for at in self._called[cause] if now - at < WITHIN]
        may = len(called) < MOST_CALLS
        self._called[cause] = [*called, now] if may else called
        return may


def what_calls(
    event: local.ChannelEvent, before: RoomView | None, model: RoomModel
) -> Cause | None:
    """Return for what an event calls the user, if it does; the model has seen it already.

    ``before`` is the room before it. Hands, and who knocks, call moderators.
    """
    view = model.view
    if before is None or view is None:
        return None
    match event:
        case e.ChatPosted(message=message) if model.mentioned(message):
            return "mention"
        case e.InvitedToStage(id=id) if id == view.you:
            return "invitation"
        case e.AskedToUnmute():
            return "invitation"
        case e.HandRaised(id=id) if view.is_moderator and id != view.you:
            return "hand" if before.place_in_queue(id) is None else None
        case e.Knocked() if view.is_moderator:
            return "hand"
        case e.TurnEnding(id=id) if id == view.you:
            return "turn"
    return None
