"""Tests of the further pages of long lists, which one reaches by links alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol.profile import PUBLIC
from server.public.pages import filling, further

from ....support.serving import RunningServer, serving
from .reading import read, text_of
from .test_filling import at_home, found, plan
from .test_handlers import got


async def read_through(running: RunningServer, path: str, named: str) -> list[str]:
    """Return all names of this beginning on a page, and on those that follow by links."""
    names: list[str] = []
    for _ in range(20):
        status, _, content = await got(running, path)
        assert status == 200
        page = read(content)
        names += [word for word in text_of(page).split() if word.startswith(named)]
        links = [
            each for each in page.iter() if each.tag.endswith("a") and each.get("rel") == "next"
        ]
        if not links:
            return names
        path = _joined(path, links[0].get("href") or "")
    raise AssertionError("there is no end")


def _joined(path: str, link: str) -> str:
    """Return where a relative link on a page leads."""
    folders = path.split("/")[1:-1]
    while link.startswith(("../", "./")):
        folders = folders[:-1] if link.startswith("../") else folders
        link = link.partition("/")[2]
    return "/" + "/".join([*folders, link])


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists be long with little in them."""
    for module in (filling, further):
        monkeypatch.setattr(module, "MAX_ROOMS_SHOWN", 2)
        monkeypatch.setattr(module, "MAX_EVENTS_SHOWN", 2)


async def test_all_rooms_and_communities_are_reached_by_links(short: None, tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        rooms = [f"hall{number}" for number in range(5)]
        for name in rooms:
            await running.client(running.room(name), intent="host", name=name.capitalize())
        ann, _ = await at_home(running, "Ann")
        for number in range(3):
            await found(ann, name=f"group{number} folk")
        ben, _ = await at_home(running, "Ben")
        await found(ben, name="hidden folk", hidden=True)
        assert sorted(await read_through(running, "/live/1", "hall")) == rooms
        groups = await read_through(running, "/communities/1", "group")
        assert groups == ["group0", "group1", "group2"]
        for path in ("/live/4", "/live/0x", "/communities/3", "/live/99999", "/coming/x"):
            assert (await got(running, path))[0] == 404, path
        _, _, front = await got(running, "/")
        text = " ".join(text_of(read(front)).split())
        assert "3 more rooms" in text
        links = [each.get("href") for each in read(front).iter() if each.get("rel") == "next"]
        assert links == ["./live/2", "./communities/2"]


async def test_all_that_is_planned_is_reached_by_links(short: None, tmp_path: Path) -> None:
    async with serving(tmp_path) as running:
        ann, id = await at_home(running, "Ann")
        await ann.do(c.ChangeProfile(page=PUBLIC))
        group = await found(ann, name="Readers")
        for number in range(5):  # at the same time: what is read must not come twice
            await plan(ann, running, title=f"talk{number}", community=group)
        await plan(ann, running, title="talk-for-us", community=group, visibility="community")
        talks = [f"talk{number}" for number in range(5)]
        for path in ("/", f"/c/{group}", f"/p/{id}"):
            assert sorted(await read_through(running, path, "talk")) == talks, path
        assert (await got(running, f"/c/{group}/coming/4"))[0] == 404
        hidden = await found(ann, name="Shy", hidden=True)
        for path in (f"/c/{hidden}/coming/1", f"/c/{hidden}/live/1", "/p/nobody/coming/1"):
            assert (await got(running, path))[2] == (await got(running, "/nothing"))[2]
