from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest

from fulfillment.notifications.compose import compose
from fulfillment.notifications.context import MailKind, MailLine, MailTotals, OrderMail
from fulfillment.notifications.mailer import Message
from fulfillment.notifications.outbox import OutboxMailer

MINIMAL = OrderMail(
    number="PO-1001",
    placed_at=datetime(2026, 11, 21, 9, 5, tzinfo=UTC),
    email="ana@customer.example",
    currency="GBP",
    store_name="The Clock Shop",
)
FULL = replace(
    MINIMAL,
    customer_name="Ana Díaz",
    lines=(MailLine("Retro clock", "RETRO-CLOCK", 2, 2500), MailLine("Garish rug", "GARISH-RUG", 1, 119950)),
    totals=MailTotals(items=122450, discount=1000, shipping=495, tax=24389, total=146334),
    ship_to=("Ana Díaz", "12 Harbour Street", "Bristol BS1 4ST", "GB"),
    shipment_number="PO-1001-1",
    tracking_number="JD0146000045",
    refunded=2500,
    cancel_reason="customer changed her mind",
    money_note="25.00 GBP were refunded, 1,438.34 GBP were reversed.",
)


def a_mail(kind: str, order: OrderMail = FULL) -> Message:
    return compose(MailKind(kind), order, message_id="<81.PO-1001@shop.example>")


