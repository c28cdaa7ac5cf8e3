"""Fixtures: an empty database in a PostgreSQL that really runs."""

from __future__ import annotations

import pytest

from ....support.postgres import Postgres


@pytest.fixture
def url(postgres: Postgres) -> str:
    """Return the URL of an empty database."""
    return postgres.new_database()
