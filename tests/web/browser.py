"""Chromium as a person's browser: signed in once by the form, watched in whatever it says and asks for.

with Browser.open() as browser:
    with browser.page(scene.url, "ada", dark=True, phone=True) as page:      page is Playwright's own
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
PATIENCE = 15_000.0
"""Milliseconds for what a page is waited for, on a busy machine."""
AWAY = ("Failed to load resource", "net::ERR_")
"""How Chromium itself tells of answers that were refused, and of a server that is away."""


def chromium() -> str:
    """Where Debian's Chromium is; empty: it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or ""


class Watched:
    """What a page said and asked for, from its first request on."""

    def __init__(self, home: str) -> None:
        self.home = urlsplit(home).netloc
        self.errors: list[str] = []
        self.said: list[str] = []
        self.strangers: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of a context."""
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self._see(request.url))

    def check(self) -> None:
        """Nothing went wrong, and nobody else was asked for anything."""
        assert self.strangers == [], self.strangers
        assert self.errors == [], self.errors

    def _hear(self, kind: str, text: str) -> None:
        self.said.append(text)
        if kind in ("error", "warning") and not text.startswith(AWAY):
            self.errors.append(f"{kind}: {text}")

    def _see(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.home:
            self.strangers.append(url)


class Browser:
    """One Chromium. Who signed in at an address once is signed in there in every further context."""

    def __init__(self, engine: Chromium) -> None:
        self.engine = engine
        self._signed_in: dict[tuple[str, str], Any] = {}

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator[Browser]:
        """Started, and closed in the end."""
        with sync_playwright() as playwright:
            engine = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            try:
                yield cls(engine)
            finally:
                engine.close()

    @contextlib.contextmanager
    def page(
        self,
        url: str,
        name: str = "",
        *,
        password: str = "",
        dark: bool = False,
        phone: bool = False,
        strict: bool = True,
        **more: Any,
    ) -> Iterator[Page]:
        """A page of a fresh context at the service `url`, signed in as `name`. If `strict`, what it does wrong fails it."""
        state = self._state(url, name, password) if name else None
        watched = Watched(url)
        context = self._context(url, dark, phone, storage_state=state, **more)
        watched.watch(context)
        try:
            yield context.new_page()
            if strict:
                watched.check()
        finally:
            context.close()

    def _context(self, url: str, dark: bool, phone: bool, **more: Any) -> BrowserContext:
        made = self.engine.new_context(
            base_url=url,
            color_scheme="dark" if dark else "light",
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            locale="en-GB",
            reduced_motion="reduce",
            **more,
        )
        made.set_default_timeout(PATIENCE)
        return made

    def _state(self, url: str, name: str, password: str) -> Any:
        if (url, name) not in self._signed_in:
            context = self._context(url, dark=False, phone=False)
            sign_in(context.new_page(), name, password)
            self._signed_in[url, name] = context.storage_state()
            context.close()
        return self._signed_in[url, name]


def sign_in(page: Page, name: str, password: str, after: str = "/app/") -> None:
    """By the form, as a person does."""
    page.goto(after)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Pages").wait_for(state="attached")


LOADS = "[role=status][aria-label=Loading], .bone"


def set_password(page: Page, link: str, password: str) -> None:
    """By a one-time link, which signs in with it."""
    page.goto(link)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Once more").fill(password)
    page.get_by_role("button", name="Set it and sign in").click()


def settled(page: Page) -> None:
    """Until what is shown is there: the page's main part, and nothing in it says that it loads.

    (A function: an expression is evaluated anew each time, which a policy without `unsafe-eval` refuses.)
    """
    page.get_by_role("main").first.wait_for()
    page.wait_for_function("(loads) => !document.querySelector(loads)", arg=LOADS, timeout=PATIENCE)
    page.wait_for_timeout(100)


AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
