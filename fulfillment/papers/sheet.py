"""What all papers share: the page, its heading with a barcode, tables whose heads are repeated, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from fulfillment.papers.fonts import BOLD, PLAIN, marked_up, register

WIDTH: Final = A4[0] - 36 * mm
_TEXT: Final = ParagraphStyle("text", fontName=PLAIN, fontSize=9.5, leading=12.5, wordWrap="LTR", splitLongWords=True)
_SMALL: Final = ParagraphStyle(
    "small", parent=_TEXT, fontSize=8, leading=10.5, textColor=colors.Color(0.35, 0.35, 0.35)
)
_TITLE: Final = ParagraphStyle("title", parent=_TEXT, fontName=BOLD, fontSize=17, leading=21)
_HEAD: Final = ParagraphStyle("head", parent=_TEXT, fontName=BOLD, fontSize=8.5, leading=11)
_SECTION: Final = ParagraphStyle("section", parent=_TEXT, fontName=BOLD, fontSize=11, leading=15, spaceBefore=8)
_RULES: Final = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.Color(0.75, 0.75, 0.75)),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)
_BAR: Final = 0.36 * mm
_NARROWEST: Final = 0.17 * mm
"""Narrower bars are not read by a scanner in the hand."""


Cell = Flowable | list[Flowable]


def text(*lines: str, small: bool = False) -> Paragraph:
    """A paragraph of these lines; none of them is taken for markup."""
    return Paragraph("<br/>".join(marked_up(line) for line in lines), _SMALL if small else _TEXT)


def section(title: str) -> Paragraph:
    """The title of a part."""
    return Paragraph(marked_up(title), _SECTION)


def heading(title: str, lines: Sequence[str], code: str) -> Flowable:
    """The head of a paper: what it is, a few facts, and its code for the scanner."""
    left = [Paragraph(marked_up(title), _TITLE), text(*lines)]
    right = [barcode(code, height=13 * mm) or text(code), text(code, small=True)]
    table = Table([[left, right]], colWidths=[WIDTH * 0.52, WIDTH * 0.48])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)]))
    return table


def barcode(code: str, *, height: float = 8 * mm, most: float = WIDTH * 0.46) -> Flowable | None:
    """Code 128 of a text; None for what it cannot say (other letters than ASCII), or not within `most` points of width."""
    if not (code.isascii() and code.isprintable()):
        return None
    natural = Code128(code, barHeight=height, barWidth=_BAR, quiet=False)
    width = min(_BAR, _BAR * most / natural.width)
    return Code128(code, barHeight=height, barWidth=width, quiet=False) if width >= _NARROWEST else None


def grid(head: Sequence[str], rows: Sequence[list[Cell]], widths: Sequence[float]) -> Table:
    """A table over any number of pages, its head on each; `widths` are shares of the page's width."""
    first = [Paragraph(marked_up(each), _HEAD) for each in head]
    table = Table([first, *rows], colWidths=[share * WIDTH for share in widths], repeatRows=1, splitInRow=1)
    table.setStyle(_RULES)
    return table


def gap(millimeters: float = 5) -> Spacer:
    """White space."""
    return Spacer(1, millimeters * mm)


def print_paper(title: str, story: list[Flowable]) -> bytes:
    """Give the PDF. The same content gives the same bytes."""
    register()
    printed = BytesIO()
    document = BaseDocTemplate(
        printed, pagesize=A4, title=title, author="fulfillment", invariant=1, leftMargin=18 * mm, topMargin=15 * mm
    )
    frame = Frame(18 * mm, 16 * mm, WIDTH, A4[1] - 31 * mm, leftPadding=0, rightPadding=0)

    def number(canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.setFont(PLAIN, 8)
        canvas.drawRightString(A4[0] - 18 * mm, 9 * mm, f"{title} · {canvas.getPageNumber()}")

    document.addPageTemplates([PageTemplate(frames=[frame], onPage=number)])
    document.build(story)
    return printed.getvalue()
