from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from orders.stores.csv_file import Defaults, RefusedRow, read_orders
from orders.stores.seen import AddressSeen, LineSeen, OrderSeen
from shelf.tables import BadTable, write_csv, write_xlsx

KYIV = ZoneInfo("Europe/Kyiv")
SHOP = Defaults(KYIV, "UAH", "UA")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PLACED = datetime(2026, 10, 3, 12, 5, tzinfo=UTC)

UKRAINIAN = """Номер замовлення;Дата;Ім'я;Телефон;Email;Товар;Артикул;Кількість;Ціна;Доставка;Статус;Мова
1001;03.10.2026 15:05;Коваль Олена Петрівна;050 123 45 67;Olena@Example.com;Крем;CR-1;2;1 234,50;60,00;Оплачено;uk
1001;;;;;Мило;SO-1;1;99,00;;;
1002;04.10.2026;Петро Їжак;067 123 45 67;;Рушник;;;350;;Скасовано;
"""


def test_a_ukrainian_file_becomes_orders():
    olena, petro = orders(UKRAINIAN)

    assert olena == OrderSeen(
        external_id="1001",
        number="1001",
        currency="UAH",
        total=Decimal("2628.00"),
        placed_at=PLACED,
        updated_at=PLACED,
        lines=(
            LineSeen("1", "Крем", 2, Decimal("1234.50"), Decimal("2469.00"), sku="CR-1"),
            LineSeen("2", "Мило", 1, Decimal("99.00"), Decimal("99.00"), sku="SO-1"),
        ),
        subtotal=Decimal("2568.00"),
        shipping=Decimal("60.00"),
        financial="paid",
        paid_at=PLACED,
        first_name="Олена",
        last_name="Коваль",
        email="olena@example.com",
        phone="+380501234567",
        language="uk",
    )
    assert (petro.number, petro.first_name, petro.last_name, petro.email) == ("1002", "Петро", "Їжак", "")
    assert petro.placed_at == datetime(2026, 10, 3, 21, 0, tzinfo=UTC)
    assert petro.cancelled_at == petro.placed_at
    assert [(line.quantity, line.total) for line in petro.lines] == [(1, Decimal("350"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_the_encoding_makes_no_difference(encoding):
    assert list(read_orders(UKRAINIAN.encode(encoding), SHOP, NOW)) == orders(UKRAINIAN)


def test_a_russian_file_becomes_orders():
    [order] = orders(
        "№ заказа;Дата заказа;ФИО;Эл. почта;Наименование;Кол-во;Цена, руб.;Скидка;Сумма заказа;Валюта;"
        "Город;Адрес;Индекс\n"
        "А-17;3.10.2026 15:05;Иван Петрович Сидоров;ivan@example.ru;Чайник;1,000;2 500,00;-100;2 400,00;руб.;"
        "Казань;ул. Баумана, 5;420111\n",
        Defaults(ZoneInfo("Europe/Moscow"), "RUB", "RU"),
    )

    assert (order.number, order.currency, order.total) == ("А-17", "RUB", Decimal("2400.00"))
    assert (order.subtotal, order.discount) == (Decimal("2500.00"), Decimal("100"))
    assert (order.first_name, order.last_name) == ("Иван", "Сидоров")
    assert order.placed_at == datetime(2026, 10, 3, 12, 5, tzinfo=UTC)
    assert order.address == AddressSeen(
        name="Иван Петрович Сидоров", line1="ул. Баумана, 5", city="Казань", postcode="420111"
    )


def test_an_english_file_becomes_orders():
    [order] = orders(
        "Order number,Order date,First name,Last name,E-mail,Phone,Product,SKU,Qty,Price,Total,Currency,"
        "Country,Language\n"
        '5,2026-10-03T12:05:00Z,Anna,Smith,a@b.co,030 901820,"Soap, white",S1,3,"1,050.00","3,150.00",EUR,DE,en-GB\n'
    )

    assert order.lines == (LineSeen("1", "Soap, white", 3, Decimal("1050.00"), Decimal("3150.00"), sku="S1"),)
    assert (order.total, order.currency, order.phone) == (Decimal("3150.00"), "EUR", "+4930901820")
    assert (order.first_name, order.last_name, order.language) == ("Anna", "Smith", "en")
    assert order.address == AddressSeen(country="DE")


def test_the_export_of_shopify_is_read_as_it_is():
    [order] = orders(
        "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,Shipping,Total,Currency,"
        "Billing Name,Id\n"
        "#1001,olena@example.com,paid,2026-10-03 15:05:00 +0300,2,Cream,10.00,5.00,32.50,EUR,Olena Koval,450789469\n"
        "#1001,olena@example.com,,,1,Soap,7.50,,,,,\n"
    )

    assert (order.external_id, order.number, order.total) == ("450789469", "#1001", Decimal("32.50"))
    assert (order.first_name, order.last_name, order.placed_at) == ("Olena", "Koval", PLACED)
    assert [line.total for line in order.lines] == [Decimal("20.00"), Decimal("7.50")]


def test_an_excel_file_is_read_like_a_csv():
    columns = ["Номер", "Дата", "Телефон", "Товар", "Кількість", "Ціна"]
    row = [1001, PLACED, 380501234567, "Крем", 2, Decimal("1234.50")]

    [order] = list(read_orders(write_xlsx(columns, [row], "uk", KYIV), SHOP, NOW))

    assert (order.number, order.placed_at, order.phone) == ("1001", PLACED, "+380501234567")
    assert order.total == Decimal("2469.0")


def test_our_own_export_can_be_read_back():
    columns = ["number", "date", "phone", "product", "quantity", "price"]
    row = ["=1001", PLACED, "+380501234567", "-Крем", 2, Decimal("1234.50")]

    for language in ("uk", "ru", "en"):
        [order] = list(read_orders(b"".join(write_csv(columns, [row], language, KYIV)), SHOP, NOW))

        assert (order.number, order.phone, order.lines[0].title) == ("=1001", "+380501234567", "-Крем")
        assert (order.placed_at, order.total) == (PLACED, Decimal("2469.00"))


@pytest.mark.parametrize(
    ("rows", "line_totals", "total"),
    [
        # price;total on each row
        (["100;", "50;"], ["100", "50"], "150"),
        (["100;175", "50;"], ["100", "50"], "175"),
        (["100;175", "50;175"], ["100", "50"], "175"),
        (["100;100", "50;50"], ["100", "50"], "150"),
        (["100;90", "50;45"], ["90", "45"], "135"),
        (["100;100", "100;100"], ["100", "100"], "200"),
        ([";100", ";50"], ["100", "50"], "150"),
        (["100;100"], ["100"], "100"),
        (["100;120"], ["100"], "120"),
        ([";120"], ["120"], "120"),
    ],
)
def test_a_total_is_of_the_order_or_of_the_lines(rows, line_totals, total):
    [order] = orders("number;date;email;product;price;total\n" + "".join(f"1;2026-10-03;a@b.co;x;{r}\n" for r in rows))

    assert [str(line.total) for line in order.lines] == line_totals
    assert str(order.total) == total


def test_explicit_totals_of_lines_and_orders_are_taken_as_they_are():
    [order] = orders(
        "number;date;email;product;quantity;price;line total;order total\n"
        "1;2026-10-03;a@b.co;x;2;100;180;230\n"
        "1;2026-10-03;a@b.co;y;1;;50;230\n"
    )

    assert [(line.price, line.total) for line in order.lines] == [
        (Decimal("100"), Decimal("180")),
        (Decimal("50.00"), Decimal("50")),
    ]
    assert order.total == Decimal("230")


def test_rows_of_one_order_need_not_stand_together():
    second, first = orders(  # an order is read when its last row has been seen
        "number;date;email;product;price\n1;2026-10-03;a@b.co;x;1\n2;2026-10-03;c@d.co;y;2\n1;2026-10-03;A@b.co;z;3\n"
    )

    assert [line.title for line in first.lines] == ["x", "z"]
    assert [line.title for line in second.lines] == ["y"]


@pytest.mark.parametrize(
    ("status", "financial", "paid", "cancelled"),
    [
        ("Paid", "paid", True, False),
        ("Выполнен", "paid", True, False),
        ("відправлено", "paid", True, False),
        ("Новый", "pending", False, False),
        ("Очікує оплати", "pending", False, False),
        ("Возврат", "refunded", False, False),
        ("Отменён", "", False, True),
        ("CANCELLED", "", False, True),
        ("Комплектуется", "", False, False),
        ("", "", False, False),
    ],
)
def test_the_status_tells_what_was_paid_or_cancelled(status, financial, paid, cancelled):
    [order] = orders(f"number;date;email;product;price;status\n1;03.10.2026;a@b.co;x;1;{status}\n")

    assert order.financial == financial
    assert (order.paid_at is not None, order.cancelled_at is not None) == (paid, cancelled)


@pytest.mark.parametrize(
    ("written", "code"),
    [("", "UAH"), ("грн.", "UAH"), ("₴", "UAH"), ("uah", "UAH"), ("руб", "RUB"), ("€", "EUR"), ("Євро", "EUR")],
)
def test_currencies_may_be_written_as_people_do(written, code):
    [order] = orders(f"number;date;email;product;price;currency\n1;03.10.2026;a@b.co;x;1;{written}\n")

    assert order.currency == code


@pytest.mark.parametrize(
    ("written", "code"),
    [("ua", "uk"), ("Українська", "uk"), ("русский", "ru"), ("en-GB", "en"), ("RU", "ru"), ("de", ""), ("", "")],
)
def test_languages_may_be_written_as_people_do(written, code):
    [order] = orders(f"number;date;email;product;price;language\n1;03.10.2026;a@b.co;x;1;{written}\n")

    assert order.language == code


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Олена Коваль", "Олена", "Коваль"),
        ("Олена", "Олена", ""),
        ("Коваль Олена Петрівна", "Олена", "Коваль"),
        ("Олена Петрівна Коваль", "Олена", "Коваль"),
        ("Сидоров Иван Ильич", "Иван", "Сидоров"),
        ("Mary Jane van Dyke", "Mary", "Jane van Dyke"),
    ],
)
def test_full_names_are_split_where_a_patronymic_tells_how(name, first, last):
    [order] = orders(f"number;date;email;product;price;name\n1;03.10.2026;a@b.co;x;1;{name}\n")

    assert (order.first_name, order.last_name) == (first, last)


# --- Refusals -------------------------------------------------------------------------------------------------

HEAD = "number;date;email;phone;product;quantity;price;currency"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (";03.10.2026;a@b.co;;x;1;1;", "The order number is missing."),
        ("1;;a@b.co;;x;1;1;", "The date is missing."),
        ("1;soon;a@b.co;;x;1;1;", "“soon” is no date. Write it as 2026-11-24 or 24.11.2026."),
        (
            "1;05/04/2026;a@b.co;;x;1;1;",
            "“05/04/2026” may be two different days. Write it as 2026-11-24 or 24.11.2026.",
        ),
        ("1;03.10.2027;a@b.co;;x;1;1;", "The date 03.10.2027 lies in the future."),
        ("1;03.10.2026;;;x;1;1;", "There is neither an e-mail address nor a telephone number."),
        ("1;03.10.2026;olena;;x;1;1;", "“olena” is no e-mail address."),
        ("1;03.10.2026;;call me;x;1;1;", "“call me” is no telephone number, and there is no e-mail."),
        ("1;03.10.2026;a@b.co;;;1;1;", "The product is missing."),
        ("1;03.10.2026;a@b.co;;x;0;1;", "“0” is no quantity: a whole number from 1 is expected."),
        ("1;03.10.2026;a@b.co;;x;1,5;1;", "“1,5” is no quantity: a whole number from 1 is expected."),
        ("1;03.10.2026;a@b.co;;x;two;1;", "“two” is no number."),
        ("1;03.10.2026;a@b.co;;x;1;;", "The price is missing."),
        ("1;03.10.2026;a@b.co;;x;1;cheap;", "“cheap” is no number."),
        ("1;03.10.2026;a@b.co;;x;1;99999999999;", "“99999999999” is too large."),
        ("1;03.10.2026;a@b.co;;x;1000000;10000;", "“10000000000” is too large."),
        (
            "1;03.10.2026;a@b.co;;x;1;1;гроші",
            "“гроші” is no currency. Write a code such as UAH, RUB or EUR.",
        ),
        (
            "1;03.10.2026;a@b.co;;x;1;1;UAH;surplus",
            "The row has more cells than the heading. Put values with a separator in quotes.",
        ),
    ],
)
def test_a_row_that_cannot_be_used_says_why(row, sentence):
    good = "7;03.10.2026;a@b.co;;x;1;1;"

    order, refused = sorted(orders(f"{HEAD}\n{row}\n{good}\n"), key=lambda seen: isinstance(seen, RefusedRow))

    assert order.number == "7"
    assert (refused.line, str(refused.reason)) == (2, sentence)
    assert refused.raw["email"] == row.split(";")[2]


