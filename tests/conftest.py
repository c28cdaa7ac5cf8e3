"""The fixtures that more than one file of tests uses."""

from .processes import journey
from .pulse import pulse

__all__ = ["journey", "pulse"]
