"""For what the user is called who looks away, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cause = Literal["mention", "invitation", "hand", "turn", "reminder"]


@dataclass(frozen=True)
class CallSettings:
    """For what the user wants to be called, and how; a reminder of an event always calls."""

    call_on_mention: bool = True
    call_on_invitation: bool = True
    call_on_hand: bool = True
    call_on_turn: bool = True
    call_by_bell: bool = True
    call_by_desktop: bool = True
    unread_in_title: bool = True

    def wants(self, cause: Cause) -> bool:
        """Whether the user wants to be called for this."""
        match cause:
            case "mention":
                return self.call_on_mention
            case "invitation":
                return self.call_on_invitation
            case "hand":
                return self.call_on_hand
            case "turn":
                return self.call_on_turn
        return True
