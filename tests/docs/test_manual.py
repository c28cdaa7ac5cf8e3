"""Tests that the manual page is made of the parsers as they are, and comes with the wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from roomcli.cli import exits, main, settings

from .. import ROOT
from . import make_manual


def test_the_page_is_made_of_the_parsers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    page = make_manual.PAGE.read_text("utf-8")
    assert page == make_manual.manual(), "run python -m tests.docs.make_manual"
    for name in main.COMMANDS:
        assert re.search(rf"^\.SS roomcli {name}\b", page, re.MULTILINE), name
    for word in ("config set", "admin bans add", "profile keys add"):
        assert f"roomcli {word}" in page
    assert "\\-\\-server" in page
    assert all(settings.variable(key) in page for key in settings.KEYS)
    assert set(make_manual.EXIT_CODES) == {
        value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)
    }


def test_text_is_never_taken_for_a_request() -> None:
    assert make_manual.escaped(".SH a-b\n'c \\d") == "\\&.SH a\\-b\n\\&'c \\ed"


def test_the_wheel_has_it(tmp_path: Path) -> None:
    # Not all of the project: what is copied has to be packed.
    for name in ("pyproject.toml", "README.md", "LICENSE", "roomcli/version.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "docs").mkdir()
    shutil.copy(make_manual.PAGE, tmp_path / "docs")
    (tmp_path / "roomcli/__init__.py").touch()
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    run = subprocess.run(
        [sys.executable, "-c", build], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    with zipfile.ZipFile(tmp_path / run.stdout.splitlines()[-1]) as wheel:
        (found,) = (name for name in wheel.namelist() if name.endswith("share/man/man1/roomcli.1"))
        assert wheel.read(found) == make_manual.PAGE.read_bytes()
