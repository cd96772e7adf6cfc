"""Writes the pictures that pages outside the built documentation show: `python docs/drawn/pictures.py`, or `make pictures`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import diagram

from fulfillment.orders.states import SHIPMENT

_FOLDER: Final = Path(__file__).parents[1] / "pictures"


def drawn() -> dict[Path, str]:
    """Give each picture by its file."""
    return {_FOLDER / "shipment.svg": diagram.as_file(SHIPMENT)}


if __name__ == "__main__":
    for file, picture in drawn().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(picture, encoding="utf-8")
