"""Papers over HTTP: PDFs that hold what the floor needs, in any letters, and no prices."""

from io import BytesIO

from api_client import Api, Caller
from builders import Shop
from pypdf import PdfReader
from sqlalchemy import text

from fulfillment.access.models import Role
from fulfillment.papers.sheet import barcode


def _read(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def _packing(shop: Shop, *lines: tuple[str, int]) -> tuple[int, int]:
    placed = shop.up_to("packing", *lines)
    [shipment] = shop.shipments(placed.id)
    with shop.services.transaction() as session:
        picklist: int = session.execute(
            text("SELECT picklist_id FROM shipment WHERE id = :id"), {"id": shipment}
        ).scalar_one()
    return shipment, picklist


def test_a_packing_slip_tells_what_lies_in_each_parcel_and_no_price(shop: Shop, warehouse: Caller) -> None:
    shop.sells("MUG", price=4711, A=9)
    shop.sells("CUP", price=4711, A=9)
    shipment, _ = _packing(shop, ("MUG", 2), ("CUP", 1))
    with shop.services.transaction() as session:
        session.execute(text("UPDATE line_item SET name = 'Чайник <b>& Zoë', gift_message = 'Sto lat, Łukasz!'"))
    parcel = {"items": [{"code": "MUG", "quantity": 2}], "weight_grams": 812, "tracking_number": "RM1"}
    warehouse.post(f"/v1/shipments/{shipment}/parcels", parcel)

    answer = warehouse.get(f"/v1/shipments/{shipment}/packing-slip")

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'inline; filename="packing-slip-{shipment}.pdf"'
    [page] = _read(answer.data)
    first, rest = page.split("In no parcel yet")
    for told in ("Packing slip", "Bo Lind", "2 Quay", "0.812 kg", "RM1", "MUG", "Чайник <b>& Zoë", "Sto lat, Łukasz!"):
        assert told in first
    assert "CUP" not in first
    assert ("CUP" in rest, "MUG" in rest) == (True, False)
    assert not any(secret in page for secret in ("47.11", "4711", "94.22", "GBP", "bo@example.org"))


def test_the_paper_of_a_long_picklist_goes_on_over_pages_and_names_every_line(shop: Shop, warehouse: Caller) -> None:
    skus = [f"SKU-{n:03}" for n in range(60)]
    for sku in skus:
        shop.sells(sku, A=9)
    _, picklist = _packing(shop, *((sku, 3) for sku in skus))

    answer = warehouse.get(f"/v1/picklists/{picklist}/paper")

    pages = _read(answer.data)
    assert len(pages) > 1
    assert all("Article" in page and f"Picklist {picklist}" in page for page in pages)
    assert "pieces to pick: 180" in pages[0]
    assert [sku for sku in skus if not any(sku in page for page in pages)] == []
    assert warehouse.get(f"/v1/picklists/{picklist}/paper").data == answer.data


def test_papers_of_another_warehouse_are_not_printed(shop: Shop, api: Api) -> None:
    shop.sells("MUG", A=9)
    shipment, picklist = _packing(shop, ("MUG", 1))
    elsewhere = api.caller(Role.WAREHOUSE, warehouses=["B"])

    for path in (f"/v1/shipments/{shipment}/packing-slip", f"/v1/picklists/{picklist}/paper", "/v1/picklists/7/paper"):
        assert elsewhere.get(path).status_code == 404


def test_a_code_that_no_scanner_would_read_is_not_drawn_as_bars() -> None:
    drawn = barcode("85123A")

    assert drawn is not None
    assert barcode("ΑΛΦΑ") is None
    assert barcode("x" * 100) is None
