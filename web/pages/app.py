"""
The application of the pages: sign-in by session, forms with a token against forgery, nothing loaded from elsewhere.

It is an application of its own beside the API, which keeps its problems, keys and speed; what is done here is asked of the
API in this process, as the person who is signed in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect

from fulfillment.wiring import Services
from web.headers import Application
from web.pages import (
    ROOT,
    acting,
    carts,
    configurations,
    counts,
    customers,
    destinations,
    editing,
    engine_room,
    entry,
    exchanges,
    failing,
    floor,
    home,
    manifests,
    order,
    orders,
    packing,
    papers,
    people,
    promotions,
    receiving,
    reconciliations,
    returns,
    safety,
    shown,
    subscriptions,
    transfers,
    webhooks,
)
from web.pages.asking import Asks

_SHIFT: Final = timedelta(hours=12)
_MOST_BYTES: Final = 256 * 1024


def create_pages(services: Services, api: Application) -> Flask:
    """Make the pages over this API."""
    app = Flask("web.pages", template_folder="templates", static_folder="static")
    settings = services.settings
    app.config.update(
        SECRET_KEY=settings.secret_of_sessions,
        SESSION_COOKIE_NAME="desk",
        SESSION_COOKIE_PATH=ROOT,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.over_https,
        PERMANENT_SESSION_LIFETIME=_SHIFT,
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as the session that it belongs to
        WTF_CSRF_SSL_STRICT=False,  # no referrer is sent: the token is what counts
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.extensions["fulfillment"] = services
    app.extensions["fulfillment.asks"] = Asks(api)
    Bootstrap5(app)
    CSRFProtect(app)
    for part in (safety, people, failing, shown):
        part.register(app)
    for part in (
        home,
        acting,
        orders,
        order,
        editing,
        entry,
        destinations,
        returns,
        exchanges,
        carts,
        customers,
        promotions,
        configurations,
        packing,
        receiving,
        counts,
        manifests,
        floor,
        engine_room,
        reconciliations,
        papers,
        subscriptions,
        transfers,
        webhooks,
    ):
        app.register_blueprint(part.blueprint)
    return app
