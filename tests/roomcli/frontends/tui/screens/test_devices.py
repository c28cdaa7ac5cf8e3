"""Tests of the page on which microphone and speakers are chosen, in a room and at home."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from roomcli.frontends.tui.app import RoomcliApp
from roomcli.frontends.tui.screens import devices
from roomcli.protocol import events as e
from roomcli.protocol import local

from .....support.fake_room import MICROPHONES, SPEAKERS
from .....support.tui_seat import ENTER, NO_ROOMS, SERVER, ScriptedEngines, app_seat, seat

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


def test_advice_on_a_device_is_shown_to_its_end_on_a_small_screen() -> None:
    advice = (
        "no microphone found: plug one in (on Linux: is PipeWire or PulseAudio running?); /devices "
        "chooses another one"
    )

    async def scenario() -> None:
        async with seat("speaker", (80, 24)) as you:
            await you.presses("I")
            await you.sees("8 ms since spoken")
            for kind in ("microphone", "speaker"):
                you.engine.say(local.Device(kind=kind, name="default", problem=advice))
            await you.until(lambda: you.model.devices.used["speaker"].problem)
            you.app.clear_notifications()  # the page has to say it too

            def ends() -> int:
                return sum("│" in each and "running?)" in each for each in you.lines)

            await you.until(lambda: ends() == 2, "cut off")

    asyncio.run(scenario())


def test_at_home_a_device_is_chosen_by_its_live_level_and_closed_with_the_page() -> None:
    async def scenario() -> None:
        engines = ScriptedEngines()
        kept: list[local.DeviceChosen] = []

        def keep(chosen: local.DeviceChosen) -> str:
            kept.append(chosen)
            return ""

        enter = replace(ENTER, url="")
        app = RoomcliApp(enter, engines, (SERVER,), NO_ROOMS, keep_device=keep)
        async with app_seat(app, engines) as you:
            await you.sees("0 open rooms")
            await you.presses("I")
            await you.until(lambda: engines.openings == [local.OpenDevices()])
            you.engine.say(
                local.Device(kind="speaker", name="default", choices=SPEAKERS),
                local.Device(kind="microphone", name="Built-in", choices=MICROPHONES),
            )
            await you.presses("right", "right")
            wanted = local.OpenDevices(mic=USB)
            await you.until(lambda: you.engine.sent == [wanted], "never tried")
            assert kept == [local.DeviceChosen(kind="microphone", device=USB)]
            before = you.lines
            you.engine.say(local.Levels(microphone=-20))
            await you.until(lambda: you.lines != before, "no level is shown")
            await you.presses("t")
            await you.until(lambda: you.engine.sent == [wanted, local.PlayTone()])
            you.engine.say(local.Device(kind="microphone", name=USB, problem="it was pulled out"))
            await you.sees("it was pulled out")
            engine = you.engine
            assert not engine.closed
            await you.presses("escape")
            await you.until(lambda: engine.closed, "the microphone stays open")
            app.enter_room("standup")
            await you.until(lambda: bool(engines.entered))
            assert engines.entered[0].mic == USB

    asyncio.run(scenario())
