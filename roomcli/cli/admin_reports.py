"""``roomcli admin reports``: read, hear and resolve what people reported."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from roomcli.errors import AudioError
from server.store.reports import Evidence, FiledReport

from ..engine.other_device import BY_OPTION
from ..folders import name_of_account
from ..protocol.people import Person
from ..protocol.text import cleaned
from . import settings
from .admin_line import ask_admin
from .admin_servers import ask_all, tell_json, tell_table, the_server_with
from .tables import moment, print_lines

if TYPE_CHECKING:
    from .evidence import Turn

MAX_TEXT = 1000


def tell_all(options: argparse.Namespace) -> None:
    """Print a table of reports, the latest first."""
    told = ask_all(options.data, "reports", "all=1" if options.all else "")
    if options.json:
        return tell_json("reports", told)
    titles = ("REPORT", "WHEN", "ROOM", "WHO", "REASON", "STATE", "NOTE")
    tell_table(
        told, FiledReport, titles, _report_row, "no reports" if options.all else "no open reports"
    )
    bare = [each for _, each in told if each.get("without_evidence") and not each.get("resolution")]
    if bare:
        count = "1 of these is" if len(bare) == 1 else f"{len(bare)} of these are"
        print(f"{count} without voice and chat: more was reported than is kept")


def tell_one(options: argparse.Namespace) -> None:
    """Print everything about one report except its voice."""
    line = f"GET /reports/{options.id}"
    folder = the_server_with(options.data, line)
    if options.json:
        return print(json.dumps(ask_admin(folder, dict[str, Any], line)))
    print_lines(_page(ask_admin(folder, FiledReport, line)))


def play(options: argparse.Namespace) -> None:
    """Print who spoke when in the minute before a report, and play or save the voice."""
    line = f"GET /reports/{options.id}"
    report = ask_admin(the_server_with(options.data, line), FiledReport, line)
    frames = report.evidence.frames if report.evidence else []
    if report.evidence is None or not frames:
        return print("there is nothing to hear: nobody spoke, or it is no longer kept")
    try:
        from . import evidence
    except ImportError as error:
        raise AudioError(
            f"no sound on this machine ({error}): `reports show {options.id} --json` has the voice"
        ) from None
    voice = evidence.ReportedVoice(frames)
    sound = voice.mixed()
    print_lines(_heard(report.evidence, voice.turns()))
    if options.output is None:
        try:
            evidence.play(sound, settings.load({"speaker": options.speaker}).speaker)
        except AudioError as error:
            raise AudioError(f"{error}; {BY_OPTION['speaker']}") from None
    else:
        evidence.write_wav(sound, options.output)
        print(f"written to {options.output}")


def resolve(options: argparse.Namespace) -> None:
    """Mark a report as resolved, with a note on what came of it."""
    said = {"note": " ".join(options.note), "by": name_of_account(os.getuid())}
    folder = the_server_with(options.data, f"GET /reports/{options.id}")
    ask_admin(folder, dict[str, str], f"POST /reports/{options.id}/resolve", said)
    print(f"report {options.id} is resolved; its voice and chat are kept for 30 more days")


def _report_row(report: FiledReport) -> tuple[object, ...]:
    state, who = "resolved" if report.resolution else "open", report.reported.name
    when = moment(report.at)
    return (report.id, when, report.room, who, report.reason, state, report.note)


def _page(report: FiledReport) -> Iterator[str]:
    resolution, evidence = report.resolution, report.evidence
    yield f"report {report.id}, {'resolved' if resolution else 'open'}"
    room = f"{_text(report.room)}, open since {moment(report.opened_at)}"
    yield f"  made      {moment(report.at)} in {room}"
    yield f"  against   {_person(report.reported)}"
    yield f"  by        {_person(report.reporter)}"
    yield f"  reason    {_text(report.reason)}{': ' if report.note else ''}{_text(report.note)}"
    if report.settings.topic:
        yield f"  topic     {_text(report.settings.topic)}"
    stage = ", ".join(f"{_text(each.person.full_name)} ({each.role})" for each in report.stage)
    yield f"  on stage  {stage or 'nobody'}; {report.audience} listening"
    if resolution is not None:
        note = f": {_text(resolution.note)}" if resolution.note else ""
        yield f"  resolved  {moment(resolution.at)} by {_text(resolution.by) or 'an admin'}{note}"
    if evidence is None:
        lost = "are no longer kept" if resolution else "are not kept: too much else was reported"
        yield f"  voice and chat {lost}"
        return
    names = ", ".join(_text(each.full_name) for each in evidence.speakers.values())
    heard = f"{names}; `roomcli admin reports play {report.id}`" if evidence.frames else "none"
    yield f"  voice     {heard}"
    if evidence.unanswered:
        servers = f"{evidence.unanswered} other server{'s' * (evidence.unanswered > 1)}"
        yield f"            without what people said at {servers}: no answer came in time"
    yield f"  chat      {'' if evidence.chat else 'none'}".rstrip()
    for message in evidence.chat:
        when = moment(message.at, seconds=True)
        yield f"    {when}  {_text(message.person.full_name)}: {_text(message.text)}"


def _heard(evidence: Evidence, turns: list[Turn]) -> Iterator[str]:
    for turn in turns:
        speaker = evidence.speakers.get(turn.speaker)
        name = (
            _text(speaker.full_name)
            if speaker
            else f"somebody who had left ({_text(turn.speaker)})"
        )
        yield f"{turn.begins:5.1f} - {turn.ends:4.1f} s  {name}"


def _person(person: Person) -> str:
    headline = f", {_text(person.headline)}" if person.headline else ""
    return f"{_text(person.full_name)}{headline}, key {_text(person.key)}"


def _text(text: str) -> str:
    return cleaned(text, MAX_TEXT)
