"""What people of one room do together, wherever their connections are held."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from .serving import Client, RunningServer


async def share_one_room(server: RunningServer, host: Client, near: Client, far: Client) -> None:
    """Raise a hand, write, speak both ways and be silenced; ``far`` is connected elsewhere."""
    await far.do(c.RaiseHand(topic="a question"))
    await host.until(e.HandRaised, lambda event: event.id == far.id)
    await far.do(c.Chat(text="hello"))
    for each in (host, near):
        assert (await each.until(e.ChatPosted)).message.text == "hello"
    await server.bring_on_stage(host, far)
    for word, speaker, hearers in (
        (b"\xf8from the host", host, (near, far)),
        (b"\xf8from elsewhere", far, (host, near)),
    ):
        for each in (*hearers, speaker):
            each.ack()
        speaker.speak(word)
        for each in hearers:
            await each.heard(word)
    await host.do(c.Silence(id=far.id))
    await far.until(e.Silenced)
    far.speak(b"\xf8not heard")
    assert (await far.until(e.Refused)).code == "silenced"
