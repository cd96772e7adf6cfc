"""The whole site as one WSGI application: the API, beside it the pages for people under /desk, and /metrics."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Final

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from fulfillment.wiring import Services
from web import json
from web.app import create_app
from web.headers import Application, Environ
from web.metrics import RequestTimes, metrics_app, timed
from web.pages import ROOT

_WHERE: Final = {"pages": f"{ROOT}/", "documentation": "/docs", "openapi": "/openapi.json", "ready": "/readyz"}


def create_site(services: Services) -> Application:
    """Make the site of these parts. Who opens its address in a browser comes to the pages; a program is told where it is."""
    api = create_app(services)
    times = RequestTimes()
    beside: dict[str, Application] = {ROOT: _Pages(services, api), "/metrics": metrics_app(services, times)}
    site: Application = DispatcherMiddleware(_opening_with_pages(timed(api, times, services.tracing)), beside)
    # An address that a client wrote there itself stands before those that our own proxies wrote: it is never looked at.
    proxies = services.settings.proxies
    return ProxyFix(site, x_for=proxies, x_proto=0, x_host=0) if proxies else site


class _Pages:
    """The pages, loaded when the first is asked for: where nobody opens any, they would be a tenth of the process' memory."""

    def __init__(self, services: Services, api: Application) -> None:
        self._services = services
        self._api = api
        self._loading = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._loading:
            pages = self._pages
        return pages(environ, start_response)

    @cached_property
    def _pages(self) -> Application:
        from web.pages.app import create_pages

        return create_pages(self._services, self._api)


def _opening_with_pages(api: Application) -> Application:
    to_the_pages = redirect(f"{ROOT}/", 303)
    where = Response(json.dumps(_WHERE), mimetype="application/json")

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/":
            return api(environ, start_response)
        told = to_the_pages if "text/html" in environ.get("HTTP_ACCEPT", "") else where
        return told(environ, start_response)

    return answer