def test_an_order_is_taken_whole_or_not_at_all():
    refused = orders(f"{HEAD}\n1;03.10.2026;a@b.co;;x;1;1;\n1;03.10.2026;a@b.co;;y;1;cheap;\n")

    assert [(row.line, str(row.reason)) for row in refused] == [
        (2, "Row 3 of the same order cannot be used."),
        (3, "“cheap” is no number."),
    ]


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("03.10.2026;a@b.co;1;;", "03.10.2026;c@d.co;1;;", "disagree: “a@b.co” and “c@d.co”."),
        ("03.10.2026;a@b.co;1;;", "04.10.2026;a@b.co;1;;", "disagree: “03.10.2026” and “04.10.2026”."),
        ("03.10.2026;a@b.co;1;;UAH", "03.10.2026;a@b.co;1;;EUR", "disagree: “UAH” and “EUR”."),
        ("03.10.2026;a@b.co;1;500;", "03.10.2026;a@b.co;1;700;", "disagree about its total."),
    ],
)
def test_rows_that_contradict_each_other_are_refused(first, second, sentence):
    refused = orders(f"number;product;date;email;price;total;currency\n1;x;{first}\n1;y;{second}\n")

    assert [row.line for row in refused] == [2, 3]
    assert str(refused[1].reason) == f"The rows of order 1 {sentence}"


def test_a_phone_that_is_none_does_no_harm_beside_an_email():
    [order] = orders(f"{HEAD}\n1;03.10.2026;a@b.co;call me;x;1;1;\n")

    assert (order.email, order.phone) == ("a@b.co", "call me")


def test_a_comma_before_three_digits_is_a_fraction_only_where_semicolons_separate():
    [semicolons] = orders("number;date;email;product;price\n1;2026-10-03;a@b.co;x;1,250\n")
    [commas] = orders('number,date,email,product,price\n1,2026-10-03,a@b.co,x,"1,250"\n')

    assert semicolons.total == Decimal("1.250")
    assert str(commas.reason) == "“1,250” may be a thousand or a fraction. Write it without a comma."


def test_a_file_without_a_needed_column_is_refused_at_once():
    with pytest.raises(BadTable) as refusal:
        read_orders("Номер;Товар;Ціна\n1;x;1\n".encode(), SHOP, NOW)

    assert str(refusal.value) == "The column “date” is missing. The file has: Номер, Товар, Ціна."


def test_a_file_with_headings_only_holds_no_orders():
    assert orders(HEAD + "\n") == []


def orders(text, shop=SHOP):
    return list(read_orders(text.encode(), shop, NOW))
