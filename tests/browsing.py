"""Visitors of the pages: by requests, and in a browser."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, ViewportSize
from werkzeug.test import TestResponse

_AT = "http://localhost/desk"
_SCREEN: ViewportSize = {"width": 1280, "height": 900}
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "best-practice"], "resultTypes": ["violations"]}
_CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
_VIOLATIONS_ALONE = {"resultTypes": ["violations"], "preload": False}
"""What else axe would work out takes as long again."""
_COLORS = 64
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """Somebody who opens pages without a browser."""

    http: FlaskClient
    password: str

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.http.get(path, base_url=_AT, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, *, page: str = "/sign-in") -> TestResponse:
        """Send a form as a page would, with the token that page bears."""
        found = _TOKEN.search(self.get(page).text)
        assert found, f"no form on {page}"
        return self.http.post(path, base_url=_AT, data={"csrf_token": found[1], **(form or {})})

    def signs_in(self, name: str, password: str | None = None) -> TestResponse:
        return self.post("/sign-in", {"name": name, "password": password or self.password})


@dataclass
class Desk:
    """
    A browser at the site. What its console complains of, and where else it sends requests, is written down.

    Whoever holds `workers` lets them rest.
    """

    browser: Browser
    address: str
    password: str
    pictures: Path | None = None
    complaints: list[str] = field(default_factory=list)
    workers: threading.Lock = field(default_factory=threading.Lock)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def sits_down(self, name: str, **more: Any) -> Page:
        """Sign in, in a browser of one's own."""
        page = self.visits(**more)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        return page

    def visits(self, **more: Any) -> Page:
        """Open the first page, in a browser of one's own."""
        context = self.browser.new_context(viewport=_SCREEN, locale="en-GB", reduced_motion="reduce", **more)
        context.set_default_timeout(30_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._follow)
        page.goto(f"{self.address}/")
        return page

    def goes(self, page: Page, path: str) -> None:
        page.goto(f"{self.address}/desk{path}")

    def shows(self, page: Page, name: str, *, everywhere: bool = False, in_hand: bool = False) -> None:
        """
        Look whether everybody can use the page as it is; take a picture of it, where somebody asked for pictures.

        `everywhere` also looks at it in dark, on a phone and on a handheld; `in_hand` is a page that is made for the last.
        """
        self._hindered(page, name, _RULES)
        self._picture(page, name)
        if everywhere:
            page.emulate_media(color_scheme="dark")
            self._hindered(page, f"{name} in dark", _CONTRAST)
            self._picture(page, f"looks/{name}-dark")
            page.emulate_media(color_scheme="light")
            for width, where in ((1024, "tablet"), (390, "phone"), (320, "handheld")):
                page.set_viewport_size({"width": width, "height": 760})
                if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                    self.complaints.append(f"{name} is {wide} pixels wide on a {where} of {width}")
                folder = "" if in_hand and where == "handheld" else "looks/"
                self._picture(page, f"{folder}{name}-{where}")
            page.set_viewport_size(_SCREEN)

    def _hindered(self, page: Page, name: str, options: dict[str, Any]) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
        found = page.evaluate("options => axe.run(options)", {**options, **_VIOLATIONS_ALONE})
        self.complaints += [
            f"{name}: {each['id']} ({each['impact']}): {node['html']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def _picture(self, page: Page, name: str) -> None:
        """Write it in a palette: pages have few colors, and pictures that many people load should be small."""
        if self.pictures is None:
            return
        to = self.pictures / f"{name}.png"
        to.parent.mkdir(parents=True, exist_ok=True)
        taken = Image.open(BytesIO(page.screenshot(full_page=True)))
        taken.convert("RGB").quantize(_COLORS, Image.Quantize.MAXCOVERAGE).save(to, optimize=True)

    def opens(self, page: Page, label: str) -> Locator:
        """Open the menu of this label; give its form."""
        menu = page.locator("details.action", has=page.locator(f'summary:text-is("{label}")')).first
        menu.locator("summary").click()
        return menu.locator("form, .card").first

    def expect_no_complaint(self) -> None:
        if self.complaints:
            raise AssertionError("\n".join(self.complaints))

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _follow(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(f"a request to {request.url}")
