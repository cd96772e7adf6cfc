"""
What papers are written with.

Noto Sans has Latin, Greek and Cyrillic letters and is embedded; Chinese, Japanese and Korean ones are left to the fonts
that PDF readers bring for them.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from io import BytesIO
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

from pymupdf_fonts import myfont
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont

PLAIN: Final = "NotoSans"
BOLD: Final = "NotoSans-Bold"
_EAST_ASIAN: Final = {
    "HANGUL": "HYGothic-Medium",
    "HIRAGANA": "HeiseiKakuGo-W5",
    "KATAKANA": "HeiseiKakuGo-W5",
    "CJK": "STSong-Light",
}
_registering = threading.Lock()


def marked_up(text: str) -> str:
    """Write text for a paragraph: nothing in it is taken for markup, and each letter has a font that knows it."""
    runs = ((font, "".join(letters)) for font, letters in groupby(text, key=_font_of))
    return "".join(escape(run) if font is None else f'<font name="{font}">{escape(run)}</font>' for font, run in runs)


def register() -> None:
    """Make the fonts known to the PDF library, once per process."""
    with _registering:
        _faces()


@cache
def _faces() -> frozenset[int]:
    """The letters of the embedded font; it is registered on the way."""
    plain = TTFont(PLAIN, BytesIO(myfont("notos")))
    registerFont(plain)
    registerFont(TTFont(BOLD, BytesIO(myfont("notosbo"))))
    registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    for name in sorted(set(_EAST_ASIAN.values())):
        registerFont(UnicodeCIDFont(name))
    return frozenset(plain.face.charToGlyph)


def _font_of(letter: str) -> str | None:
    """The font a letter needs beside the embedded one, if any. What none of them has is printed as an empty box."""
    if ord(letter) in _faces():
        return None
    return _EAST_ASIAN.get(unicodedata.name(letter, "").split(" ")[0].split("-")[0])
