"""Who is signed in: by name and password, for a shift; nothing but signing in is open to others."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user, login_user, logout_user

from fulfillment.access.accounts import Person, find_person, sign_in
from fulfillment.access.models import Role
from fulfillment.wiring import Services

_OPEN: Final = frozenset({"people.show_sign_in", "people.take_sign_in", "static", "bootstrap.static"})
"""What may be seen without signing in; a further endpoint is written here first."""

_WRONG_AT_MOST: Final = "10 per minute; 60 per hour"
_UNAUTHORIZED: Final = 401

blueprint = Blueprint("people", __name__)


class SignedIn:
    """A person as flask-login wants one."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, person: Person) -> None:
        """`person` was found a moment ago."""
        self.person = person

    def get_id(self) -> str:
        """The account, and which of its passwords."""
        return f"{self.person.account_id}:{self.person.generation}"

    @property
    def name(self) -> str:
        """The name they sign in with."""
        return self.person.name

    @property
    def role(self) -> Role:
        """What they do here."""
        return self.person.key.role


def register(app: Flask) -> None:
    """Let people sign in, and turn away whoever has not."""
    manager = LoginManager(app)
    manager.user_loader(_find)
    app.register_blueprint(blueprint)
    app.before_request(_turn_away_strangers)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    slowly = limiter.limit(_WRONG_AT_MOST, deduct_when=lambda response: response.status_code == _UNAUTHORIZED)
    app.view_functions["people.take_sign_in"] = slowly(take_sign_in)


@blueprint.get("/sign-in")
def show_sign_in() -> ResponseReturnValue:
    """Ask who it is."""
    if current_user.is_authenticated:
        return _on(url_for("home.show"))
    return render_template("sign_in.html", name="", wrong=False)


@blueprint.post("/sign-in")
def take_sign_in() -> ResponseReturnValue:
    """Let somebody in, or say that name and password do not belong together (not which of them is wrong)."""
    services: Services = current_app.extensions["fulfillment"]
    name, password = request.form.get("name", ""), request.form.get("password", "")
    with services.transaction() as database:
        person = sign_in(database, name, password, at=services.clock())
    if person is None:
        return render_template("sign_in.html", name=name, wrong=True), _UNAUTHORIZED
    session.clear()  # whatever a session was before, it is another one from here on
    session.permanent = True
    login_user(SignedIn(person))
    return _on(request.args.get("next", ""))


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who it was."""
    logout_user()
    session.clear()
    return _on(url_for("people.show_sign_in"))


def _find(written: str) -> SignedIn | None:
    account, _, generation = written.partition(":")
    if not (account.isdigit() and generation.isdigit()):
        return None
    services: Services = current_app.extensions["fulfillment"]
    with services.autocommit() as database:
        person = find_person(database, int(account), int(generation), at=services.clock())
    return SignedIn(person) if person is not None else None


def _turn_away_strangers() -> ResponseReturnValue | None:
    if current_user.is_authenticated or request.endpoint in _OPEN:
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    return _on(url_for("people.show_sign_in", next=request.script_root + wanted if wanted else None))


def _on(wanted: str) -> ResponseReturnValue:
    """Go on to an address of ours; any other is somebody's who wants to look like us."""
    parts = urlsplit(wanted)
    ours = not parts.scheme and not parts.netloc and wanted.startswith(f"{request.script_root}/") and "\\" not in wanted
    return redirect(wanted if ours else url_for("home.show"), 303)