class Seen(HTMLParser):
    """What a reader of the HTML sees, and every element and address it is made of."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "background", "action"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if "style" not in self.open and "title" not in self.open:
            self.words.append(data)


def test_the_whole_text_of_an_order_received() -> None:
    mail = a_mail("order_received", replace(FULL, money_note=None))

    assert mail.subject == "We have your order PO-1001"
    assert mail.text == (
        "We have your order PO-1001\n"
        "\n"
        "Hello Ana Díaz,\n"
        "\n"
        "Thank you for your order. We will tell you when it is on its way.\n"
        "\n"
        "Order            PO-1001\n"
        "Placed           21 November 2026, 09:05 UTC\n"
        "\n"
        "------------------------------------------------------------------------\n"
        "2 x Retro clock (RETRO-CLOCK)                                  25.00 GBP\n"
        "1 x Garish rug (GARISH-RUG)                                 1,199.50 GBP\n"
        "------------------------------------------------------------------------\n"
        "Items                                                       1,224.50 GBP\n"
        "Discount                                                      -10.00 GBP\n"
        "Shipping                                                        4.95 GBP\n"
        "Tax                                                           243.89 GBP\n"
        "Total                                                       1,463.34 GBP\n"
        "\n"
        "Ship to:\n"
        "  Ana Díaz\n"
        "  12 Harbour Street\n"
        "  Bristol BS1 4ST\n"
        "  GB\n"
        "\n"
        "-- \n"
        "The Clock Shop\n"
        "This mail was sent automatically, because of your order.\n"
    )


def test_the_whole_text_of_the_shortest_mail() -> None:
    assert a_mail("canceled", MINIMAL).text == (
        "Your order PO-1001 was canceled\n"
        "\n"
        "Hello,\n"
        "\n"
        "Your order was canceled. Nothing more will be shipped.\n"
        "\n"
        "Order            PO-1001\n"
        "Placed           21 November 2026, 09:05 UTC\n"
        "\n"
        "-- \n"
        "The Clock Shop\n"
        "This mail was sent automatically, because of your order.\n"
    )


def test_the_message_goes_to_the_customer_under_the_given_id() -> None:
    mail = a_mail("shipped")

    assert (mail.to, mail.to_name) == ("ana@customer.example", "Ana Díaz")
    assert mail.message_id == "<81.PO-1001@shop.example>"
    assert mail.headers == {"X-Order-Number": "PO-1001", "X-Mail-Kind": "shipped"}


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("order", [MINIMAL, FULL], ids=["minimal", "full"])
def test_every_kind_renders_whole_and_can_be_sent(kind, order, tmp_path) -> None:
    mail = a_mail(kind, order)

    assert OutboxMailer(tmp_path, "orders@shop.example").send([mail]) == [None]
    seen = Seen(mail.html)
    assert seen.open == []
    assert seen.links == []
    assert "url(" not in mail.html
    assert mail.subject in seen.text
    assert "None" not in mail.text + seen.text
    assert "\n\n\n" not in mail.text


@pytest.mark.parametrize("kind", MailKind)
def test_text_and_html_say_the_same(kind) -> None:
    mail = a_mail(kind)

    words = set(mail.text.replace("--", "").replace("(", " ").replace(")", " ").replace(":\n", "\n").split()) - {"x"}
    assert words - set(Seen(mail.html).text.split()) == set()


def test_a_shipment_names_its_tracking_number_and_no_prices() -> None:
    mail = a_mail("shipped", replace(FULL, money_note=None))

    assert "Tracking number  JD0146000045\n" in mail.text
    assert "Shipment         PO-1001-1\n" in mail.text
    assert "2 x Retro clock (RETRO-CLOCK)\n" in mail.text
    assert "GBP" not in mail.text + mail.html
    assert "no tracking number" not in mail.text


def test_a_shipment_without_a_tracking_number_says_so() -> None:
    mail = a_mail("shipped", replace(FULL, tracking_number=None))

    assert "It has no tracking number." in mail.text
    assert "It has no tracking number." in Seen(mail.html).text


def test_items_without_an_address_are_not_said_to_be_on_their_way() -> None:
    mail = a_mail("shipped", replace(FULL, ship_to=(), tracking_number=None))

    assert mail.subject == "Your order PO-1001 is fulfilled"
    assert "These items need no shipping." in mail.text
    assert "carrier" not in mail.text


def test_a_cancellation_gives_its_reason_and_what_became_of_the_money() -> None:
    mail = a_mail("canceled")

    assert "Reason           customer changed her mind\n" in mail.text
    assert "25.00 GBP were refunded, 1,438.34 GBP were reversed.\n" in mail.text
    assert "Ship to" not in mail.text


def test_a_refund_names_the_amount() -> None:
    assert "Refunded         25.00 GBP\n" in a_mail("refunded").text
    assert "Refunded" not in a_mail("canceled").text


@pytest.mark.parametrize(
    ("currency", "shown"), [("GBP", "1,234.56 GBP"), ("JPY", "123,456 JPY"), ("KWD", "123.456 KWD")]
)
def test_money_has_the_decimals_of_its_currency(currency, shown) -> None:
    mail = a_mail("refunded", replace(MINIMAL, currency=currency, refunded=123456))

    assert f"Refunded         {shown}\n" in mail.text
    assert shown in Seen(mail.html).text


def test_times_are_shown_in_utc_whatever_zone_they_come_in() -> None:
    placed_at = datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=5)))

    assert "21 November 2026, 20:30 UTC" in a_mail("refunded", replace(MINIMAL, placed_at=placed_at)).text


def test_what_a_customer_writes_is_never_html() -> None:
    evil = "<script>alert(1)</script>"
    order = replace(
        FULL,
        customer_name=evil,
        cancel_reason=evil,
        money_note=evil,
        store_name=evil,
        number=evil,
        tracking_number=evil,
        shipment_number=evil,
        ship_to=(evil, '"><img src=x onerror=alert(1)>'),
        lines=(MailLine(evil, evil, 1, 1),),
    )
    for kind in MailKind:
        seen = Seen(a_mail(kind, order).html)
        assert not {"script", "img"} & set(seen.tags)
        assert f"Hello {evil}," in seen.text


def test_what_a_customer_writes_is_never_a_template() -> None:
    mail = a_mail("refunded", replace(MINIMAL, customer_name="{{ 7 * 7 }}{% raw %}"))

    assert "Hello {{ 7 * 7 }}{% raw %},\n" in mail.text


def test_a_name_can_forge_neither_a_header_nor_a_line(tmp_path) -> None:
    order = replace(
        FULL,
        number="PO-1\r\nBcc: thief@evil.example",
        customer_name="Ana\r\nBcc: thief@evil.example\r\n\r\nTotal 0.00 GBP",
        lines=(MailLine("Clock\nTotal      0.00 GBP", "A\u2028B", 1, 2500),),
    )
    mail = a_mail("order_received", order)

    assert mail.to_name == "Ana Bcc: thief@evil.example Total 0.00 GBP"
    assert OutboxMailer(tmp_path, "orders@shop.example").send([mail]) == [None]
    [file] = tmp_path.glob("*.mbox")
    assert not any(line.lower().startswith(b"bcc") for line in file.read_bytes().splitlines())
    assert [line for line in mail.text.splitlines() if line.startswith("Total")] == [
        f"{'Total':54}{'1,463.34 GBP':>18}"
    ]


def test_a_name_cannot_turn_the_writing_direction_around() -> None:
    assert a_mail("refunded", replace(MINIMAL, customer_name="Ana \u202egnp.exe\u2066")).to_name == "Ana gnp.exe"


def test_an_order_of_a_thousand_lines_names_every_one_of_them(tmp_path) -> None:
    lines = tuple(MailLine(f"Clock {number}", f"SKU-{number:04}", number, number * 100) for number in range(1, 1001))
    mail = a_mail("order_received", replace(FULL, lines=lines))

    text, html = mail.text, Seen(mail.html).text
    assert [line.sku for line in lines if line.sku not in text or line.sku not in html] == []
    assert f"{'1000 x Clock 1000 (SKU-1000)':54}{'1,000.00 GBP':>18}\n" in text
    assert OutboxMailer(tmp_path, "orders@shop.example").send([mail]) == [None]


def test_a_long_name_pushes_its_amount_to_the_next_line() -> None:
    lines = (MailLine("Clock " * 12, "CLOCK", 1, 2500),)

    text = a_mail("order_received", replace(FULL, lines=lines)).text

    assert f"1 x {' '.join(['Clock'] * 12)} (CLOCK)\n{'25.00 GBP':>72}\n" in text


@pytest.mark.parametrize(
    ("kind", "lead"),
    [
        ("order_received", "Thank you for your order. We will tell you when it is on its way."),
        (
            "payment_declined",
            (
                "Your payment was declined, so no money was taken. We keep your order\n"
                "open for a while: please pay in another way, or ask us. If no payment\n"
                "comes, we cancel the order."
            ),
        ),
        ("shipped", "We have handed this shipment to the carrier."),
        ("canceled", "Your order was canceled. Nothing more will be shipped."),
        (
            "refunded",
            (
                "We have sent money back to you, the way it was paid. Depending on your\n"
                "bank it can take some days to arrive."
            ),
        ),
    ],
)
def test_every_kind_opens_with_sentences_of_its_own_in_short_lines_of_text(kind, lead) -> None:
    mail = a_mail(kind, replace(FULL, money_note=None))

    assert f"\nHello Ana Díaz,\n\n{lead}\n\nOrder  " in mail.text
    assert f'>Hello Ana D&#237;az,</p>\n<p style="margin:0 0 12px">{lead.replace(chr(10), " ")}</p>\n' in mail.html


def test_an_address_of_blanks_is_no_address() -> None:
    mail = a_mail("order_received", replace(FULL, ship_to=("", " ")))

    assert "Ship to" not in mail.text + mail.html
    assert "on its way" not in mail.text + mail.html


@pytest.mark.parametrize(
    ("discount", "tax", "shown", "padded"),
    [
        (0, 0, ["Items", "Shipping", "Total"], "Shipping"),
        (1, 2, ["Items", "Discount", "Shipping", "Tax", "Total"], "Tax"),
    ],
)
def test_the_row_above_the_total_keeps_its_distance(discount, tax, shown, padded) -> None:
    html = a_mail("refunded", replace(FULL, totals=MailTotals(5, discount, 3, tax, 8))).html

    rows = [row for row in html.splitlines() if row.endswith(" GBP</td></tr>") and "valign" not in row]
    assert [row.partition("</td>")[0].rpartition(">")[2] for row in rows] == shown
    assert [row.partition("</td>")[0].rpartition(">")[2] for row in rows if "padding:2px 12px 10px 0" in row] == [
        padded
    ]


def test_blanks_between_words_count_once() -> None:
    assert a_mail("refunded", replace(MINIMAL, customer_name="  Ana   Díaz ")).to_name == "Ana Díaz"
