"""What all commands have in common."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ..people import Key as Key
from ..tags import snake_case

Id = Annotated[str, Meta(min_length=1, max_length=32)]
ShortText = Annotated[str, Meta(max_length=200)]
Ref = Annotated[int, Meta(ge=0, lt=2**53)]


class Command(Struct, frozen=True, kw_only=True, tag_field="command", tag=snake_case):
    """Base of all commands. The server's ``done`` or ``refused`` repeats the ``ref``, if any."""

    ref: Ref | None = None


def command_name(command: Command) -> str:
    """Return the name of a command on the wire."""
    return str(command.__struct_config__.tag)
