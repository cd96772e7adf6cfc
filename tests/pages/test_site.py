"""The API and the pages in one process."""

from __future__ import annotations

from typing import Any

from builders import Shop
from werkzeug.test import Client

from web.pages import app as pages
from web.site import create_site


def test_the_pages_are_made_with_the_first_that_is_asked_for_and_once(shop: Shop, monkeypatch) -> None:
    made: list[Any] = []
    create = pages.create_pages
    monkeypatch.setattr(pages, "create_pages", lambda *parts: made.append(create(*parts)) or made[-1])
    site = Client(create_site(shop.services))

    assert site.get("/healthz").status_code == 200
    assert site.get("/", headers={"Accept": "text/html,*/*"}).headers["Location"] == "/desk/"
    assert site.get("/").json == {
        "pages": "/desk/",
        "documentation": "/docs",
        "openapi": "/openapi.json",
        "ready": "/readyz",
    }
    assert made == []

    assert [site.get(path).status_code for path in ("/desk/", "/desk/sign-in")] == [303, 200]
    assert len(made) == 1
