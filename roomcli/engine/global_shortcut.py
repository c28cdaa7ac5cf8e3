"""A key of the desktop that is held to speak, whatever window has the focus.

On Wayland no program sees the keys of another one. The desktop's portal lets a program ask for a
shortcut, shows its user a question, and tells of press and release
(https://flatpak.github.io/xdg-desktop-portal/, GlobalShortcuts).
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from jeepney.io.trio import DBusConnection

PORTAL = "org.freedesktop.portal.Desktop"
PLACE = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
REQUEST = "org.freedesktop.portal.Request"
PUSH_TO_TALK = "push-to-talk"
WORDS = "Hold to speak in the room (roomcli)"
WANTED = "CTRL+ALT+space"
"""What the desktop is asked for; its user may choose another one."""
ANSWER_SECONDS = 5.0
"""Seconds that the bus may take to say whether there is such a portal."""
_KEPT = 100
_NO_BUS = "there is no session bus, or it has ended"
_NO_KEY = "the desktop, or its user, gives no key for roomcli"
_NO_LIBRARY = "the library jeepney is not installed"
_GONE = (trio.EndOfChannel, trio.BrokenResourceError, trio.ClosedResourceError)


class PortalRefusal(Exception):
    """The portal gives no shortcut."""


async def follow_held_key(hold: Callable[[bool], None]) -> str:
    """Call ``hold`` with true when the key is pressed and with false when it is let go.

    Goes on until the desktop ends it, and returns why; the key then counts as let go.
    """
    held = False

    def turn(down: bool) -> None:
        nonlocal held
        if down != held:
            held = down
            hold(down)

    try:
        return await _with_bus(lambda bus: _follow_key(bus, turn))
    finally:
        turn(False)


async def look_for_portal() -> str:
    """Return why no key can be held on this desktop; empty if the portal has shortcuts."""
    reason = "the session bus does not answer"
    with trio.move_on_after(ANSWER_SECONDS):
        reason = await _with_bus(_ask_version)
    return reason


class PortalBus:
    """A connection to the session bus: one task asks, and waits for signals."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._signals: deque[Any] = deque(maxlen=_KEPT)

    @property
    def own_name(self) -> str:
        """The bus's name for this connection, as it stands in the path of a request."""
        return str(self._connection.unique_name)[1:].replace(".", "_")

    async def call_method(self, call: Any) -> tuple[Any, ...]:
        """Call a method and return what it answers; signals that come before are kept."""
        from jeepney import HeaderFields, MessageType
        from jeepney.wrappers import unwrap_msg

        serial = next(self._connection.outgoing_serial)
        await self._connection.send(call, serial=serial)
        while True:
            message = await self._connection.receive()
            if message.header.fields.get(HeaderFields.reply_serial) == serial:
                return tuple(unwrap_msg(message))
            if message.header.message_type is MessageType.signal:
                self._signals.append(message)

    async def next_signal(self, interface: str, path: str) -> tuple[str, tuple[Any, ...]]:
        """Wait for the next signal of an object; return its name and what it brings.

        Those of others are kept until they are asked for.
        """
        from jeepney import HeaderFields, MessageType

        kept, self._signals = self._signals, deque(maxlen=_KEPT)
        found = None
        while found is None:
            message = kept.popleft() if kept else await self._connection.receive()
            fields = message.header.fields
            about = fields.get(HeaderFields.interface), fields.get(HeaderFields.path)
            if message.header.message_type is not MessageType.signal:
                continue
            if about == (interface, path):
                found = str(fields[HeaderFields.member]), tuple(message.body)
            else:
                self._signals.append(message)
        self._signals.extend(kept)
        return found


async def _with_bus(use: Callable[[PortalBus], Awaitable[str]]) -> str:
    """Use the session bus; return what comes of it, or why it cannot be used."""
    try:
        from jeepney.auth import AuthenticationError
        from jeepney.io.trio import open_dbus_connection
        from jeepney.wrappers import DBusErrorResponse
    except ImportError:
        return _NO_LIBRARY
    reason = ""
    try:
        try:
            connection = await open_dbus_connection()
        except (KeyError, ValueError, RuntimeError, AuthenticationError):
            return _NO_BUS
        async with connection:
            reason = await use(PortalBus(connection))
    except* (OSError, *_GONE):
        reason = _NO_BUS
    except* PortalRefusal:
        reason = _NO_KEY
    except* DBusErrorResponse:
        reason = "the desktop has no portal for global shortcuts"
    return reason


async def _ask_version(bus: PortalBus) -> str:
    from jeepney import DBusAddress, Properties

    await bus.call_method(Properties(DBusAddress(PLACE, PORTAL, SHORTCUTS)).get("version"))
    return ""


async def _follow_key(bus: PortalBus, turn: Callable[[bool], None]) -> str:
    """Ask for the key, and follow it until the bus ends. Raises PortalRefusal."""
    await _bring_signals(bus, SHORTCUTS, PLACE)
    results = await _request(bus, "CreateSession", "", (), session=True)
    _, session = results.get("session_handle", ("s", ""))
    if not session:
        raise PortalRefusal
    key = {"description": ("s", WORDS), "preferred_trigger": ("s", WANTED)}
    await _request(bus, "BindShortcuts", "oa(sa{sv})s", (session, [(PUSH_TO_TALK, key)], ""))
    while True:
        name, body = await bus.next_signal(SHORTCUTS, PLACE)
        if body[:2] == (session, PUSH_TO_TALK):
            turn(name == "Activated")


async def _bring_signals(bus: PortalBus, interface: str, path: str) -> None:
    """Have the bus bring the portal's signals of an object."""
    from jeepney import MatchRule
    from jeepney.bus_messages import message_bus

    rule = MatchRule(type="signal", sender=PORTAL, interface=interface, path=path)
    await bus.call_method(message_bus.AddMatch(rule))


async def _request(
    bus: PortalBus, member: str, signature: str, body: tuple[Any, ...], *, session: bool = False
) -> dict[str, Any]:
    """Ask the portal, wait until its user has answered, and return the results.

    Raises PortalRefusal.
    """
    from jeepney import DBusAddress, new_method_call

    token = f"roomcli{secrets.token_hex(8)}"
    options = {"handle_token": ("s", token)}
    if session:
        options["session_handle_token"] = ("s", token)
    path = f"{PLACE}/request/{bus.own_name}/{token}"
    await _bring_signals(bus, REQUEST, path)
    shortcuts = DBusAddress(PLACE, PORTAL, SHORTCUTS)
    await bus.call_method(
        new_method_call(shortcuts, member, f"{signature}a{{sv}}", (*body, options))
    )
    _, answer = await bus.next_signal(REQUEST, path)
    if len(answer) != 2 or answer[0] or not isinstance(answer[1], dict):
        raise PortalRefusal
    return answer[1]
