"""Where a person begins: customer service with the orders, the floor with its picklists."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from fulfillment.access.models import Role

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Send a person to their work."""
    return redirect(url_for("floor.show" if current_user.role == Role.WAREHOUSE else "orders.show"), 303)
