"""Papers to print: the API's PDFs, opened in the browser of whoever is signed in."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, abort

from web.pages.asking import ask

_PAPERS: Final = {
    "picklist": "/v1/picklists/{}/paper",
    "packing-slip": "/v1/shipments/{}/packing-slip",
    "label": "/v1/parcels/{}/label.pdf",
    "manifest": "/v1/manifests/{}/paper",
    "return-slip": "/v1/returns/{}/slip",
}

blueprint = Blueprint("papers", __name__)


@blueprint.get("/papers/<kind>/<int:subject_id>")
def show(kind: str, subject_id: int) -> Response:
    """Show a paper."""
    if kind not in _PAPERS:
        abort(404)
    answer = ask().send("GET", _PAPERS[kind].format(subject_id))
    named = answer.headers.get("content-disposition", "inline")
    return Response(answer.body, 200, {"Content-Disposition": named}, mimetype="application/pdf")
