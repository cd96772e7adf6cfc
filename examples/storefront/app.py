"""The pages of the shop, and the one address that is told of events."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from examples.storefront import cart, progress
from examples.storefront.journal import Journal
from fulfillment.client.answers import Money, Order
from fulfillment.client.problems import NotFound, Problem
from fulfillment.client.shop import Shop
from fulfillment.client.webhooks import NotBelieved, believed

CARDS = {
    "tok_ok": "A card that pays",
    "tok_declined": "A card that is declined",
    "tok_insufficient": "A card without enough money",
}
"""What stands for cards at the simulated gateway; a real one gives such a token to its own form."""

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
_WHOLE = ("JPY", "KRW")
_WAIT_SECONDS = 5


def create_storefront(shop: Shop, *, market: str, secret_key: str) -> Flask:
    """Make the shop. What webhooks are signed with is set as WEBHOOK_SECRET once it is known."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY=secret_key, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True)
    app.config.update(WEBHOOK_SECRET=None, JOURNAL=Journal(), MAX_CONTENT_LENGTH=64 * 1024)
    app.jinja_env.filters["money"] = written
    app.context_processor(lambda: {"pieces_in_cart": sum(cart.pieces().values())})
    app.after_request(_say_what_is_allowed)
    app.register_error_handler(Problem, _refused)
    _add_catalog(app, shop, market)
    _add_cart(app, shop)
    _add_checkout(app, shop, market)
    _add_orders(app, shop)
    _add_webhooks(app)
    return app


def _add_catalog(app: Flask, shop: Shop, market: str) -> None:
    @app.get("/")
    def catalog() -> str:
        sold = [each for each in shop.products(market=market) if each.price is not None and each.active]
        return render_template("catalog.html", products=sold)


def _add_cart(app: Flask, shop: Shop) -> None:
    @app.get("/cart")
    def show_cart() -> str:
        lines = cart.lines(shop)
        return render_template("cart.html", lines=lines, total=cart.total(lines), cards=CARDS, problem=None, form={})

    @app.post("/cart")
    def change_cart() -> ResponseReturnValue:
        sku, quantity = request.form.get("sku", ""), request.form.get("quantity", "1")
        if not quantity.isdigit():
            abort(400)
        adds = request.form.get("adds") == "yes"
        cart.put(shop.product(sku).sku, int(quantity) + (cart.pieces().get(sku, 0) if adds else 0))
        return redirect(url_for("show_cart"), 303)


def _add_checkout(app: Flask, shop: Shop, market: str) -> None:
    @app.post("/checkout")
    def check_out() -> ResponseReturnValue:
        form = {name: value.strip() for name, value in request.form.items() if value.strip()}
        lines = cart.lines(shop)
        if not lines or form.get("card") not in CARDS:
            return redirect(url_for("show_cart"), 303)
        try:
            placed = shop.check_out(_checkout(form, market), key=cart.key(), wait=_WAIT_SECONDS)
        except Problem as problem:
            shown = {"lines": lines, "total": cart.total(lines), "cards": CARDS, "problem": problem, "form": form}
            return render_template("cart.html", **shown), 409
        cart.empty()
        session["orders"] = [*session.get("orders", []), placed.number][-20:]
        return redirect(url_for("show_order", number=placed.number), 303)


def _add_orders(app: Flask, shop: Shop) -> None:
    @app.get("/orders/<number>")
    def show_order(number: str) -> str:
        return render_template("order.html", **_progress(app, _own(shop, number)), cards=CARDS)

    @app.get("/orders/<number>/progress")
    def show_progress(number: str) -> str:
        return render_template("progress.html", **_progress(app, _own(shop, number)), cards=CARDS)

    @app.post("/orders/<number>/payment")
    def pay_again(number: str) -> ResponseReturnValue:
        token = request.form.get("card", "")
        if token not in CARDS:
            abort(400)
        shop.pay(_own(shop, number).number, token, wait=_WAIT_SECONDS)
        return redirect(url_for("show_order", number=number), 303)


def _add_webhooks(app: Flask) -> None:
    @app.post("/webhooks")
    def be_told() -> ResponseReturnValue:
        """Believe what is signed, keep it, and answer at once: what takes longer belongs into the shop's own queue."""
        secret = app.config["WEBHOOK_SECRET"]
        if secret is None:
            return "not subscribed yet", 503
        try:
            event = believed(secret, dict(request.headers), request.get_data())
        except NotBelieved:
            return "not signed by whom we know", 400
        app.config["JOURNAL"].keep(event)
        return "", 204


def _checkout(form: dict[str, str], market: str) -> dict[str, Any]:
    address = {name: form.get(name, "") for name in ("name", "line1", "city", "postal_code", "country")}
    return {
        "market": market,
        "customer": {"name": form.get("name", ""), "email": form.get("email", "")},
        "ship_to": address,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in cart.pieces().items()],
        "payments": [{"method": "card", "token": form["card"]}],
    }


def _own(shop: Shop, number: str) -> Order:
    """Look up an order that this visitor placed; others' are not theirs to see."""
    if number not in session.get("orders", []):
        abort(404)
    return shop.order(number)


def _progress(app: Flask, order: Order) -> dict[str, Any]:
    told = app.config["JOURNAL"].of(order.number)
    return {"order": order, "stages": progress.stages(order), "news": progress.news(told)}


def _refused(problem: Problem) -> ResponseReturnValue:
    status = 404 if isinstance(problem, NotFound) else 502
    return render_template("problem.html", problem=problem), status


def _say_what_is_allowed(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'; form-action 'self'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def written(money: Money) -> str:
    """Write an amount for people."""
    symbol = _SYMBOLS.get(money.currency, f"{money.currency} ")
    return f"{symbol}{money.amount:,}" if money.currency in _WHOLE else f"{symbol}{money.amount / 100:,.2f}"
