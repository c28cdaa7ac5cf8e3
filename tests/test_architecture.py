"""Who may import whom, where tests are, and that names and what runs are our own."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import roomcli

from . import ROOT

VAGUE = {"utils", "util", "helpers", "manager", "managers", "common", "misc"}
SOUND = {"numpy", "soxr", "sounddevice", "opuslib", "opuscodec", "roomcli.audio"}
NETWORK = {"trio", "trio_websocket", "roomcli.wire"}
DRAWING = {"textual", "rich", "roomcli.frontends"}
APART: dict[str, set[str]] = {
    "roomcli.protocol": {"asyncio", "socket", "threading", "cryptography", "server", "roomcli.cli"}
    | {"roomcli.engine"}
    | SOUND
    | NETWORK
    | DRAWING,
    "roomcli.wire": {"roomcli.engine", "roomcli.cli", "server"} | SOUND | DRAWING,
    "roomcli.audio": {"msgpack", "roomcli.protocol", "roomcli.engine", "roomcli.cli", "server"}
    | NETWORK
    | DRAWING,
    "roomcli.engine": {"roomcli.cli", "server"} | DRAWING,
    "roomcli.frontends": {"roomcli.engine", "roomcli.cli", "server"} | SOUND | NETWORK,
    "server": {"roomcli.engine", "roomcli.cli"} | SOUND | DRAWING,
    # The command line starts at once: what a command needs it imports when it runs.
    "roomcli.cli.main": {"asyncio", "msgspec", "msgpack", "cryptography", "server"}
    | SOUND
    | NETWORK
    | DRAWING,
}
# Every module of a part, but for its entry points, which run when imported.
IMPORTS = """
import importlib, json, pkgutil, sys
part = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(getattr(part, "__path__", ()), part.__name__ + "."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(json.dumps(sorted(sys.modules)))
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter in the project's root."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def own_files() -> list[Path]:
    """All Python files of the project."""
    folders = [ROOT / name for name in ("roomcli", "server", "tests", "benchmarks")]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def exists(module: str) -> bool:
    """Whether there is such a module, without importing more than its parents."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("part", APART)
def test_each_part_imports_alone_and_without_what_it_may_not_know(part: str) -> None:
    if not exists(part):
        return
    run = python("-c", IMPORTS, part)
    assert run.returncode == 0, run.stderr
    loaded = set(json.loads(run.stdout.splitlines()[-1]))
    assert part in loaded
    assert not loaded & APART[part]


def test_the_import_contracts_hold() -> None:
    run = python(
        "-c",
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(no_cache=True))",
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kept, 0 broken" in run.stdout


def test_the_server_that_is_imported_is_ours() -> None:
    run = python("-c", "import server, roomcli; print(server.__file__); print(roomcli.__file__)")
    assert run.returncode == 0, run.stderr
    folders = [Path(line).resolve().parent.parent for line in run.stdout.splitlines()]
    assert folders == [Path(roomcli.__file__).resolve().parent.parent] * 2


def test_every_module_is_tested_where_its_path_says_or_the_page_says_where() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `(\S+)` \| (.+) \|$", page.partition("## Where a module is tested")[2], re.M
    )
    told = {module: test for test, modules in rows for module in re.findall(r"`(\S+)`", modules)}
    assert len(told) == sum(modules.count("`") // 2 for _, modules in rows), "told twice"
    modules = {str(path.relative_to(ROOT)) for path in own_files() if path.name != "__init__.py"}
    modules = {each for each in modules if each.startswith(("roomcli/", "server/"))}
    alone = {each for each in modules if own_test(each).is_file()}
    assert alone
    assert told.keys() == modules - alone
    for test in told.values():
        assert (ROOT / "tests" / test).is_file(), test


def own_test(module: str) -> Path:
    """Where the tests of a module are by its path."""
    path = Path(module)
    return ROOT / "tests" / path.parent / f"test_{path.name}"


def test_every_folder_of_tests_is_a_package() -> None:
    # Else tests/server would be imported in place of the server.
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert len(folders) > 10
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_every_class_name_stands_for_one_thing() -> None:
    places: dict[str, list[str]] = {}
    for path in own_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert places
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_every_module_is_named_for_what_it_is() -> None:
    names = {part for path in own_files() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert names >= {"protocol", "codec"}
    assert not {name for name in names if VAGUE & set(name.split("_"))}
