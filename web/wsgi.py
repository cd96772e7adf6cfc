"""The API and the pages as a WSGI application, for any server: `granian --interface wsgi web.wsgi:app`."""

from fulfillment import logs, memory
from fulfillment.settings import Settings
from fulfillment.wiring import build
from web.headers import request_id
from web.site import create_site

POOL = 16
"""As many connections as the server has threads: a request holds one, for as long as its statements take."""

LOCK_SECONDS = 2.0
"""A person waits for the answer: what is locked for longer is answered with 409 or 503, to be sent again."""

_SETTINGS = Settings()
logs.configure(_SETTINGS.log_level, request_id=request_id)

app = create_site(build(_SETTINGS, name="web", pool_size=POOL, lock_timeout=LOCK_SECONDS))

memory.keep_what_is_loaded()
