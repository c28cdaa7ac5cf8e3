"""A text field of one line, of which a letter paints that line and nothing else."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input


class TypedLine(Input):
    """A field whose width is that of its place, whatever is typed.

    Textual arranges the whole screen anew when a text becomes longer, for fields that grow with it.
    """

    virtual_size = Reactive(Size(0, 0))
