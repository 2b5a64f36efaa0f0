"""A Chromium in front of Django's live server. ``make e2e`` runs this folder alone.

The browser is the first of chromium-headless-shell (the same engine without its own windows, and a third faster),
chromium, chromium-browser, google-chrome on the PATH, or CHROMIUM=/path/to/one; without any, these tests are skipped,
aloud. ``make e2e SCREENSHOTS=/some/folder`` also leaves pictures of the main pages
there: phone and desktop, light and dark, in the three languages.

The fixture ``visit`` opens windows. When its test ends it asserts that no page it opened wrote an error into the
console, broke the content security policy, threw, or asked another host for anything.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils.text import slugify
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from staff.models import User
from tests.builders.room import person

HERE = Path(__file__).parent
PROBES = (HERE / "probes.js").read_text()
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
WHY_NOT = "no Chromium was found: install chromium, or name one by CHROMIUM=/path/to/chromium"
QUIET = [
    "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic", "--enable-unsafe-swiftshader",  # draws without a GPU
]  # fmt: skip

# No promise about speed: how long a busy machine may stand still before a test gives up. Otherwise nothing waits.
PATIENCE = 30_000  # milliseconds

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
FOLDER = os.environ.get("SCREENSHOTS", "")


expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    if CHROMIUM:
        return
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.skip(reason=WHY_NOT))


def pytest_terminal_summary(terminalreporter):
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if WHY_NOT in str(r.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} browser tests were skipped: {WHY_NOT}", yellow=True)


@pytest.fixture(scope="package")
def browser(django_db_setup) -> Iterator[Browser]:
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses root
    args = [*QUIET, "--no-sandbox"] if as_root else QUIET
    with pytest.MonkeyPatch.context() as patch, a_loop_beside_django(patch) as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        yield browser
        browser.close()


@contextmanager
def a_loop_beside_django(patch: pytest.MonkeyPatch) -> Iterator[Playwright]:
    """Playwright keeps an event loop running in this thread. There Django would refuse the database, and it opens
    a second connection."""
    patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        yield playwright
        connection.close()


@dataclass
class Window:
    """One page and what was noticed on it."""

    page: Page
    root: str
    noticed: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)  # addresses that a test expects to answer with an error

    def open(self, address: str, status: int = 200) -> Page:
        address = address if address.startswith("http") else self.root + address
        if status >= 400:
            self.missing.add(address)
        response = self.page.goto(address)
        assert response.status == status, f"{address} answered {response.status}"
        return self.page

    def ask(self, probe: str) -> list[str]:
        """What is wrong, by a question of ``probes.js``."""
        return self.page.evaluate(f"({PROBES}).{probe}()")

    def looked_at(self, name: str, probes: Sequence[str], sizes: Sequence[dict] = (PHONE, DESKTOP)) -> list[str]:
        """What is wrong with the open page on each screen, by day and by night, which reads it once; with SCREENSHOTS
        it is drawn too."""
        wrong = []
        for size in sizes:
            self.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self.picture(f"{name}-{size['width']}-{scheme}")
                wrong += [f"{size['width']} {scheme} {line}" for probe in probes for line in self.ask(probe)]
        return wrong

    def picture(self, name: str) -> None:
        if FOLDER:
            self.page.screenshot(path=Path(FOLDER, f"{slugify(name.replace('/', '-'))}.png"), full_page=True)

    def listen(self) -> None:
        page, host = self.page, urlsplit(self.root).netloc
        page.on("console", lambda m: m.type in ("error", "warning") and self._note(m.text, m.location.get("url", "")))
        page.on("pageerror", lambda error: self._note(f"thrown: {error}"))
        page.on("request", lambda r: self._own(r.url, host) or self._note(f"asked another host: {r.url}"))
        page.on(
            "requestfailed", lambda r: "ERR_ABORTED" in (r.failure or "") or self._note(f"failed: {r.url} {r.failure}")
        )
        page.on("response", lambda r: r.status >= 400 and self._note(f"{r.status}: {r.url}", r.url))

    def _note(self, text: str, address: str = "") -> None:
        if address not in self.missing and "GL Driver Message (OpenGL, Performance" not in text:
            self.noticed.append(f"{self.page.url}: {text}")

    @staticmethod
    def _own(address: str, host: str) -> bool:
        parts = urlsplit(address)
        return parts.scheme in ("data", "blob", "about") or parts.netloc == host


class Visit:
    """Opens windows; each has its own cookies unless it shares a context."""

    def __init__(self, browser: Browser, root: str):
        self.browser, self.root = browser, root
        # A person's browser: ours calls itself headless, and the pages take such ones for machines.
        self.person = f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{browser.version} Safari/537.36"
        self.windows: list[Window] = []
        self.contexts: list[BrowserContext] = []

    def __call__(self, size: dict = PHONE, cookies: list[dict] | None = None, **options) -> Window:
        options = {"locale": "en-GB", "reduced_motion": "reduce", "user_agent": self.person, **options}
        context = self.browser.new_context(viewport=size, **options)
        context.set_default_timeout(PATIENCE)
        if cookies:
            context.add_cookies(cookies)
        window = Window(context.new_page(), self.root)
        window.listen()
        self.contexts.append(context)
        self.windows.append(window)
        return window

    def cookies_of(self, user: User) -> list[dict]:
        """The session of somebody who has signed in."""
        client = Client()
        client.force_login(user)
        return [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.root}]


@pytest.fixture
def agent(visit) -> list[dict]:
    """The cookies of an owner who reads English."""
    owner = person("owner", "agent@lavka.example")
    return visit.cookies_of(owner)


@pytest.fixture
def visit(live_server, browser, settings) -> Iterator[Visit]:
    settings.PUBLIC_URL = live_server.url
    visit = Visit(browser, live_server.url)
    yield visit
    for context in visit.contexts:
        context.close()
    assert [line for window in visit.windows for line in window.noticed] == []
