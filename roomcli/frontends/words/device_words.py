"""Sentences about one's own microphone and speakers."""

from __future__ import annotations

from ...protocol import local

SYSTEM = "the system's default"
DEFAULT = "default"
"""How the system's default is chosen."""
NO_DEVICE = "none"
"""The name of a device that gives or takes no sound."""


def chosen_line(chosen: local.DeviceChosen) -> str:
    """Return what is said when another device was chosen."""
    what = "Microphone" if chosen.kind == "microphone" else "Speakers"
    name = SYSTEM if chosen.device == DEFAULT else chosen.device
    return f"{what} from now on: {name}"


def devices_line(listed: local.DeviceList) -> str:
    """Return which devices there are."""
    return (
        f"Microphones: {_names(listed.microphones)}. Speakers: {_names(listed.speakers)}. "
        "/choose_microphone and /choose_speakers take a name, or default"
    )


def microphone_lack(used: local.Device | None, *, on_stage: bool) -> str:
    """Return why no microphone is in use; ``used`` is the one that the engine told of last."""
    if not on_stage:
        return "it is opened when you are on stage"
    if used is not None and used.problem:
        return used.problem
    if used is not None and used.name == NO_DEVICE:
        return "it is set to none; choose one on the page of your devices"
    return "it is being opened"


def status_line(status: local.DeviceStatus | None, used: local.Device | None) -> str:
    """Return what is wrong with a device, else what it adds to the delay, and how it fared."""
    if used is not None and used.problem:
        return used.problem
    if used is None or status is None:
        return ""
    parts = [used.name]
    if status.buffer_ms is not None:
        parts.append(f"{status.buffer_ms:.0f} ms buffered")
    parts.append(
        f"{status.latency_ms:.0f} ms until heard"
        if status.kind == "speaker"
        else f"{status.latency_ms:.0f} ms since spoken"
    )
    if status.failures:
        times = "once" if status.failures == 1 else f"{status.failures} times"
        parts.append(f"failed {times}: {status.last_failure}")
    return " · ".join(parts)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none"
