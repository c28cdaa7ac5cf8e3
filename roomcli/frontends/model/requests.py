"""Requests whose answers say less than the question; they are remembered until answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec.structs import replace

from ...protocol import commands as c
from ...protocol.local import PlayChimes

PENDING = 100
"""Number of requests that are remembered; older ones were lost with a connection."""

_DONE: dict[type[c.Command], str] = {
    PlayChimes: "Chimes are switched for now; `chimes` in the settings keeps it",
    c.Report: "Reported to the server's admins",
    c.AskToUnmute: "{name} is asked to speak",
    c.GiveTime: "{name} has more time",
    c.RevokeFeed: "The address of your calendar has ended",
    c.Follow: "You follow {name}",
    c.Unfollow: "You follow {name} no longer",
    c.FollowCommunity: "You follow this community",
    c.UnfollowCommunity: "You follow this community no longer",
    c.Block: "You block {name}, who is not told",
    c.Unblock: "You block {name} no longer",
    c.ChangeProfile: "Your profile is changed",
    c.ClaimForge: "The server looks at it",
    c.ClaimDomain: "The server looks at it",
    c.ClaimByDevice: "The server asks the issuer",
    c.DeleteProfile: "What this server held about you is deleted",
}


@dataclass
class Requests:
    """Gives commands a ``ref``, and knows what the answer with that ``ref`` means."""

    _next: int = 1
    _pending: dict[int, tuple[c.Command, str]] = field(default_factory=dict)

    def numbered(self, command: c.Command, name: str) -> c.Command:
        """Return the command, with a ``ref`` if it is to be remembered.

        ``name`` is the person it is about.
        """
        words = _DONE.get(type(command), "")
        if command.ref is not None or not (words or isinstance(command, c.MakeRoomInvite)):
            return command
        ref, self._next = self._next, self._next + 1
        self._pending[ref] = command, words.format(name=name)
        if len(self._pending) > PENDING:
            del self._pending[next(iter(self._pending))]
        return replace(command, ref=ref)

    def done(self, ref: int) -> str:
        """Return in words what was carried out; empty if another message tells it."""
        _, words = self._pending.pop(ref, (None, ""))
        return words

    def invites_friends(self, ref: int | None) -> bool:
        """Whether ``ref`` asked for an invite to pass on: for any number of listeners."""
        command, _ = self._pending.pop(ref, (None, "")) if ref is not None else (None, "")
        return (
            isinstance(command, c.MakeRoomInvite)
            and command.role == "listener"
            and not command.uses
        )
