"""Write the table of the microphone into docs/architecture.md.

``python -m tests.docs.make_microphone``.

The table is roomcli.engine.microphone.TABLE, by which the engine opens and closes the microphone; a
test holds the page against it.
"""

from __future__ import annotations

from roomcli.engine.microphone import TABLE, MicrophoneCause, MicrophoneState

from .. import ROOT

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- microphone: begin -->", "<!-- microphone: end -->"


def table() -> str:
    """Return the table as Markdown: what happens, and what follows in each state."""
    head = ["what happens", *(state.value for state in MicrophoneState)]
    rows = [head, ["---"] * len(head)]
    rows += [[cause.value, *(_cell(cause, state) for state in MicrophoneState)] for cause in TABLE]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def page_with(rendered: str, page: str) -> str:
    """Return the page with this table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rendered}\n{END}{after}"


def _cell(cause: MicrophoneCause, state: MicrophoneState) -> str:
    if state not in TABLE[cause]:
        return ""
    after, effects = TABLE[cause][state]
    done = ", ".join(effect.value for effect in effects)
    return f"{done} → **{after.value}**" if after is not state else done


def main() -> None:
    """Write the table into the page."""
    PAGE.write_text(page_with(table(), PAGE.read_text()))


if __name__ == "__main__":
    main()
