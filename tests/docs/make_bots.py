"""Write the tables of all commands and events into docs/bots.md.

``python -m tests.docs.make_bots``.

They are made of the structs from which the engine reads and writes JSON lines, and of what these
say of themselves; a test holds the page against them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import get_args

from msgspec import inspect

from roomcli.protocol import events as e
from roomcli.protocol.local import ChannelCommand, LocalEvent

from .. import ROOT

PAGE = ROOT / "docs" / "bots.md"
BEGIN, END = "<!-- messages: begin -->", "<!-- messages: end -->"
COMMANDS: tuple[type, ...] = get_args(ChannelCommand)
ENGINES_OWN = (e.Challenge, e.KnockAnswered, e.OtherServers)
"""Events that the engine answers itself, and that no script sees."""
EVENTS: tuple[type, ...] = tuple(
    each for each in get_args(e.ServerMessage | LocalEvent) if each not in ENGINES_OWN
)
WITHHELD = {(e.Joined, "udp")}
"""Fields that the engine keeps to itself."""
MOST = 10**6
"""A limit above this one is the codec's, and no rule that anybody meets."""


def tables() -> str:
    """Return all commands, events and what is in them as Markdown."""
    records = _records((*COMMANDS, *EVENTS))
    parts = [
        *("### Commands", *_families(COMMANDS, "command")),
        *("### Events", *_families(EVENTS, "event")),
        *("### What is in them", _table("object", sorted(records, key=_name))),
    ]
    return "\n\n".join(parts)


def page_with(rendered: str, page: str) -> str:
    """Return the page with these tables between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rendered}\n{END}{after}"


def _families(structs: Iterable[type], what: str) -> Iterator[str]:
    """Yield the modules in which these are, by what each says of itself, and a table of each."""
    modules: dict[str, list[type]] = {}
    for each in structs:
        modules.setdefault(each.__module__, []).append(each)
    for module, those in modules.items():
        about = _first_paragraph(sys.modules[module].__doc__)
        yield re.sub(r"^(Commands|Events) ", lambda begin: f"**{begin[1]}** ", about)
        yield _table(what, those)


def _table(what: str, structs: Iterable[type]) -> str:
    rows = [[what, "fields", ""], ["---"] * 3]
    rows += [
        [_name(each), ", ".join(_fields(each)), _first_paragraph(each.__doc__)] for each in structs
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _name(struct: type) -> str:
    tag = _type_info(struct).tag
    return f"`{tag}`" if tag else struct.__name__


def _fields(struct: type) -> Iterator[str]:
    for field in _type_info(struct).fields:
        if (struct, field.name) in WITHHELD or (field.name == "ref" and struct in COMMANDS):
            continue
        yield f"`{field.name}` {_kind(field.type)}{_default(field)}"


def _default(field: inspect.Field) -> str:
    """Return what stands for a field that is left out; of an object, that all of it may be."""
    if field.required or field.default is None:
        return ""
    is_object = isinstance(field.type, inspect.DictType | inspect.StructType)
    return f" = {'{}' if is_object else json.dumps(field.default, ensure_ascii=False)}"


def _kind(kind: inspect.Type) -> str:
    match kind:
        case inspect.StructType(cls=struct):
            return struct.__name__
        case inspect.LiteralType(values=values):
            return f"({', '.join(f'`{each}`' for each in values)})"
        case inspect.UnionType(types=types):
            return " or ".join(map(_kind, types))
        case inspect.VarTupleType(item_type=item, max_length=most):
            return f"[{_kind(item)}]" + ("" if most is None else f" up to {most:,}")
        case inspect.TupleType(item_types=items):
            return f"[{', '.join(map(_kind, items))}]"
        case inspect.DictType(key_type=key, value_type=value):
            return f"{{{_kind(key)}: {_kind(value)}}}"
        case inspect.StrType(max_length=most):
            return "text" + ("" if most is None else f" up to {most:,}")
        case inspect.IntType(ge=least, le=most):
            return "int" + _limits(least, most)
        case inspect.FloatType(ge=least, le=most):
            return "number" + _limits(least, most)
        case inspect.BoolType():
            return "bool"
        case inspect.NoneType():
            return "null"
        case inspect.BytesType():
            return "Base64"
        case inspect.AnyType():
            return "anything"
    raise TypeError(f"no words for {kind}")


def _limits(least: float | None, most: float | None) -> str:
    return "" if most is None or most > MOST else f" {least or 0:,} to {most:,}"


def _records(structs: Iterable[type]) -> set[type]:
    """Return all objects of ours within these, and within each other."""
    found: set[type] = set()

    def look(kind: object) -> None:
        if isinstance(kind, inspect.StructType) and kind.cls not in found:
            found.add(kind.cls)
            look(_type_info(kind.cls).fields)
        elif isinstance(kind, inspect.Type):
            names = ("types", "item_type", "item_types", "key_type", "value_type")
            look(tuple(getattr(kind, name, None) for name in names))
        elif isinstance(kind, inspect.Field):
            look(kind.type)
        elif isinstance(kind, tuple):
            for each in kind:
                look(each)

    for struct in structs:
        look(tuple(f for f in _type_info(struct).fields if (struct, f.name) not in WITHHELD))
    return found


def _first_paragraph(text: str | None) -> str:
    told = " ".join((text or "").partition("\n\n")[0].split())
    told = re.sub(r":\w+:`~?[\w.]*?(\w+)`", r"`\1`", told.replace("``", "`"))
    return re.sub(r"\bNone\b", "null", told).replace("|", "\\|")


def _type_info(struct: type) -> inspect.StructType:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return info


def main() -> None:
    """Write the tables into the page."""
    PAGE.write_text(page_with(tables(), PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
