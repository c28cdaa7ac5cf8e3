"""Tests of what the parent tells workers of a room whose people they share."""

from __future__ import annotations

from roomcli.protocol.side_channel import SideChannelOffer
from server.rooms.room_voice import VoiceRights
from server.workers import frames as f
from server.workers.far_client import FarConnection, FarVisitor
from server.workers.far_rooms import NEARLY, FarRooms, FarRoomVoice


class NotedWorker:
    """The parent's end of a worker, which notes what is sent to it."""

    def __init__(self) -> None:
        self.sent: list[f.AnyFromParent] = []
        self.passed: list[tuple[int, list[bytes]]] = []

    def send(self, message: f.AnyFromParent) -> None:
        """Note a message."""
        self.sent.append(message)

    def push_frame(self, connection: int, frame: bytes) -> None:
        """Do nothing: no client is there."""

    def offer_channel(self, connection: int) -> SideChannelOffer | None:
        """Return None: there is no UDP."""
        return None

    def take_back(self, offer: SideChannelOffer) -> None:
        """Do nothing: there is none."""

    def pass_on(self, room: int, entries: list[bytes]) -> None:
        """Note voice."""
        self.passed.append((room, entries))

    @property
    def elsewhere(self) -> list[int]:
        """What it was told of how many are elsewhere."""
        return [each.elsewhere for each in self.sent if isinstance(each, f.RightsSet)]


def new_room(accepted: list[bytes]) -> tuple[FarRooms, FarRoomVoice]:
    """Return a room's voice that notes what is accepted."""
    rooms = FarRooms()
    return rooms, rooms.new_voice("standup", 4, lambda seat, entry, _: accepted.append(entry))


def enter(voice: FarRoomVoice, worker: NotedWorker, seat: str) -> None:
    """Let somebody into the room whose connection this worker holds."""
    far = FarConnection(worker, len(worker.sent), "192.0.2.1")
    voice.enter(FarVisitor(seat, "key", far, 1, None))


def test_workers_are_told_nearly_how_many_are_at_others() -> None:
    _, voice = new_room([])
    one, other = NotedWorker(), NotedWorker()
    enter(voice, one, "host")
    for number in range(100):
        enter(voice, other, f"listener {number}")
    assert one.elsewhere[:4] == [0, 1, 2, 3]
    assert 100 * (1 - NEARLY) <= one.elsewhere[-1] <= 100
    assert len(one.elsewhere) < 50
    assert set(other.elsewhere) == {1}
    for number in range(100):
        voice.leave(f"listener {number}")
    assert one.elsewhere[-1] == 0


def test_who_comes_again_at_another_worker_counts_once() -> None:
    _, voice = new_room([])
    one, other = NotedWorker(), NotedWorker()
    enter(voice, one, "host")
    enter(voice, one, "listener")
    enter(voice, other, "listener")
    assert isinstance(one.sent[-2], f.SeatLeft)
    assert (one.elsewhere[-1], other.elsewhere) == (1, [1])


def test_voice_goes_to_the_other_workers_that_have_somebody_there() -> None:
    accepted: list[bytes] = []
    rooms, voice = new_room(accepted)
    one, other, empty = NotedWorker(), NotedWorker(), NotedWorker()
    enter(voice, one, "host")
    enter(voice, other, "listener")
    enter(voice, empty, "gone")
    voice.leave("gone")
    voice.set_rights(VoiceRights())
    rooms.hear(one, f.VoicesHeard(1, [("host", b"hello", 0.02), ("listener", b"not theirs", 0.02)]))
    assert accepted == [b"hello"]
    assert (one.passed, other.passed, empty.passed) == ([], [(1, [b"hello"])], [])
