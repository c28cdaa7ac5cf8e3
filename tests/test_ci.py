"""Tests that what CI, commit hooks and CONTRIBUTING.md run exists and is what the tests run."""

from __future__ import annotations

import re
from pathlib import Path

from . import ROOT
from .__main__ import BIN, CHECKS
from .docs.test_documents import lines
from .test_requirements import PROJECT

RUN = (ROOT / ".ci/run").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
LOWEST_PYTHON = PROJECT["requires-python"].removeprefix(">=")


def missing(text: str) -> set[str]:
    """Return the test paths and programs that a text names and that do not exist."""
    paths = set(re.findall(r"(?<![\w./])tests/[\w./]*\w", text))
    programs = set(re.findall(r"\.venv/bin/([\w-]+)", text))
    assert paths | programs
    return {path for path in paths if not (ROOT / path).exists()} | {
        program for program in programs if not (BIN / program).exists()
    }


def test_the_paths_and_programs_that_are_told_are_there() -> None:
    for text in (RUN, HOOKS, "\n".join(lines(CONTRIBUTING))):
        assert missing(text) == set()
    assert missing(".venv/bin/nothing tests/nothing.py") == {"nothing", "tests/nothing.py"}


def test_a_commit_is_checked_by_what_the_tests_begin_with() -> None:
    own = [f" {' '.join((Path(program).name, *words))} " for program, *words in CHECKS]
    hooks = re.findall(r"^ +entry: \.venv/bin/(.+)$", HOOKS, re.MULTILINE)
    assert len(hooks) == HOOKS.count("- id: ") == 3
    for hook in hooks:
        told = " ".join(word for word in hook.split() if not word.startswith("--"))
        assert any(f" {told} " in check for check in own), (told, own)


def test_a_forge_runs_what_everybody_runs_with_the_oldest_python() -> None:
    assert re.search(r"^ +- run: bash \.ci/run$", WORKFLOW, re.MULTILINE)
    assert f'python-version: "{LOWEST_PYTHON}"' in WORKFLOW
    assert f"python{LOWEST_PYTHON})" in RUN


def test_ci_takes_the_test_line_of_the_readme_with_the_versions_that_are_kept() -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("\n## Test it\n")[2]
    (line,) = re.findall(r"^```sh\n(.*?)\n```$", section.partition("\n## ")[0], re.M | re.S)
    assert "\n" not in line
    assert "--constraint constraints.txt" in line
    assert line.endswith(" -m tests")
