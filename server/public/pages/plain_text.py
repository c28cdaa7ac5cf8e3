"""Text that HTML and XML can hold."""

from __future__ import annotations

import re

_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def without_controls(text: str) -> str:
    """Return a text with a mark in place of what HTML and XML have no way to write."""
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)
