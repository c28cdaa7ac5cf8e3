"""Tests that sound imports nothing while it runs: an import holds up all voices meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from roomcli.audio.samples import RATE

from ...support.patience import PATIENCE
from ...support.sound import SPEECH, samples_of

PROGRAM = """
import sys
import numpy as np
import roomcli.engine.voice, roomcli.engine.echo
from roomcli.audio.comfort_noise import ComfortNoise
from roomcli.audio.gate import VoiceGate
from roomcli.audio.mixer import Mixer
from roomcli.audio.opus import Encoder, warm_up
from roomcli.audio.packets import Packet
from roomcli.audio.processing.chain import Processing, ProcessingChain
from roomcli.audio.processing.reference import EchoReference
from roomcli.audio.samples import BLOCK
from roomcli.audio.soundcheck import SoundCheck
from roomcli.audio.uplink import Uplink
# What the libraries of sound bring themselves, at the first microphone.
chain, check = ProcessingChain(Processing(echo="on"), EchoReference()), SoundCheck()
warm_up()
before = set(sys.modules)
uplink, mixer, gate = Uplink(chain, Encoder(), VoiceGate()), Mixer(), VoiceGate()
uplink.begin_sending(0)
voice = np.fromfile(sys.argv[1], dtype=np.float32)
for index in range(len(voice) // BLOCK):
    block = voice[index * BLOCK : (index + 1) * BLOCK]
    check.push(block, block)
    for frame in uplink.push(block, index / 100):
        packet = Packet(frame.sequence, frame.media_time, frame.payload, frame.start, frame.end)
        mixer.buffer_of("somebody").push(packet, index / 100)
    mixer.pull(index / 100)
check.report(may_be_dead=True)
assert check.report(may_be_dead=True).speech is not None, "nothing was judged"
print(*sorted(set(sys.modules) - before))
"""


def test_nothing_is_imported_while_sound_runs(tmp_path: Path) -> None:
    speech = tmp_path / "speech"
    speech.write_bytes(samples_of(SPEECH)[: 4 * RATE].tobytes())
    command = [sys.executable, "-c", PROGRAM, str(speech)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
