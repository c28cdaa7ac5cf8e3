"""Tests that docs/questions.md answers as the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.engine.keys import personal_key
from roomcli.protocol.chat import CHAT_KEPT
from server.public.pages.models import RoomPage
from server.public.pages.rendering import PagePlace, render
from server.rooms.room import KEEPS

from .. import ROOT
from ..server.public.pages.reading import read, text_of

PAGE = (ROOT / "docs" / "questions.md").read_text("utf-8")


def test_what_is_kept_is_what_rooms_say_that_they_keep() -> None:
    kept = PAGE.partition("## What is kept")[2].partition("\n## ")[0]
    assert [each for each in KEEPS if f"\n- {each}" not in kept] == []
    assert f"the newest {CHAT_KEPT} messages" in kept


def test_a_friend_installs_it_by_the_lines_that_the_page_of_a_room_shows() -> None:
    asked = PAGE.partition("How does a friend install it?")[2].partition("\n## ")[0]
    told = asked.partition("```text\n")[2].partition("```")[0]
    place = PagePlace(url="https://rooms.example.org", root="../")
    shown = read(render(RoomPage(name="standup"), place, 0.0)).iter("pre")
    assert told.splitlines() == [text_of(line) for line in shown]


def test_the_key_lies_where_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    personal_key()
    (key,) = tmp_path.rglob("*.pem")
    assert f"`{key.name}` in " in PAGE
    assert f"`~/{key.parent.relative_to(tmp_path)}`" in PAGE
