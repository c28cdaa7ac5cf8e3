"""Fixtures: the same tests for each kind of store."""

from __future__ import annotations

from pathlib import Path

import pytest

from ....support.kinds_of_store import KINDS, KindOfStore


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> KindOfStore:
    """Return an empty store of each kind, which may be opened again and again."""
    made: KindOfStore = KINDS[request.param](tmp_path, request.getfixturevalue)
    return made
