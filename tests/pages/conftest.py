"""The site on a shop that has opened: by requests, and in a real browser with somebody who works off what is due."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import app_of
from argon2 import PasswordHasher
from browsing import Desk, Visitor
from builders import Shop, work_off
from needs import needs
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import make_server

from fulfillment.access import accounts
from fulfillment.access.accounts import create_account
from fulfillment.access.models import Role
from web.pages.app import create_pages
from web.site import create_site

PASSWORD = "correct horse battery"
PATIENCE = 30_000
"""Milliseconds until a browser on a busy machine is given up."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """What makes guessing a password slow would make each of these tests slow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    """Somebody at the door, and accounts for each role."""
    _open_accounts(shop)
    return Visitor(create_pages(shop.services, app_of(shop.services)).test_client(), PASSWORD)


@pytest.fixture(scope="session")
def _chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    needs(program, "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def desk(shop: Shop, _chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A browser on the site, whose workers never rest. No console error and no request to elsewhere is let pass."""
    _open_accounts(shop)
    server = make_server("127.0.0.1", 0, create_site(shop.services), threaded=True)
    ended = threading.Event()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    pictures = request.config.getoption("--screenshots")
    desk = Desk(_chromium, f"http://127.0.0.1:{server.port}", PASSWORD, Path(pictures) if pictures else None)
    working = threading.Thread(target=_work, args=(shop, desk, ended))
    serving.start()
    working.start()
    try:
        yield desk
        desk.expect_no_complaint()
    finally:
        desk.close()
        ended.set()
        server.shutdown()
        serving.join()
        working.join()
        server.server_close()


def _work(shop: Shop, desk: Desk, ended: threading.Event) -> None:
    while not ended.wait(0.03):
        with desk.workers:
            work_off(shop.services)


def _open_accounts(shop: Shop) -> None:
    with shop.services.transaction() as session:
        for role in (Role.CSR, Role.WAREHOUSE, Role.ADMIN):
            create_account(session, name=str(role), password=PASSWORD, role=role, at=shop.services.clock())
