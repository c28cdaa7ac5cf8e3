"""Find which module imports which, wherever the import stands in a file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


def read_imports(root: Path, files: Iterable[Path]) -> dict[str, set[str]]:
    """Return every module, named from ``root`` on, with the full names of all that it imports.

    Imports for types only and imports inside functions count. The packages around an imported
    module do not.
    """
    modules = {_module_name(path.relative_to(root)): path for path in files}
    return {name: set(_imports(name, path, modules.keys())) for name, path in modules.items()}


def find_cycle(imports: dict[str, set[str]]) -> list[str]:
    """Find a cycle of imports: each module is imported by the next, and the last is the first.

    Returns an empty list where there is no cycle.
    """
    own = {name: imported & imports.keys() for name, imported in imports.items()}
    try:
        TopologicalSorter(own).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(name: str, path: Path, modules: Iterable[str]) -> Iterator[str]:
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            around = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*(around if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                part = f"{source}.{alias.name}"
                yield part if part in modules else source
