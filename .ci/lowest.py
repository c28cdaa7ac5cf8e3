"""Print what pyproject.toml asks for at its lowest versions, as constraints for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(?:\[\w+\])?[=>]=(?P<version>[\w.]+)(?:,[^;]+)?(?P<marker>;.+)?"
)


def lowest(requirement: str) -> str:
    """The requirement with its lower bound as its only version. Raises ValueError without one."""
    found = REQUIREMENT.fullmatch(requirement)
    if found is None:
        raise ValueError(f"pyproject.toml gives no lowest version of {requirement!r}")
    return f"{found['name']}=={found['version']}{found['marker'] or ''}"


def main() -> None:
    """Libraries, and what the tests need besides."""
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    for requirement in project["dependencies"] + project["optional-dependencies"]["test"]:
        print(lowest(requirement))


if __name__ == "__main__":
    main()
