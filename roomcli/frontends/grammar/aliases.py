"""Shorter names of commands, for typing.

Imports nothing: a key of a window manager must not wait.
"""

from __future__ import annotations

ALIASES = {
    "raise": "raise_hand",
    "lower": "lower_hand",
    "mute toggle": "toggle_microphone",
    "ptt": "push_to_talk",
    "mic": "choose_microphone",
    "speaker": "choose_speakers",
    "devices": "list_devices",
    "sound": "change_sound",
    "play": "play_sound",
    "stop": "stop_playing",
    "accept_invite": "accept_stage_invitation",
    "decline_invite": "decline_stage_invitation",
    "make_invite": "make_room_invite",
    "list_invites": "list_room_invites",
    "revoke_invite": "revoke_room_invite",
    "volume": "set_volume",
    "quality": "show_quality",
    "claim_sign_on": "sign_on_by_browser",
}
"""The names of commands by what may be typed in their place, one word or two."""


def split_name(line: str) -> tuple[str, str]:
    """Return the name of the command that begins a line without its slash, and what follows it."""
    name, _, rest = line.partition(" ")
    second, _, after = rest.lstrip().partition(" ")
    if f"{name} {second}" in ALIASES:
        return ALIASES[f"{name} {second}"], after
    return ALIASES.get(name, name), rest
