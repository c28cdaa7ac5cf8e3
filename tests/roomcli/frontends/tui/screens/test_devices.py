"""Tests of the page on which microphone and speakers are chosen in a room."""

from __future__ import annotations

import asyncio

from roomcli.frontends.tui.screens import devices
from roomcli.protocol import events as e
from roomcli.protocol import local

from .....support.tui_seat import seat

USB = "USB podcast mic"


def test_another_microphone_is_used_at_once_and_the_page_shows_how_it_is() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("I")
            await you.sees("8 ms since spoken")
            assert local.WatchDevices(on=True) in you.engine.sent
            await you.presses("right", "right")
            await you.until(lambda: local.ChooseMicrophone(device=USB) in you.engine.sent)
            asked = [each for each in you.engine.sent if isinstance(each, local.ChooseMicrophone)]
            assert asked == [local.ChooseMicrophone(device=USB)], "what is passed over is not used"
            await you.sees(f"[{USB}]")
            assert you.app._enter.mic == USB, "and in the next room"
            await you.presses("down", "right")
            headphones = local.ChooseSpeakers(device="Headphones")
            await you.until(lambda: headphones in you.engine.sent)
            await you.presses("escape")
            await you.until(lambda: you.engine.sent[-1] == local.WatchDevices(on=False))

    asyncio.run(scenario())


def test_ones_own_level_and_what_is_wrong_are_shown_beside_the_choice() -> None:
    async def scenario() -> None:
        async with seat("listener") as you:
            await you.presses("I")
            await you.sees("12 ms buffered")
            before = you.lines
            you.engine.say(local.Levels(microphone=-20))
            await you.until(lambda: you.lines != before)
            you.engine.say(local.Device(kind="microphone", name=USB, problem="USB mic unplugged"))
            await you.sees("USB mic unplugged")
            you.engine.say(
                local.DeviceStatus(
                    kind="speaker", latency_ms=15.0, failures=2, last_failure="pulled out"
                )
            )
            await you.sees("failed 2 times: pulled out")

    asyncio.run(scenario())


def test_a_device_that_cannot_be_used_leaves_the_one_that_is() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("I")
            you.engine.room = None  # the engine answers as the test says
            await you.presses("right")
            await you.until(lambda: isinstance(you.engine.sent[-1], local.ChooseMicrophone))
            said = "Built-in microphone is busy"
            you.engine.say(e.Refused(command="choose_microphone", code="no_device", text=said))
            await you.sees(said)
            await you.sees("[the system's default]")

    asyncio.run(scenario())


def test_the_command_that_lists_devices_opens_the_page() -> None:
    async def scenario() -> None:
        async with seat("speaker") as you:
            await you.presses("slash")
            await you.types("devices")
            await you.presses("enter")
            await you.until(lambda: isinstance(you.app.screen, devices.DevicesScreen))

    asyncio.run(scenario())
