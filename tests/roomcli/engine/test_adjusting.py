"""Tests of how the user hears people in a stay: what sounds, what is told, what is remembered."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pytest
from msgspec.structs import replace

from roomcli.audio.mixer import Mixer
from roomcli.audio.rendering import SILENT, Rendering
from roomcli.engine.adjusting import Adjusting, adjusted
from roomcli.engine.adjustments import Adjustments
from roomcli.protocol.adjustment import (
    AdjustingCommand,
    Adjustment,
    MuteForMe,
    SetVolume,
    SuppressNoise,
    UnmuteForMe,
)
from roomcli.protocol.local import Problem
from roomcli.protocol.view import RoomView

from ...support.seats import by_id, someone, speaker
from .test_link import joined
from .test_session import agree, answering, room

ANN, BEN, ME = (
    someone(name, name, key=digit * 32) for name, digit in (("ann", "a"), ("ben", "b"), ("me", "c"))
)
VIEW = RoomView(
    "standup",
    "me",
    {each.name: speaker(each, "speaker", slot, 0) for slot, each in enumerate((ANN, BEN, ME))},
    me=ME.id,
    people=by_id(ANN, BEN, ME),
)
NOBODY = frozenset[str]()


class ListeningStay:
    """A stay, and what its frontend was told."""

    def __init__(self, path: Path) -> None:
        self.problems: list[Problem] = []
        self.adjusting = Adjusting(Adjustments(path), self.problems.append)
        self.adjusting.recall_voices()

    def obey(self, *commands: AdjustingCommand) -> None:
        for command in commands:
            self.adjusting.obey(command)

    def news(self, view: RoomView = VIEW) -> dict[str, Adjustment] | None:
        told = self.adjusting.news(view)
        return None if told is None else told.voices


@pytest.mark.parametrize(
    ("commands", "heard", "rendering"),
    [
        ((SetVolume(key=ANN.key, percent=50),), Adjustment(50), Rendering(0.5)),
        ((SetVolume(key=ANN.key, percent=200),), Adjustment(200), Rendering(2.0)),
        ((MuteForMe(key=ANN.key),), Adjustment(muted=True), Rendering(0.0)),
        (
            (SetVolume(key=ANN.key, percent=150), MuteForMe(key=ANN.key)),
            Adjustment(150, muted=True),
            Rendering(0.0),
        ),
        (
            (SuppressNoise(key=ANN.key), MuteForMe(key=ANN.key), UnmuteForMe(key=ANN.key)),
            Adjustment(noise_suppressed=True),
            Rendering(suppresses_noise=True),
        ),
    ],
)
def test_a_person_is_heard_as_set_in_this_room_and_the_next(
    commands: tuple[AdjustingCommand, ...],
    heard: Adjustment,
    rendering: Rendering,
    tmp_path: Path,
) -> None:
    now = ListeningStay(tmp_path / "voices")
    assert now.news() is None, "nobody is heard otherwise"
    now.obey(*commands)
    for stay in (now, ListeningStay(tmp_path / "voices")):
        assert stay.adjusting.renderings(VIEW, NOBODY) == {"ann": rendering}
        assert stay.news() == {ANN.key: heard}
        assert stay.news() is None, "once is enough"


def test_each_command_changes_what_it_is_about_alone() -> None:
    heard = Adjustment(70, muted=True, noise_suppressed=True)
    assert adjusted(heard, SetVolume(key=ANN.key, percent=0)) == replace(heard, volume=0)
    assert adjusted(heard, UnmuteForMe(key=ANN.key)) == replace(heard, muted=False)
    quieter = SuppressNoise(key=ANN.key, on=False)
    assert adjusted(heard, quieter) == replace(heard, noise_suppressed=False)


def test_who_comes_later_is_told_when_they_are_in_view(tmp_path: Path) -> None:
    ListeningStay(tmp_path / "voices").obey(MuteForMe(key=BEN.key))
    stay = ListeningStay(tmp_path / "voices")
    without = replace(VIEW, people=by_id(ANN, ME))
    assert stay.news(without) is None
    assert stay.news(VIEW) == {BEN.key: Adjustment(muted=True)}
    stay.obey(UnmuteForMe(key=BEN.key))
    assert stay.news(VIEW) == {BEN.key: Adjustment()}, "whom a command was about is named"


def test_all_is_told_anew_to_who_comes_back(tmp_path: Path) -> None:
    stay = ListeningStay(tmp_path / "voices")
    stay.obey(MuteForMe(key=BEN.key))
    assert stay.news() == {BEN.key: Adjustment(muted=True)}
    stay.adjusting.recall_voices()
    assert stay.news() == {BEN.key: Adjustment(muted=True)}
    assert stay.news() is None


def test_who_is_blocked_is_silent_whatever_else_is_set(tmp_path: Path) -> None:
    stay = ListeningStay(tmp_path / "voices")
    assert stay.adjusting.renderings(VIEW, frozenset({"ben"})) == {"ben": SILENT}
    stay.obey(SetVolume(key=BEN.key, percent=200), SetVolume(key=ANN.key, percent=50))
    found = stay.adjusting.renderings(VIEW, frozenset({"ben"}))
    assert found == {"ben": SILENT, "ann": Rendering(0.5)}


def test_what_cannot_be_remembered_holds_and_is_said(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    stay = ListeningStay(tmp_path / "voices")
    stay.obey(MuteForMe(key=ANN.key), MuteForMe(key=ANN.key))
    assert [each.code for each in stay.problems] == ["not_remembered"], "once is enough"
    assert stay.adjusting.renderings(VIEW, NOBODY) == {"ann": SILENT}


async def test_it_sounds_so_and_is_told_as_one_comes_in_and_at_each_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: dict[Hashable, Rendering] = {}
    monkeypatch.setattr(Mixer, "set_rendering", lambda _, *seat: rendered.update([seat]))
    path = tmp_path / "voices"
    ListeningStay(path).obey(SetVolume(key=ANN.key, percent=50))
    script = answering(agree, stage=joined(view=VIEW))
    async with room(tmp_path, script, adjustments=Adjustments(path)) as inside:
        assert (await inside.until("joined"))["you"] == "me"
        first = await inside.until("voices_adjusted")
        assert first["voices"][ANN.key]["volume"] == 50
        assert rendered == {"ann": Rendering(0.5)}
        inside.say("mute_for_me", key=BEN.key, ref=5)
        changed = await inside.until("voices_adjusted")
        assert changed["voices"][BEN.key]["muted"] is True
        assert rendered == {"ann": Rendering(0.5), "ben": SILENT}
        assert (await inside.until("done"))["ref"] == 5, "after what follows from it"
        inside.say("set_volume", key=ANN.key, percent=201, ref=6)
        assert (await inside.until("problem"))["code"] == "bad_message"
        told = {each["name"]: each for each in inside.session.state()["people"]}
        assert told["ann"]["volume"] == 50
        assert told["ben"]["muted_for_you"] is True
        assert "MuteForMe" not in {type(each).__name__ for each in inside.server.visitors[0].got}
    again = Adjustments(path)
    again.recall()
    assert again.of_key(BEN.key) == Adjustment(muted=True)
