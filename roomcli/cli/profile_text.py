"""A profile as a text to edit: TOML, a line for each field."""

from __future__ import annotations

import tomllib
from typing import Any

from ..errors import UsageError
from ..protocol.profile import MAX_LINKS, Profile


def text_of(profile: Profile, server: str) -> str:
    """Return a profile as a text that a person can change."""
    import tomlkit

    text = tomlkit.document()
    told = f"Your profile on {server}: everybody there can read it, and find you by it."
    text.add(tomlkit.comment(told))
    text.add(tomlkit.comment("Save and close to change it. What is empty is not shown."))
    for field in Profile.__struct_fields__:
        value = getattr(profile, field)
        if field == "links":
            text.add(tomlkit.comment(f"At most {MAX_LINKS} links, each beginning with https://"))
        if field == "page":
            text.add(tomlkit.comment("public: everybody on the web can read it, with your badges."))
        text.add(field, list(value) if isinstance(value, tuple) else value)
    return tomlkit.dumps(text)


def changes_in(text: str, profile: Profile) -> dict[str, Any]:
    """Return the fields that the text changes. A line that is gone changes nothing.

    Raises UsageError for a text that is no profile.
    """
    try:
        fields = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the text is not TOML: {error}") from None
    for field, value in fields.items():
        if field not in Profile.__struct_fields__:
            raise UsageError(f"a profile has no {field!r}")
        if field == "links":
            fields[field] = value = _links(value)
        elif not isinstance(value, str):
            raise UsageError(f'{field} should be text in quotes, like {field} = "…"')
    return {field: value for field, value in fields.items() if value != getattr(profile, field)}


def _links(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError('links should be a list, like links = ["https://example.org"]')
    if len(value) > MAX_LINKS:
        raise UsageError(f"a profile has {MAX_LINKS} links at most; these are {len(value)}")
    return tuple(value)
