"""The label as the carrier prints it: addresses, service, weight, and the parcel's number as a barcode, on A6."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Final

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A6
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Frame, KeepInFrame, Paragraph

from fulfillment.papers.fonts import BOLD, PLAIN, marked_up, register
from web.simulators.carrier.entries import Entry

_TEXT: Final = ParagraphStyle("text", fontName=PLAIN, fontSize=9, leading=11)
_LARGE: Final = ParagraphStyle("large", parent=_TEXT, fontName=BOLD, fontSize=12, leading=15)
_LINES: Final = ("name", "line1", "line2", "postal_code", "city", "region", "country")


def paper(entry: Entry) -> bytes:
    """Give a label as PDF. The same label gives the same bytes."""
    register()
    asked = json.loads(entry.asked)
    printed = BytesIO()
    canvas = Canvas(printed, pagesize=A6, invariant=1)
    canvas.setTitle(f"Label {entry.tracking_number}")
    story: list[Flowable] = [
        Paragraph(marked_up(entry.service.upper()), _LARGE),
        Paragraph(f"{entry.weight_grams / 1000:.3f} kg · {marked_up(entry.merchant_reference)}", _TEXT),
        Paragraph("<br/>From:<br/>" + _address(asked["from"]), _TEXT),
        Paragraph("<br/>" + _address(asked["to"]), _LARGE),
    ]
    fitted = KeepInFrame(A6[0] - 16 * mm, 95 * mm, story, mode="shrink")
    Frame(8 * mm, 45 * mm, A6[0] - 16 * mm, 96 * mm, leftPadding=0, rightPadding=0).addFromList([fitted], canvas)
    Code128(entry.tracking_number or "", barHeight=22 * mm, barWidth=0.33 * mm, quiet=False).drawOn(
        canvas, 8 * mm, 18 * mm
    )
    canvas.setFont(PLAIN, 11)
    canvas.drawString(8 * mm, 12 * mm, entry.tracking_number or "")
    canvas.save()
    return printed.getvalue()


def _address(place: Mapping[str, str]) -> str:
    return "<br/>".join(marked_up(place[line]) for line in _LINES if place.get(line))
