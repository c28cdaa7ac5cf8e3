"""People of a load who come on stage, each by a hand that a moderator accepts."""

from __future__ import annotations

from ..errors import CommandRefused
from ..protocol import codec
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.audio import KIND_CONTROL
from ..wire.frames import payload_of
from .crowd import Crowd, CrowdMember
from .lean_client import LeanClient, kind_and_time

_ON_THE_WAY = (c.RaiseHand, c.AcceptHand, c.Unmute)


class SpeakingCrowd(Crowd):
    """A crowd of which everybody goes on stage and opens the microphone.

    The ``host``, if it is one of them, accepts the hands of the others; else a moderator of the
    room has to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.host: LeanClient | None = None
        self.on_air: list[CrowdMember] = []
        """Those whose microphone is open, in the order in which they opened it."""
        self._refused: CommandRefused | None = None

    def send_up(self, client: LeanClient, *, is_host: bool) -> None:
        """Serve a client who has entered, and let it raise its hand if it is not on stage yet."""
        if is_host:
            self.host = client
        self.serve(client)
        client.send_command(c.Unmute() if client.is_on_stage else c.RaiseHand())

    def judge(self) -> None:
        """Raise CommandRefused if somebody cannot go on stage."""
        if self._refused is not None:
            raise self._refused

    def take_in(self, client: CrowdMember, frame: bytes) -> None:
        super().take_in(client, frame)
        if isinstance(client, LeanClient) and kind_and_time(frame)[0] == KIND_CONTROL:
            self._follow_event(client, codec.decode_from_server(payload_of(frame)))

    def _follow_event(self, client: LeanClient, event: object) -> None:
        match event:
            case e.HandRaised() if client is self.host:
                client.send_command(c.AcceptHand(id=event.id))
            case e.StageJoined() if event.speaker.id == client.id:
                client.send_command(c.Unmute())
            case e.Unmuted() if event.id == client.id and client not in self.on_air:
                self.on_air.append(client)
            case e.Refused() if event.command in _NAMES:
                self._refused = CommandRefused(event.code, event.text)


_NAMES = {each.__struct_config__.tag for each in _ON_THE_WAY}
