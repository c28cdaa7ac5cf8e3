"""Tests of what the parent tells workers of a room whose people they share."""

from __future__ import annotations

from roomcli.protocol.side_channel import SideChannelOffer
from server.workers import frames as f
from server.workers.far_client import FarConnection, FarVisitor
from server.workers.far_rooms import NEARLY, FarRooms, FarRoomVoice


class NotedWorker:
    """The parent's end of a worker, which notes what is sent to it."""

    def __init__(self, number: int | None = None) -> None:
        self.number = number
        self.sent: list[f.AnyFromParent] = []

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

    @property
    def elsewhere(self) -> list[int]:
        """What it was told of how many are elsewhere."""
        return [each.elsewhere for each in self.sent if isinstance(each, f.RightsSet)]

    @property
    def others(self) -> tuple[int, ...]:
        """What it was told last of where these are."""
        return [each.workers for each in self.sent if isinstance(each, f.RoomShared)][-1]


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
    assert isinstance(one.sent[-3], f.SeatLeft)
    assert (one.elsewhere[-1], other.elsewhere) == (1, [1])


def test_workers_are_told_which_others_have_somebody_there() -> None:
    _, voice = new_room([])
    one, other, third = (NotedWorker(number) for number in range(3))
    server = NotedWorker()
    for worker, seat in ((one, "host"), (server, "far"), (third, "c"), (third, "d"), (other, "b")):
        enter(voice, worker, seat)
    assert (one.others, other.others, third.others) == ((1, 2), (0, 2), (0, 1))
    voice.leave("c")
    assert one.others == (1, 2)
    voice.leave("d")
    assert [each.others for each in (one, other)] == [(1,), (0,)]


def test_a_worker_speaks_for_its_own_people_alone() -> None:
    accepted: list[bytes] = []
    rooms, voice = new_room(accepted)
    one, other = NotedWorker(0), NotedWorker(1)
    enter(voice, one, "host")
    enter(voice, other, "listener")
    rooms.hear(one, f.VoicesHeard(1, [("host", b"hello", 0.02), ("listener", b"not theirs", 0.02)]))
    assert accepted == [b"hello"]
