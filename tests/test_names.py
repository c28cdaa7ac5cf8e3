"""Tests that a name stands for one thing, for a search to find it, and that docstrings say some."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from . import ROOT

MOST_JOBS = 3
"""Different things that functions of one name may do."""
TERMS = {
    "main": "what a program begins with",
    "run": "do what one is for until it is over; the command of a module",
    "_run": "the same, within a class or a module",
    "make_parser": "return the parser of a command",
    "push": "take in the next of a stream of sound or packets",
    "process": "return the next block of sound after what is done to it",
    "close": "end for good, and give back what is held",
    "encode": "turn into bytes",
    "evolve": "the state after what happened",
    "receive": "take in the next event or message",
    "remove": "take out of a collection",
    "forget": "keep nothing more of somebody or something",
    "enter": "come, or let somebody come, into a room",
    "leave": "leave the room",
    "decide": "return what follows from a command, or refuse it",
    "judge": "raise if something is not allowed, or say whether it is",
    "answer": "return, or take note of, what comes of a question",
    "hear": "take in an event, or the answer to what was asked",
    "obey": "carry out what a person or a frontend commands",
    "wait": "let others go first until it is time, or there is something to do",
    "of_room": "return what is kept of one room",
    "_follow": "keep up with the events of an engine or a room",
    "save": "write down what is to outlast the process",
    "forget_old": "delete what has been kept for long enough",
    "seconds_until": "how long until something is allowed",
    "sync": "show the model as it is now",
    "check_action": "Textual: whether an action is possible now",
    "compose": "Textual: yield the parts of a widget",
    "render": "Textual: return what a widget shows",
}
"""Names with one meaning wherever they stand."""
TEXTUAL = ("on_", "action_")
"""How the names begin by which Textual calls a method."""
SAYS_NOTHING = {"return", "yield", "show", "answer", "number", "get", "set", "do", "test"}
"""First words of a docstring that says no more than the name, if hardly anything follows."""

Class = tuple[list[str], set[str]]
"""The names of a class's bases, and of its methods."""


def parse_all(*folders: str) -> dict[str, ast.Module]:
    """Return the syntax tree of every Python file in these folders, by its path."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): parse(path) for path in paths}


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


def count_jobs(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Return who defines a function of each name, of those that do different things.

    A method that a class has from a base, or that a protocol asks of it, is one job with theirs.
    """
    classes: dict[str, Class] = {}
    jobs: dict[str, set[str]] = {}
    for path, tree in trees.items():
        for function in functions_in(tree.body):
            jobs.setdefault(function.name, set()).add(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(each).partition("[")[0].split(".")[-1] for each in node.bases]
                classes[node.name] = bases, {each.name for each in functions_in(node.body)}
    protocols = [name for name, (bases, _) in classes.items() if "Protocol" in bases]
    for name, (_, methods) in classes.items():
        above = list(ancestors(name, classes))
        all_of_it = methods.union(*(classes[each][1] for each in above))
        above += [each for each in protocols if classes[each][1] <= all_of_it]
        for method in methods:
            (*_, owner) = [name, *(each for each in above if method in classes[each][1])]
            jobs.setdefault(method, set()).add(owner)
    return jobs


def functions_in(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions that a body defines; properties are no functions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = " ".join(map(ast.unparse, node.decorator_list))
            if "property" not in marks and ".setter" not in marks:
                yield node


def ancestors(name: str, classes: dict[str, Class]) -> Iterator[str]:
    """Yield the bases of a class that are classes of ours, and theirs."""
    for base in classes[name][0]:
        if base in classes:
            yield base
            yield from ancestors(base, classes)


def test_no_name_of_a_function_stands_for_more_than_three_things() -> None:
    jobs = count_jobs(parse_all("roomcli", "server"))
    many = {
        name: sorted(owners)
        for name, owners in jobs.items()
        if len(owners) > MOST_JOBS and not name.startswith(("__", *TEXTUAL))
    }
    assert {name: owners for name, owners in many.items() if name not in TERMS} == {}
    assert TERMS.keys() <= many.keys(), "a term that is not needed"


def test_what_an_interface_asks_for_counts_once() -> None:
    tree = ast.parse(
        "class Device(Protocol):\n def take(self): ...\n"
        "class Card:\n def take(self): ...\n def other(self): ...\n"
        "class Better(Card):\n def take(self): ...\n"
        "class Till:\n def take(self): ...\n"
        "class Two(Protocol):\n def take(self): ...\n def give(self): ...\n"
        "def take(): ...\n"
    )
    assert count_jobs({"a.py": tree})["take"] == {"a.py", "Device", "Two"}
    tree = ast.parse(ast.unparse(tree).replace("class Device(Protocol)", "class Device"))
    assert count_jobs({"a.py": tree})["take"] == {"a.py", "Device", "Card", "Till", "Two"}


def test_no_docstring_says_nothing() -> None:
    empty = []
    for path, tree in parse_all("roomcli", "server", "benchmarks", "tests").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                said = (ast.get_docstring(node) or "").casefold().strip(".").split()
                name = node.name.casefold().strip("_").split("_")
                if said and len(said) <= 3 and (said[0] in SAYS_NOTHING or said == name):
                    empty.append(f"{path}: {node.name}")
    assert empty == []


def test_the_files_are_read() -> None:
    assert str(Path("roomcli") / "protocol" / "codec.py") in parse_all("roomcli")
