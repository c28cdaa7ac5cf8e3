"""The colour of each person's name, the same on stage, in the audience and in Talk, every day.

It follows from the person's key; a theme says how the colour looks, so that it can be read. It
helps the eye and proves nothing: many people share a colour. Pure.
"""

from __future__ import annotations

from zlib import crc32

from ...protocol.people import Person

HUES = 12
"""Number of colours for names; a theme has them under the names ``hue-0`` to ``hue-11``."""


def hue(person: Person) -> str:
    """Return the style of a person's name."""
    return f"$hue-{crc32((person.key or person.id).encode()) % HUES}"
