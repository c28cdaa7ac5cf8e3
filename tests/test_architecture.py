"""Tests of who may import whom, where tests are, and that names and processes are our own."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import roomcli

from . import ROOT
from .support.imports import find_cycle, read_imports

VAGUE = {"utils", "util", "helpers", "manager", "managers", "common", "misc"}
SOUND_LIBRARIES = {
    "numpy",
    "soxr",
    "soundfile",
    "sounddevice",
    "opuslib",
    "opuslib_next",
    "opuscodec",
    "pywebrtc_audio",
}
SOUND = SOUND_LIBRARIES | {"roomcli.audio"}
NETWORK = {"trio", "trio_websocket", "wsproto", "roomcli.wire"}
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
    "roomcli.demo": {"roomcli.cli", "server"} | DRAWING,
    "roomcli.load": {"roomcli.engine", "roomcli.cli", "server"} | (SOUND - {"numpy"}) | DRAWING,
    # What renders pages and figures takes long to import: that is done when the first is asked for.
    "server": {"roomcli.engine", "roomcli.demo", "roomcli.cli", "jinja2", "prometheus_client"}
    | {"trio_websocket"}
    | SOUND
    | DRAWING,
    # What joins several servers is not for a single one.
    "server.service": {"server.cluster", "server.nodes", "coredis", "anyio"},
    # The command line starts at once: what a command needs it imports when it runs.
    "roomcli.cli.main": {"asyncio", "msgspec", "msgpack", "cryptography", "tomlkit", "server"}
    | SOUND
    | NETWORK
    | DRAWING,
    "roomcli.cli.settings_file": {"tomlkit"},
    "roomcli.cli.tables": {"rich"},
    "roomcli.frontends.plain.home_program": {"prompt_toolkit", "textual"},
}
# The libraries that a part may import; each may import the standard library.
LIBRARIES: dict[str, set[str]] = {
    "roomcli.protocol": {"msgpack", "msgspec"},
    "roomcli.wire": {"trio", "trio_websocket", "wsproto", "h11", "cryptography"},
    "roomcli.audio": SOUND_LIBRARIES,
    "roomcli.frontends": {"msgspec", "textual", "rich", "prompt_toolkit"},
    "roomcli.load": {"numpy", "cryptography", "trio"},
    "roomcli.errors": set(),
    "roomcli.files": set(),
    "roomcli.folders": set(),
    "roomcli.frame_stack": set(),
    "roomcli.loading": set(),
    "roomcli.signals": set(),
    "roomcli.version": set(),
    "server": {"trio", "h11", "msgspec", "cryptography", "confusable_homoglyphs"}
    | {"joserfc"}
    | {"dateutil", "icalendar"}
    | {"jinja2", "prometheus_client", "psycopg"}
    | {"coredis"},
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
    """Return all Python files of the project."""
    folders = [ROOT / name for name in ("roomcli", "server", "tests", "benchmarks")]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def own_imports() -> dict[str, set[str]]:
    """Return what each module of the project imports."""
    return read_imports(ROOT, own_files())


def exists(module: str) -> bool:
    """Whether a module exists, importing no more than its parents."""
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


@pytest.mark.parametrize("part", LIBRARIES)
def test_each_part_imports_no_library_but_its_own(part: str) -> None:
    imports = own_imports()
    modules = [name for name in imports if name == part or name.startswith(f"{part}.")]
    assert modules
    libraries = {each.partition(".")[0] for name in modules for each in imports[name]}
    assert libraries - sys.stdlib_module_names - {"roomcli", "server"} <= LIBRARIES[part]


@pytest.mark.parametrize(
    ("kind", "library", "asks"),
    [
        (
            "server.store.sqlite",
            "sqlite3",
            {
                *("server.store_choice", "server.moving"),
                *("server.backup.making", "server.backup.restoring"),
            },
        ),
        ("server.store.postgres", "psycopg", {"server.store_choice"}),
    ],
)
def test_nothing_but_its_own_folder_knows_which_database_the_store_is_in(
    kind: str, library: str, asks: set[str]
) -> None:
    # Tests may: they damage a database, or hold it.
    imports = {
        name: found
        for name, found in own_imports().items()
        if name.partition(".")[0] in {"roomcli", "server"}
    }
    knows = {
        name
        for name, found in imports.items()
        if any(f"{each}.".startswith(f"{library}.") for each in found)
    }
    assert f"{kind}.engine" in knows
    assert {name for name in knows if not f"{name}.".startswith(f"{kind}.")} == set()
    assert asks == {
        name
        for name, found in imports.items()
        if not f"{name}.".startswith(f"{kind}.")
        and any(f"{each}.".startswith(f"{kind}.") for each in found)
    }


def test_nothing_outside_the_rooms_reads_the_state_of_one() -> None:
    reads, imports = {}, own_imports()
    for path in own_files():
        place = str(path.relative_to(ROOT))
        tree = ast.parse(path.read_text("utf-8"))
        reads[place] = any(
            isinstance(n, ast.Attribute) and n.attr == "state" for n in ast.walk(tree)
        )
    inside = "server/rooms/"
    assert reads["server/rooms/room.py"]
    server = [place for place in reads if place.startswith("server/")]
    assert [place for place in server if reads[place] and not place.startswith(inside)] == []
    knows = {name for name, found in imports.items() if "server.rooms.rules.state" in found}
    known = [name for name in knows if name.startswith("server.")]
    assert [name for name in known if not name.startswith("server.rooms.")] == []


def test_no_module_imports_one_that_imports_it() -> None:
    imports = own_imports()
    assert "roomcli.protocol.view" in imports["roomcli.protocol.events.own"]
    assert find_cycle(imports) == []


@pytest.mark.parametrize(
    "imports",
    [
        {"a": "from .b import B", "b": "from .a import A"},
        {"a": "from . import b", "b": "def late():\n    import part.a"},
        {"a": "from part.b import B", "b": "if TYPE_CHECKING:\n    from .a import A"},
        {"a": "from .b import B", "b": "from .c import C", "c": "import part.a as a"},
        {"__init__": "from .a import A", "a": "from . import NAME"},
    ],
)
def test_a_cycle_of_imports_is_found_wherever_they_stand(
    tmp_path: Path, imports: dict[str, str]
) -> None:
    (tmp_path / "part").mkdir()
    for name, text in {"__init__": "NAME = 1", "apart": "from . import a", **imports}.items():
        (tmp_path / "part" / f"{name}.py").write_text(text)
    cycle = find_cycle(read_imports(tmp_path, (tmp_path / "part").iterdir()))
    names = {"part" if name == "__init__" else f"part.{name}" for name in imports}
    assert set(cycle) == names
    assert cycle[0] == cycle[-1]


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
    """Return the path of the tests that belong to a module."""
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
