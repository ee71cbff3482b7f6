"""A person at a real Chromium: clicks where the mouse would, types, counts what it takes.

A tour of Odoo is started by the page that it walks through, and calls what it clicks; this
one stays when the page goes, as it does when Odoo installs an app, and can only click what
is in sight and not covered.
"""

import base64
import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # a CI job is often root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
    "about:blank",
)
PATIENCE = 30  # seconds for something to come into sight
PAUSE = 0.12  # seconds between two looks
# What must be gone before a person would click.
BUSY = ".o_loading_indicator, .o_blockUI"
WRONG = ".o_error_dialog, .o_dialog_error, .o_notification .bg-danger"
# The first element in sight that a selector and a text name, and a point of it that nothing
# covers; it is scrolled into sight first, as a person would.
LOOK = """
((selector, text, BUSY, WRONG) => {
    const wrong = document.querySelector(WRONG);
    if (wrong) { return {wrong: wrong.innerText}; }
    const inSight = (element) => {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        return box.width && box.height && style.visibility !== "hidden";
    };
    const found = [...document.querySelectorAll(selector)].find(
        (one) => inSight(one) && (one.textContent + (one.value || "")).includes(text)
    );
    if (!found) { return null; }
    found.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
    const box = found.getBoundingClientRect();
    const point = {busy: Boolean(document.querySelector(BUSY)), text: found.innerText};
    for (const share of [0.5, 0.2, 0.8]) {
        const [x, y] = [box.x + box.width * share, box.y + box.height / 2];
        const top = document.elementFromPoint(x, y);
        if (top && found.contains(top)) { return {...point, x, y}; }
        point.covered = top ? top.outerHTML.slice(0, 200) : "outside of the screen";
    }
    return point;
})
"""
KEYS = {"Enter": 13, "Escape": 27}


class Page:
    """A tab of the browser, and the person before it."""

    def __init__(self, address, size):
        self.socket = websocket.create_connection(
            address, timeout=120, suppress_origin=True
        )
        self.numbers = itertools.count(1)
        self.clicks = 0
        self.errors = []
        self.is_phone = size[0] < 600
        self.send("Page.enable")
        self.send("Runtime.enable")
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=size[0],
            height=size[1],
            deviceScaleFactor=1,
            mobile=self.is_phone,
        )
        self.send("Emulation.setTouchEmulationEnabled", enabled=self.is_phone)

    def send(self, method, **params):
        """Ask the browser for something; return its answer."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("method") == "Runtime.exceptionThrown":
                details = answer["params"]["exceptionDetails"]
                thrown = details.get("exception", {}).get("description")
                self.errors.append(thrown or details.get("text"))
            if answer.get("id") == number:
                return answer.get("result", {})

    def run(self, code):
        """Return the value of a JavaScript expression; None while the page changes."""
        answer = self.send(
            "Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True
        )
        return answer.get("result", {}).get("value")

    def go(self, address):
        self.send("Page.navigate", url=address)

    def leave(self):
        """Close the tab."""
        self.send("Page.close")
        self.socket.close()

    def come_back(self):
        """Bring the tab to the front: those behind others stand still."""
        self.send("Page.bringToFront")

    def see(self, selector, text="", patience=PATIENCE):
        """Wait until something is in sight; return its text."""
        return self._find(selector, text, patience, lambda now, before: now)["text"]

    def click(self, selector, text="", patience=PATIENCE):
        """Click on something, once it is in sight, at rest, and nothing covers it."""

        def is_ready(now, before):
            place = now and not now["busy"] and now.get("x") and (now["x"], now["y"])
            return place and before and place == (before.get("x"), before.get("y"))

        at = self._find(selector, text, patience, is_ready)
        self.clicks += 1
        if self.is_phone:
            point = {"x": at["x"], "y": at["y"]}
            self.send(
                "Input.dispatchTouchEvent", type="touchStart", touchPoints=[point]
            )
            self.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            return
        for kind, count in ("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 1):
            self.send(
                "Input.dispatchMouseEvent",
                type=kind,
                x=at["x"],
                y=at["y"],
                button="left" if count else "none",
                clickCount=count,
            )

    def type(self, selector, text):
        """Fill in a field: a click into it, then the text in place of what it holds."""
        self.click(selector)
        for _try in range(20):
            if self.run(f"document.activeElement.matches({json.dumps(selector)})"):
                break
            time.sleep(PAUSE)
        self.run("document.activeElement.select && document.activeElement.select()")
        self.send("Input.insertText", text=text)

    def press(self, key):
        """Press a key; it counts as a click."""
        self.clicks += 1
        for kind in "keyDown", "keyUp":
            self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=KEYS[key],
                text="\r" if key == "Enter" and kind == "keyDown" else "",
            )

    def picture(self, path):
        answer = self.send("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(answer["data"]))

    def _find(self, selector, text, patience, is_enough):
        deadline = time.monotonic() + patience
        look = f"{LOOK}(...{json.dumps([selector, text, BUSY, WRONG])})"
        before = None
        while True:
            now = self.run(look)
            if now and "wrong" in now:
                raise AssertionError(f"the page says: {now['wrong'][:1500]}")
            if is_enough(now, before):
                return now
            if time.monotonic() > deadline:
                what = f"{selector} {text}".strip()
                raise AssertionError(f"not to be clicked or seen: {what} ({now})")
            before = now
            time.sleep(PAUSE)


@contextlib.contextmanager
def browser(size):
    """Start Chromium; yield what opens a tab of it, as a function without arguments."""
    folder = tempfile.mkdtemp()
    program = next(filter(None, map(shutil.which, NAMES)))
    process = subprocess.Popen(
        [program, f"--user-data-dir={folder}", *OPTIONS],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = _port(Path(folder) / "DevToolsActivePort")

        def new():
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT"
            )
            tab = json.load(urllib.request.urlopen(request))
            return Page(tab["webSocketDebuggerUrl"], size)

        yield new
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _port(path):
    """Return the port that the browser has chosen, once it says so."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, IndexError):
            return int(path.read_text().split()[0])
        time.sleep(PAUSE)
    raise AssertionError("the browser does not start")
