"""The whole site as one WSGI application: the API, and the pages for people beside it under /desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.utils import redirect

from fulfillment.wiring import Services
from web.app import create_app
from web.headers import Application, Environ
from web.pages.app import ROOT, create_pages


def create_site(services: Services) -> Application:
    """Make the site of these parts. Who opens its address in a browser comes to the pages."""
    api = create_app(services)
    return DispatcherMiddleware(_opening_with_pages(api), {ROOT: create_pages(services, api)})


def _opening_with_pages(api: Application) -> Application:
    to_the_pages = redirect(f"{ROOT}/", 303)

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        return (to_the_pages if environ["PATH_INFO"] == "/" else api)(environ, start_response)

    return answer
