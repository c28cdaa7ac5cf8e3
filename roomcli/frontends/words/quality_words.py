"""How well voice goes, in words: for the page, for plain lines, and for a report of a fault.

Pure.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from ...protocol import events as e
from ...protocol.health import MicrophoneHealth, SpeakersHealth, Stats, VoiceHealth, VoiceWay
from ...protocol.people import HearerInTrouble, Person
from ...protocol.view import RoomView
from ...version import VERSION
from .measures import quality
from .names import written

Fact = tuple[str, str]
"""What it is about, and how it is."""
BUILD = f"roomcli {VERSION} on {sys.platform}"
NOTHING_YET = "nobody was heard yet"


def quality_facts(
    stats: Stats, heard_by: e.HeardBy | None, view: RoomView | None
) -> Iterator[Fact]:
    """Yield how connection, devices and voices are, and who hears the user."""
    yield "connection", _connection_words(stats.rtt_ms)
    yield "voice goes", way_words(stats.uplink, stats.downlink)
    yield "microphone", _microphone(stats.microphone)
    yield "speakers", _speakers(stats.speaker)
    if heard_by is not None:
        yield "heard by", hearing_words(heard_by)
        troubles = trouble_words(heard_by, lambda person: written(person, view))
        yield from (("trouble", words) for words in troubles)
    for id, voice in stats.voices.items():
        person = view.person(id) if view is not None else None
        yield written(person, view) if person is not None else "somebody", _voice(voice)
    if not stats.voices:
        yield "voices", NOTHING_YET


def hearing_words(told: e.HeardBy) -> str:
    """Return how many hear the user, and how late: ``41 of 44 hear you, worst 180 ms``."""
    if not told.listeners:
        return "nobody else is here"
    if not told.hearing:
        return f"none of {told.listeners} hears you"
    count = f"{told.hearing} of {told.listeners}"
    if told.hearing == told.listeners:
        count = f"all {told.listeners}" if told.listeners > 1 else "1 listener"
    verb = "hears" if told.hearing == 1 and count[0] == "1" else "hear"
    return f"{count} {verb} you, worst {_ms(told.worst_ms)}"


def trouble_words(told: e.HeardBy, name_of: Callable[[Person], str]) -> Iterator[str]:
    """Yield who does not hear the user well, and why; of many only the first."""
    for each in told.trouble:
        person = told.people.get(each.person)
        yield f"{name_of(person) if person is not None else 'Somebody'} {_trouble(each)}"
    if more := told.troubled - len(told.trouble):
        yield f"{more} more"


def _trouble(each: HearerInTrouble) -> str:
    match each.why:
        case "behind":
            return "misses words, on a slow connection"
        case "late":
            return f"hears you {_ms(each.delay_ms)} late"
        case "deaf":
            return "plays no sound"


def _connection_words(rtt_ms: float | None) -> str:
    if rtt_ms is None:
        return "not measured at the moment"
    return f"{quality(rtt_ms)}, round trip {_ms(rtt_ms)}"


def way_words(uplink: VoiceWay, downlink: VoiceWay) -> str:
    """Return by which way voice goes in both directions, and how much of it gets lost there."""
    up, down = uplink.by.upper(), downlink.by.upper()
    facts = [f"by {up}" if up == down else f"yours by {up}, the others' by {down}"]
    if uplink.lost_percent:
        facts.append(f"{uplink.lost_percent:.1f}% of yours lost")
    if uplink.repeated:
        facts.append("repeated")
    if downlink.lost_percent:
        facts.append(f"{downlink.lost_percent:.1f}% of theirs lost")
    return ", ".join(facts)


def _microphone(own: MicrophoneHealth | None) -> str:
    if own is None:
        return "not in use"
    facts = [f"{own.name}, delay {_ms(own.latency_ms)}"]
    facts.append(f"sent at {own.kbps:.0f} kb/s" if own.frames else "nothing sent lately")
    if own.unsent:
        facts.append(f"{own.unsent} frames not sent, the way was blocked")
    if own.lost_ms:
        facts.append(f"{_ms(own.lost_ms)} lost, this machine was too slow")
    return ", ".join(facts)


def _speakers(played: SpeakersHealth | None) -> str:
    if played is None:
        return "not in use"
    ready = f"{_ms(played.cushion_ms)} kept ready"
    facts = [f"{played.name}, delay {_ms(played.latency_ms)}, {ready}"]
    if played.missing_ms:
        facts.append(f"{_ms(played.missing_ms)} came too late")
    if played.gaps:
        facts.append(f"the sound broke off {_times(played.gaps)}")
    if played.stalls:
        facts.append(f"this machine stood still {_times(played.stalls)}")
    return ", ".join(facts)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _voice(voice: VoiceHealth) -> str:
    buffered = f"jitter buffer {_ms(voice.delay_ms)}"
    facts = [f"{_ms(voice.to_ear_ms)} to your ear", buffered]
    if not voice.frames:
        return ", ".join([*facts, "silent lately"])
    facts.append(f"{loss(voice):.1f}% lost" if voice.lost else "none lost")
    if voice.concealed_ms:
        facts.append(f"{_ms(voice.concealed_ms)} made up")
    if voice.late:
        facts.append(f"{voice.late} late")
    if voice.broken:
        facts.append(f"{voice.broken} broken")
    if voice.hurried_ms:
        facts.append(f"{_ms(voice.hurried_ms)} caught up")
    return ", ".join([*facts, f"{voice.codec} {voice.kbps:.0f} kb/s"])


def loss(voice: VoiceHealth) -> float:
    """Return how many of a hundred frames did not come."""
    sent = voice.frames + voice.lost
    return 100 * voice.lost / sent if sent else 0.0


def report_line(stats: Stats, build: str = BUILD) -> str:
    """Return all figures in one line, to be pasted into a report of a fault.

    Nobody is named in it. ``build`` says which program runs on which system.
    """
    parts = [build, f"rtt {_number(stats.rtt_ms)}, {way_words(stats.uplink, stats.downlink)}"]
    if (own := stats.microphone) is not None:
        parts.append(
            f"mic {own.name!r} {own.latency_ms:g} ms, {own.frames} sent, {own.unsent} unsent, "
            f"{own.lost_ms} ms lost, {own.kbps:g} kb/s"
        )
    if (played := stats.speaker) is not None:
        parts.append(
            f"speakers {played.name!r} {played.latency_ms:g} ms, {played.cushion_ms:g} ms ready, "
            f"{played.missing_ms} ms missing, {played.gaps} gaps, {played.stalls} stalls"
        )
    for number, voice in enumerate(stats.voices.values(), 1):
        parts.append(
            f"voice {number}: {voice.to_ear_ms:g} ms to ear, buffer {voice.delay_ms:g} of "
            f"{voice.target_ms:g} ms, {voice.frames} came, {voice.lost} lost, {voice.late} late, "
            f"{voice.broken} broken, {voice.concealed_ms} ms made up, {voice.hurried_ms} ms "
            f"hurried, {voice.stretched_ms} ms stretched, {voice.codec} {voice.frame_ms:g} ms "
            f"{voice.kbps:g} kb/s"
        )
    return "; ".join(parts)


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms"


def _number(milliseconds: float | None) -> str:
    return "unknown" if milliseconds is None else f"{milliseconds:g} ms"
