"""Hearing oneself in a room: begun and ended, judged, and told to the frontend."""

from __future__ import annotations

from collections.abc import Callable

from ..protocol import events as e
from ..protocol.local import OwnVoice
from .other_device import IN_ROOM
from .self_hearing import SelfHearing
from .verdict import SteadyVerdict, words_for
from .voice import AudioDevices


class OwnVoiceTest:
    """Plays the microphone of ``voice`` to its owner alone; nothing of it is sent.

    ``tell`` gives events to the frontend.
    """

    def __init__(self, voice: AudioDevices, tell: Callable[[e.Event], None]) -> None:
        self._voice = voice
        self._tell = tell
        self._hearing: SelfHearing | None = None
        self._verdict = SteadyVerdict()
        self.state = OwnVoice(on=False)
        """What was told last."""

    def switch_on(self) -> None:
        """Let the person hear themselves, if they do not yet. Raises AudioError without a codec."""
        if self._hearing is None:
            self._hearing = SelfHearing(self._voice.mixer, self._voice)
            self._verdict = SteadyVerdict()
            self._voice.tap(self._hearing)
            self._say(OwnVoice(on=True))

    def switch_off(self) -> None:
        """Let them hear themselves no longer; a second call does nothing."""
        if self._hearing is not None:
            self._voice.tap(None)
            self._hearing.close()
            self._hearing = None
            self._say(OwnVoice(on=False))

    def judge(self, now: float) -> None:
        """Tell what is wrong with the sound, once it is known or has changed."""
        if self._hearing is None:
            return
        report = self._hearing.check.report(may_be_dead=self._voice.may_be_dead)
        if self._verdict.is_news(report, now):
            self._say(
                OwnVoice(
                    on=True,
                    findings=report.findings,
                    said=words_for(report, IN_ROOM["microphone"]),
                    speech=_rounded(report.speech),
                    noise=_rounded(report.noise),
                )
            )

    def _say(self, state: OwnVoice) -> None:
        self.state = state
        self._tell(state)


def _rounded(level: float | None) -> float | None:
    return None if level is None else round(level, 1)
