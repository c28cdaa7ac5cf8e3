"""Checks for a single emoji, by the grammar of Unicode's emoji sequences (UTS #51, 1.4.9).

The grammar allows more than the fonts of any one year can show, and stays right for new emoji. The
ranges are those of the blocks with emoji.
"""

from __future__ import annotations

import re

MAX_CODE_POINTS = 12
"""The most code points of an emoji; a family of four with skin tones has eleven."""

_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP = "[0-9#*]\ufe0f\u20e3"
_BASE = (
    "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf"
    "\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\u00a9\u00ae\U0001f004-\U0001f1e5"
    "\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_MODIFIER = "(?:[\U0001f3fb-\U0001f3ff]|\ufe0f)?"
_ELEMENT = f"(?:{_FLAG}|{_BASE}{_MODIFIER})"
_EMOJI = f"{_KEYCAP}|{_ELEMENT}(?:\u200d{_ELEMENT})*"
"""Compiled when it is first needed, which is after the start."""


def is_emoji(text: str) -> bool:
    """Whether ``text`` is a single emoji and nothing else."""
    return len(text) <= MAX_CODE_POINTS and re.fullmatch(_EMOJI, text) is not None
