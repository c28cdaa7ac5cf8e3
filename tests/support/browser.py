"""Chromium without a window, driven over its DevTools protocol, and all that it complains about."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from benchmarks import processes

from .patience import PATIENCE

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",  # root may not start it otherwise
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no page gets out of the machine
)
PROGRAM = next(filter(None, map(shutil.which, _NAMES)), None)
needs_browser = pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed")


class Browser:
    """One tab. ``complaints`` are errors, violations of a policy, dialogs and scripts that ran."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)
        self._loaded = False
        self._session = ""
        self.complaints: list[str] = []
        self.requested: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network", "Audits"):
            self._call(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Open a page, and wait until it is there with all that it needs."""
        self._loaded = False
        found = self._call("Page.navigate", url=url)
        assert "errorText" not in found, found
        self._arrive()

    def click(self, selector: str) -> None:
        """Follow the first link that a selector finds, and wait as after :meth:`open`."""
        self._loaded = False
        script = f"document.querySelector({json.dumps(selector)}).click()"
        self._call("Runtime.evaluate", expression=script, userGesture=True)
        self._arrive()

    def look(self, scheme: str = "light", width: int = 1280, height: int = 900) -> None:
        """Show pages in a colour scheme, in a window of this size in CSS pixels."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._call("Emulation.setEmulatedMedia", features=features)
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def evaluate(self, expression: str) -> Any:
        """Return what a script of the test makes of the page; no policy of the page stops it."""
        found = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and release it."""
        for kind in ("rawKeyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=9)

    def picture(self) -> bytes:
        """Return the whole page as a PNG."""
        shot = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def _arrive(self) -> None:
        while not self._loaded:
            self._take(self._receive())
        self.evaluate("0")  # and what it had to say has come

    def _call(self, method: str, **parameters: Any) -> Any:
        id = next(self._ids)
        message = {"id": id, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._connection.send(json.dumps(message))
        while True:
            received = self._receive()
            if received.get("id") == id:
                assert "error" not in received, (method, received["error"])
                return received["result"]
            self._take(received)

    def _receive(self) -> Any:
        return json.loads(self._connection.recv(PATIENCE))

    def _take(self, event: Any) -> None:
        told = event.get("params", {})
        match event.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.requested.append(told["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(told["entry"]["text"])
            case "Audits.issueAdded":
                self.complaints.append(json.dumps(told["issue"]))
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(told))
            case "Page.javascriptDialogOpening":
                self.complaints.append(f"dialog: {told['message']}")
                # Without waiting for the answer: we are within another call.
                answer = {"id": next(self._ids), "method": "Page.handleJavaScriptDialog"}
                answer |= {"params": {"accept": False}, "sessionId": self._session}
                self._connection.send(json.dumps(answer))


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Run a browser with a profile of its own."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [PROGRAM, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"]
        process = processes.start(command, stderr=-1)
        try:
            with connect(_devtools(process), max_size=None) as connection:
                yield Browser(connection)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # it is more than one process
            process.communicate()


def _devtools(process: Any) -> str:
    """Return the address of a browser's DevTools, which it says when it has started."""
    for line in process.stderr:
        found = re.search(r"ws://\S+", line.decode(errors="replace"))
        if found:
            return found[0]
    raise AssertionError("the browser did not start")
