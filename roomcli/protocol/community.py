"""Communities: groups of people with rules, roles, and rooms of their own."""

from __future__ import annotations

from typing import Literal

CommunityRole = Literal["owner", "moderator", "member"]
"""What a member of a community is, from the highest to the lowest."""
