"""The fixtures that more than one file of tests uses, and the rule that CI leaves nothing out."""

from __future__ import annotations

import os

import pytest

from .processes import journey
from .pulse import pulse

__all__ = ["journey", "pulse"]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed, a test that was skipped has tested nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
