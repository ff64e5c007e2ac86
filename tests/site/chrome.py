"""A real Chromium, driven over its own pipe (DevTools protocol): no driver, nothing to download.

Debian's browser is the only thing that is needed; the tests stay one thread and one process of ours.
"""

import base64
import hashlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run"
    " --disable-component-update --disable-sync --disable-extensions --hide-scrollbars --mute-audio"
    " --disable-dev-shm-usage --disable-default-apps --allow-file-access-from-files"
    " --force-color-profile=srgb --remote-debugging-pipe"
)
PATIENCE = 30.0


class ChromeError(Exception):
    """The browser said no, or nothing."""


def axe_source() -> str:
    """axe-core, if it is the file that we know."""
    data = AXE.read_bytes()
    assert hashlib.sha256(data).hexdigest() == AXE_SHA256
    return data.decode()


class Chrome:
    """One browser with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        if CHROMIUM is None:
            raise ChromeError("there is no Chromium: apt-get install chromium")
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        command = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            [
                *("/bin/bash", "-c", command, CHROMIUM, *FLAGS.split()),
                f"--user-data-dir={folder / 'profile'}",
                "about:blank",
            ],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._last = 0
        self._buffer = b""
        self.events: list[Json] = []

    def call(self, method: str, session: str | None = None, **params: object) -> Json:
        """A command, and its answer."""
        self._last += 1
        number = self._last
        message: Json = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        found = self._until(lambda m: m.get("id") == number, method)
        if "error" in found:
            raise ChromeError(f"{method}: {found['error']}")
        result: Json = found["result"]
        return result

    def wait_for(self, event: str, session: str) -> Json:
        """The next such event, or the one that has come already."""

        def fits(m: Json) -> bool:
            return m.get("method") == event and m.get("sessionId") == session

        for known in self.events:
            if fits(known):
                return known
        return self._until(fits, event)

    def _until(self, fits: Callable[[Json], bool], what: str) -> Json:
        deadline = time.monotonic() + PATIENCE
        while True:
            head, found, rest = self._buffer.partition(b"\0")
            if not found:
                ready, _, _ = select.select([self._in], [], [], deadline - time.monotonic())
                chunk = os.read(self._in, 1 << 20) if ready else b""
                if not chunk:
                    raise ChromeError(f"no answer to {what}")
                self._buffer += chunk
                continue
            self._buffer = rest
            message: Json = json.loads(head)
            if "id" not in message:
                self.events.append(message)
            if fits(message):
                return message

    def tab(self) -> "Tab":
        """A new one."""
        return Tab(self)

    def close(self) -> None:
        """End the browser."""
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (ChromeError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)


class Tab:
    """One page at a time; what it complained of and asked for is kept."""

    def __init__(self, chrome: Chrome) -> None:
        """Open it."""
        self.chrome = chrome
        target = chrome.call("Target.createTarget", url="about:blank")["targetId"]
        attached = chrome.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session: str = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Network.setCacheDisabled", cacheDisabled=False)
        self._target = target

    def call(self, method: str, **params: object) -> Json:
        """A command to this tab."""
        return self.chrome.call(method, self.session, **params)

    def close(self) -> None:
        """Close it."""
        self.chrome.call("Target.closeTarget", targetId=self._target)

    def scripts(self, *, allowed: bool) -> None:
        """Whether pages may run theirs."""
        self.call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def look(self, *, width: int, dark: bool = False, media: str = "screen") -> None:
        """How wide, how light, screen or print."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme, still])

    def open(self, url: str) -> None:
        """Go there and wait until it has loaded."""
        self.chrome.events.clear()
        done = self.call("Page.navigate", url=url)
        if done.get("errorText"):
            raise ChromeError(f"{url}: {done['errorText']}")
        self.chrome.wait_for("Page.loadEventFired", self.session)

    def events(self, *methods: str) -> list[Json]:
        """What was told since the page was opened."""
        mine = [e for e in self.chrome.events if e.get("sessionId") == self.session]
        return [e["params"] for e in mine if e["method"] in methods]

    def requests(self) -> list[str]:
        """Every URL that was asked for."""
        return [e["request"]["url"] for e in self.events("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, violations of the CSP, answers that were errors."""
        self.evaluate("1")  # what was said before this is here after it
        out = [
            f"{e['entry']['source']}: {e['entry']['text']} {e['entry'].get('url')}"
            for e in self.events("Log.entryAdded")
            if e["entry"]["level"] in {"error", "warning"}
        ]
        out += [
            f"console: {e['args']}"
            for e in self.events("Runtime.consoleAPICalled")
            if e["type"] in {"error", "warning", "assert"}
        ]
        out += [str(e["exceptionDetails"]) for e in self.events("Runtime.exceptionThrown")]
        out += [
            f"{e['response']['status']} {e['response']['url']}"
            for e in self.events("Network.responseReceived")
            if e["response"]["status"] >= 400
        ]
        for e in self.events("Network.loadingFailed"):
            out.append(f"not loaded: {e.get('errorText')} {e.get('blockedReason', '')}")
        return out

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page says
        """A value, from the page as it is now."""
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise ChromeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def axe(self, rules: Json | None = None) -> list[str]:
        """What axe-core finds wrong: rule, how bad, where."""
        if not self.evaluate("typeof axe === 'object'"):
            self.evaluate(axe_source() + ";0")
        options = json.dumps({"resultTypes": ["violations"], "rules": rules or {}})
        found = self.evaluate(f"axe.run(document, {options}).then(r => r.violations)")
        return [
            f"{v['id']} ({v['impact']}): {v['help']}: {node['target'][0]} {node['html'][:160]}"
            for v in found
            for node in v["nodes"][:3]
        ]

    def press(self, key: str, code: int) -> None:
        """A key, down and up."""
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                text="\r" if key == "Enter" and kind == "keyDown" else "",
            )

    def screenshot(self, path: Path, *, tallest: int = 8000) -> None:
        """The whole page, from its top."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], tallest)}
        found = self.call(
            "Page.captureScreenshot",
            format="png",
            captureBeyondViewport=True,
            clip={**clip, "scale": 1},
            optimizeForSpeed=True,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(found["data"]))

    def pdf(self, path: Path) -> None:
        """As it would be printed."""
        found = self.call("Page.printToPDF", printBackground=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(found["data"]))
