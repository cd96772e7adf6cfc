"""Where the items of a draft go: each to one of its addresses, or parted over several, as gifts or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.acting import Unfit, read_whole, tell, tell_refusal
from web.pages.asking import Refused, ask, only

blueprint = Blueprint("destinations", __name__, url_prefix="/entry/<number>")


@blueprint.post("/destinations")
def part(number: str) -> ResponseReturnValue:
    """Send the pieces of each line where the form says; only lines of which something differs are changed."""
    only(Role.CSR, Role.ADMIN)
    try:
        draft = ask().get(f"/v1/orders/{number}/review")
        version = request.form.get("if_match", "")
        for position, split in list(_differing(draft)):
            path = f"/v1/orders/{number}/lines/{position}"
            draft = ask().send("PATCH", path, {"split": split}, headers={"If-Match": version}).body
            version = f'"{draft["version"]}"'
        tell("success", "Each item has its address.")
    except Unfit as unfit:
        tell("danger", str(unfit))
    except Refused as refused:
        tell_refusal(refused)
    return redirect(url_for("entry.show", number=number, step="shipping"), 303)


def _differing(draft: Mapping[str, Any]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    keys = [each["key"] for each in draft["destinations"]]
    for line in draft["lines"]:
        position = line["position"]
        gift = bool(request.form.get(f"gift-{position}"))
        split = [
            {"quantity": pieces, "destination": key, "gift": gift}
            for key in keys
            if (pieces := read_whole(request.form.get(f"pieces-{position}-{key or ''}", "")))
        ]
        was = [{name: each[name] for name in ("quantity", "destination", "gift")} for each in line["split"]]
        if split and split != was:
            yield position, split
