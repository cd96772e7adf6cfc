"""Files of a shop that comes or goes: read as people's spreadsheets write them, taken in once, given out as they came."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_client import app_of
from builders import Shop, broken, one, rows
from click.testing import CliRunner

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.cli import main
from fulfillment.client.api import Api, RefusedError
from fulfillment.files.columns import columns, from_cells, text, to_cells
from fulfillment.files.formats import BadFileError, Row, format_of, read, writer
from fulfillment.files.kinds import KINDS
from fulfillment.files.outcome import Outcome, Way
from fulfillment.files.take_in import TakenIn, take_in, write_refused
from fulfillment.wiring import Services


class Killed(BaseException):
    """The import died here."""


class InProcess(httpx.BaseTransport):
    """Hands requests to the API; dies after so many, their effects done and their answers lost."""

    def __init__(self, services: Services, *, dies_after: int = 0) -> None:
        self._app = httpx.WSGITransport(app_of(services))
        self._left = dies_after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._app.handle_request(request)
        response.read()
        self._left -= 1
        if self._left == 0:
            raise Killed
        return response


def api(shop: Shop, *, role: Role = Role.ADMIN, dies_after: int = 0) -> Api:
    with shop.services.transaction() as session:
        key = create_key(session, role=role, name="mover", at=datetime.now(UTC))
    return Api("http://api", key, transport=InProcess(shop.services, dies_after=dies_after))


def taken(file: Path, kind: str, by: Api, **way: Any) -> TakenIn:
    form = format_of(file, None)
    found = read(file, form, KINDS[kind].columns, encoding=None, told=lambda _: None)
    return take_in(by, kind, found, form, Way(file.name, **way), told=lambda _: None)


def given(file: Path, kind: str, by: Api) -> Path:
    form = format_of(file, None)
    with file.open("w", encoding="utf-8", newline="") as out:
        write = writer(out, form, KINDS[kind].written or KINDS[kind].columns)
        for made in KINDS[kind].read(by, form == "jsonl"):
            write(made)
    return file


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


PRODUCTS = """\
sku,name,description,price.amount,price.currency,needs_shipping,when_short,available_from,active,options,variant_of,option_values
SOCK,Socks,"Warm, ""left"" and
left",900,GBP,yes,deny,2030-01-31T00:00:00Z,true,"{""size"":[""S"",""L""]}",,
SOCK-S,Socks S,,900,GBP,,,,,,SOCK,"{""size"":""S""}"
EVIL,'=1+1,'''-quoted,,,false,,,no,,,
"""


def test_what_one_shop_gives_out_another_takes_in_and_gives_out_the_same(
    shop: Shop, own_shop: Shop, written: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = api(shop), api(own_shop)
    assert taken(written("products.csv", PRODUCTS), "products", first).outcome == Outcome(new=3)
    stock = "sku;warehouse;on_hand;safety\r\nEVIL;A;7;2\r\nEVIL;B;3;\r\nSOCK-S;A;0;\r\n"
    assert taken(written("stock.csv", stock), "stock", first).outcome == Outcome(changed=2, there=1)
    people = [
        {"name": "Ada", "email": "ada@example.com", "addresses": []},
        {
            "name": "@Bo",
            "email": None,
            "addresses": [{"name": "Bo", "line1": "2 Quay", "city": "Leith", "country": "GB"}] * 2,
        },
    ]
    customers = written("customers.jsonl", "\n".join(map(json.dumps, people)))
    assert taken(customers, "customers", first).outcome == Outcome(new=2)

    for kind in ("products", "stock", "customers"):
        for ending in ("csv", "jsonl"):
            out = given(tmp_path / f"{kind}-1.{ending}", kind, first)
            again = taken(out, kind, second)
            assert again.refused == [], (kind, ending, again)
            assert given(tmp_path / f"{kind}-2.{ending}", kind, second).read_bytes() == out.read_bytes()
            # Taken in again, here and there, nothing is done a second time.
            assert taken(out, kind, second).outcome == Outcome(there=again.rows)
            assert taken(out, kind, first).outcome == Outcome(there=again.rows)

    found = (tmp_path / "products-2.csv").read_text()
    assert "\nEVIL,'=1+1,'''-quoted," in found.replace("\r", "")
    assert rows(own_shop.services, "SELECT name FROM product WHERE sku = 'EVIL'") == [("=1+1",)]
    assert rows(own_shop.services, "SELECT on_hand, safety FROM stock ORDER BY on_hand DESC") == [(7, 2), (3, 0)]
    assert broken(own_shop.services) == {}


def test_a_killed_import_is_gone_on_with_by_the_same_command(shop: Shop, written: Callable[..., Path]) -> None:
    shop.sells("MUG", A=5)
    stock = written("stock.csv", "sku,warehouse,on_hand\nMUG,A,40\nMUG,B,7\n")
    bodies = [{**checkout("MUG"), "order": f"old-{n}"} for n in range(4)]
    orders = written("orders.jsonl", "\n".join(map(json.dumps, bodies)))
    with pytest.raises(Killed):
        taken(stock, "stock", api(shop, dies_after=2))
    with pytest.raises(Killed):
        taken(orders, "orders", (by := api(shop, dies_after=3)))
    assert rows(shop.services, "SELECT on_hand FROM stock") == [(40,)]  # and nothing in the other warehouse yet
    assert one(shop.services, "SELECT count(*) FROM purchase_order") == 3

    taken(stock, "stock", api(shop))
    assert taken(orders, "orders", by).outcome == Outcome(new=1, there=3)

    assert (shop.stock("MUG"), shop.stock("MUG", "B")) == ((40, 0), (7, 0))
    assert rows(shop.services, "SELECT reference FROM purchase_order ORDER BY reference") == [
        (f"old-{n}",) for n in range(4)
    ]
    assert broken(shop.services) == {}


def checkout(sku: str) -> dict[str, Any]:
    address = {"name": "Bo Lind", "line1": "2 Quay", "city": "Leith", "postal_code": "EH6 6AB", "country": "GB"}
    return {
        "market": "DE",
        "customer": {"name": "Bo Lind", "email": "bo@example.org"},
        "ship_to": address,
        "lines": [{"sku": sku, "quantity": 1}],
        "payments": [{"method": "card", "token": "tok_ok"}],
    }


def test_rows_of_one_order_are_one_order_and_a_refused_one_keeps_no_other_back(
    shop: Shop, written: Callable[..., Path], tmp_path: Path
) -> None:
    shop.sells("MUG", A=5)
    file = written(
        "orders.csv",
        "order,market,customer.name,customer.email,ship_to.name,ship_to.line1,ship_to.city,ship_to.country,"
        "payment.method,payment.token,line.sku,line.quantity\n"
        "old-1,DE,Bo Lind,bo@example.org,Bo,2 Quay,Leith,GB,card,tok_ok,MUG,1\n"
        "old-1,,,,,,,,,,MUG,2\n"
        "old-2,DE,Bo Lind,bo@example.org,Bo,2 Quay,Leith,GB,card,tok_ok,NOWHERE,1\n"
        "old-3,XX,Bo Lind,bo@example.org,Bo,2 Quay,Leith,GB,card,tok_ok,MUG,1\n"
        "old-4,DE,Bo Lind,bo@example.org,Bo,2 Quay,Leith,GB,manual,,MUG,many\n"
        "old-5,DE,Bo Lind,bo@example.org,Bo,2 Quay,Leith,GB,manual,,MUG,2\n",
    )

    found = taken(file, "orders", api(shop))
    write_refused(found.refused, tmp_path / "refused.csv")

    assert found.outcome == Outcome(new=2)
    assert [each.line for each in found.refused] == [4, 5, 6]
    assert "'many' is no whole number" in found.refused[2].reason
    assert "NOWHERE" in found.refused[0].reason
    assert (tmp_path / "refused.csv").read_text().splitlines()[0] == "line,reason,remedy"
    placed = """SELECT o.reference, CAST(sum(l.quantity) AS int) FROM purchase_order o JOIN shipment s ON s.order_id = o.id
                  JOIN line_item l ON l.shipment_id = s.id GROUP BY o.id ORDER BY o.reference"""
    assert rows(shop.services, placed) == [("old-1", 3), ("old-5", 2)]
    exported = given(tmp_path / "out.jsonl", "orders", api(shop)).read_text().splitlines()
    assert {json.loads(line)["reference"] for line in exported} == {"old-1", "old-5"}
    assert given(tmp_path / "out.csv", "orders", api(shop)).read_text().count("bo@example.org") == 2


def test_a_dry_run_tells_what_would_be_refused_and_an_update_changes_what_differs(
    shop: Shop, written: Callable[..., Path]
) -> None:
    shop.sells("MUG", price=500, A=5)
    [name] = rows(shop.services, "SELECT name FROM product WHERE sku = 'MUG'")[0]
    file = written(
        "products.csv",
        f"sku,name,price.amount,price.currency,active\nMUG,{name},750,GBP,yes\nCUP,Cup,100,,yes\nJUG,Jug,100,GBP,no\n",
    )

    dry = taken(file, "products", api(shop), dry=True)
    assert [each.line for each in dry.refused] == [2, 3]
    assert dry.refused[0].reason == "there with other content: MUG"
    assert one(shop.services, "SELECT count(*) FROM product WHERE sku IN ('CUP', 'JUG')") == 0

    found = taken(file, "products", api(shop), update=True)
    assert (found.outcome, [each.line for each in found.refused]) == (Outcome(new=1, changed=1), [3])
    assert rows(shop.services, "SELECT price FROM product WHERE sku = 'MUG'") == [(750,)]
    with pytest.raises(RefusedError):
        taken(file, "products", api(shop, role=Role.WAREHOUSE))

    stock = written("stock.csv", "sku,warehouse,on_hand\nMUG,A,9\nNONE,A,1\nMUG,NOWHERE,1\nMUG,A,-1\n")
    dry = taken(stock, "stock", api(shop), dry=True)
    assert shop.stock("MUG") == (5, 0)
    assert [each.line for each in dry.refused] == [3, 5]
    assert [each.line for each in taken(stock, "stock", api(shop)).refused] == [3, 4, 5]
    assert shop.stock("MUG") == (9, 0)

    twice = written("stock.csv", "sku,warehouse,on_hand,safety\nMUG,A,12,3\nMUG,A,12,\nMUG,A,11,\n")
    assert taken(twice, "stock", api(shop)).outcome == Outcome(changed=2, there=1)
    assert shop.stock("MUG") == (11, 0)  # what was said last, and not all of it together


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("\ufeffsku,name\r\nÄ,Größe\r\n".encode(), None),
        ("sku\tname\nÄ\tGröße\n".encode("utf-16"), None),
        ("sku;name\nÄ;Größe\n".encode("cp1252"), "cp1252"),
        ('sku|name\nÄ|"Größe"'.encode(), None),
    ],
)
def test_files_are_read_as_spreadsheets_write_them(
    written: Callable[..., Path], content: bytes, encoding: str | None
) -> None:
    file = written("products.csv", content)
    assert list(read(file, "csv", KINDS["products"].columns, encoding=encoding, told=lambda _: None)) == [
        Row(2, {"sku": "Ä", "name": "Größe"})
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"sku,nmae\nA,B\n", "no column is named 'nmae'; there are active, available_from"),
        (b"sku,sku\nA,B\n", "two columns are named 'sku'"),
        ("sku,name\nA,B\nÄ,C\n".encode("cp1252"), "not UTF-8; name another with --encoding, as cp1252"),
        (b'sku,name\nA,"B\n', "unexpected end of data"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    written: Callable[..., Path], content: bytes, said: str
) -> None:
    file = written("products.csv", content)
    with pytest.raises(BadFileError) as told:
        list(read(file, "csv", KINDS["products"].columns, encoding=None, told=lambda _: None))
    assert said in str(told.value)

    run = CliRunner().invoke(main, ["import", "products", str(file), "--key", "none", "--url", "http://127.0.0.1:1"])
    assert run.exit_code in {1, 2}
    assert "Traceback" not in run.output


def test_a_huge_file_is_read_with_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    with file.open("w") as out:
        out.write("sku,name\n")
        out.writelines(f"SKU-{n},{'x' * 1000}\n" for n in range(6_000))

    def count() -> Iterator[int]:
        for row in read(file, "csv", KINDS["products"].columns, encoding=None, told=lambda _: None):
            yield row.line

    tracemalloc.start()
    last = max(count())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert last == 6_001
    assert file.stat().st_size > 6_000_000
    assert most < 1_000_000


@pytest.mark.parametrize("name", ["=1+1", "+49 30", "-1", "@a", "'=1", "''-", "\t=", "\r=", "plain", "'quoted'", "a=1"])
def test_no_cell_is_a_formula_and_each_is_read_as_it_was(name: str) -> None:
    kind = columns(text, "name")
    [cell] = to_cells(kind, {"name": name})
    assert cell[0] not in "=+-@\t\r"
    assert from_cells(kind, {"name": cell}) == {"name": name}
