"""Documents of an order: numbers without gaps, words that are kept, who may open them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlparse

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse

from events.models import Event
from orders import links
from orders.actions import OrderRefused, issue_document, save_orders, withdraw_documents
from orders.models import Document, Order
from orders.papers.content import return_content
from orders.papers.documents import document_pdf
from orders.verifying import remember_verified
from tests.builders.door import MONDAY, line_seen, order_seen
from tests.builders.papers import ordered, pages_of, seller, text_of

pytestmark = pytest.mark.django_db
INVOICE, NOTE = Document.Kind.INVOICE, Document.Kind.DELIVERY_NOTE


@pytest.fixture
def order(store):
    seller(store)
    return ordered(store)


def verified(client, order):
    """This browser proved that it reads the mails of the order."""
    answer = HttpResponse()
    remember_verified(answer, order)
    for name, morsel in answer.cookies.items():
        client.cookies[name] = morsel.value
    return client


def path(order, rest=""):
    return urlparse(links.status_url(order)).path + rest


# --- Numbers ------------------------------------------------------------------------------------------------------


def test_numbers_rise_without_gaps_by_kind_and_year(store, order):
    others = [ordered(store, number=number) for number in (2, 3)]

    first = issue_document(order.pk, INVOICE, MONDAY)
    with pytest.raises(OrderRefused):
        issue_document(ordered(store, number=9, lines=()).pk, INVOICE, MONDAY)
    rest = [issue_document(other.pk, INVOICE, MONDAY) for other in others]
    note = issue_document(order.pk, NOTE, MONDAY)
    new_year = issue_document(ordered(store, number=4).pk, INVOICE, datetime(2026, 12, 31, 22, 30, tzinfo=UTC))

    assert [one.number for one in (first, *rest, note)] == ["26-0001", "26-0002", "26-0003", "26-0001"]
    assert new_year.number == "27-0001"  # half past midnight in Kyiv


def test_a_second_wish_gives_the_same_document(order):
    first = issue_document(order.pk, INVOICE, MONDAY)
    again = issue_document(order.pk, INVOICE, MONDAY + timedelta(days=40))

    assert again.pk == first.pk
    assert Event.objects.filter(kind="order.document_issued").count() == 1


def test_a_withdrawn_document_keeps_its_number(order):
    first = issue_document(order.pk, INVOICE, MONDAY)

    assert withdraw_documents([first.pk], MONDAY) == 1
    assert withdraw_documents([first.pk], MONDAY) == 0
    assert issue_document(order.pk, INVOICE, MONDAY).number == "26-0002"
    assert Event.objects.filter(kind="order.document_revoked").count() == 1


def test_an_old_document_keeps_its_words_when_seller_and_order_change(store, order):
    document = issue_document(order.pk, INVOICE, MONDAY)
    before = document_pdf(document.content)

    store.seller.legal_name = "ТОВ «Інша назва»"
    store.seller.save()
    save_orders(store, [order_seen(at=MONDAY + timedelta(hours=1), total=Decimal("99.00"))])
    document.refresh_from_db()

    assert document_pdf(document.content) == before
    assert "Лавка чаю" in text_of(before) and "Одна тисяча триста тридцять гривень 00 копійок" in text_of(before)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lines": ()}, "Order #7 has no lines: there is nothing to write on a document."),
        ({"cancelled_at": MONDAY}, "Order #7 is cancelled: no new documents are issued for it."),
    ],
)
def test_an_order_that_cannot_have_a_document_says_why(store, order, change, sentence):
    other = ordered(store, number=7, **change)

    with pytest.raises(OrderRefused, match=sentence):
        issue_document(other.pk, INVOICE, MONDAY)
    assert not Document.objects.exists()


def test_without_a_seller_the_agent_reads_why_and_the_customer_sees_no_link(client, store):
    order = ordered(store)

    with pytest.raises(OrderRefused, match="has no seller yet"):
        issue_document(order.pk, INVOICE, MONDAY)
    assert b"documents/" not in client.get(path(order)).content
    assert verified(client, order).get(path(order, "documents/")).status_code == 404


# --- What they say ------------------------------------------------------------------------------------------------


def test_an_invoice_holds_codes_lines_sums_and_words(order):
    said = text_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))

    for words in (
        "Рахунок на оплату № 26-0001", "від 23 листопада 2026 р.", "ТОВ «Лавка чаю»", "ЄДРПОУ 14360570",
        "Олена Коваленко", "Чайник", "1 250,00 ₴", "80,00 ₴", "1 330,00 ₴", "Без ПДВ",
        "Одна тисяча триста тридцять гривень 00 копійок", "Директорка", "не є фіскальним чеком",
    ):  # fmt: skip
        assert words in said, words


def test_an_unpaid_invoice_says_where_to_pay(store):
    seller(store, is_vat_payer=True, vat_code="143605704021")
    order = ordered(store, financial="pending")

    said = text_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))

    assert "UA21 3223 1300 0002 6007 2335 6600 1" in said
    assert "У тому числі ПДВ 20 %" in said and "221,67 ₴" in said
    assert "оплата за замовлення #1042" in said


def test_the_law_chooses_the_language_and_the_customers_stands_beside(store):
    seller(store)
    order = ordered(store, language="en")

    said = text_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))

    assert "Рахунок на оплату" in said and "Invoice" in said and "Покупець / Buyer" in said


def test_a_russian_seller_is_named_by_its_codes(store):
    seller(store, country="RU", company_code="7707083893", branch_code="773601001", register_code="1027700132195",
           account="", legal_name="ООО «Кит»")  # fmt: skip
    order = ordered(store, currency="RUB", language="ru")

    said = text_of(document_pdf(issue_document(order.pk, NOTE, MONDAY).content))

    assert "Товарная накладная № 26-0001" in said
    assert "ИНН 7707083893 · КПП 773601001 · ОГРН 1027700132195" in said
    assert "Одна тысяча триста тридцать рублей 00 копеек" in said and "Без налога (НДС)" in said


@pytest.mark.parametrize(
    ("shop", "sums"),
    [
        ({"total": "1330"}, [["goods", "1250.00"], ["shipping", "80.00"]]),
        ({"total": "1230", "discount": "100"}, [["goods", "1250.00"], ["shipping", "80.00"], ["discount", "-100.00"]]),
        ({"total": "1430", "discount": "-100"}, [["goods", "1250.00"], ["shipping", "80.00"], ["surcharge", "100.00"]]),
        ({"total": "1596", "tax": "266"}, [["goods", "1250.00"], ["shipping", "80.00"], ["tax", "266.00"]]),
        ({"total": "0", "shipping": "0"}, [["goods", "1250.00"], ["discount", "-1250.00"]]),
        ({"total": "1496", "tax": "266", "discount": "100"},
         [["goods", "1250.00"], ["shipping", "80.00"], ["discount", "-100.00"], ["tax", "266.00"]]),
    ],
)  # fmt: skip
def test_the_sums_always_add_up(store, shop, sums):
    seller(store)
    money = {name: Decimal(amount).quantize(Decimal("0.01")) for name, amount in shop.items()}

    content = issue_document(ordered(store, **money).pk, INVOICE, MONDAY).content

    assert content["sums"] == sums
    assert sum(Decimal(amount) for _name, amount in sums) == Decimal(content["total"])


def test_an_order_of_nothing_is_written_in_words(store):
    seller(store)
    order = ordered(store, total=Decimal(0), subtotal=Decimal(0), shipping=Decimal(0), lines=(line_seen(price="0.00"),))

    assert "Нуль гривень 00 копійок" in text_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))


def test_five_hundred_lines_repeat_the_head_and_number_the_pages(store):
    seller(store)
    lines = tuple(line_seen(f"Чай {n}", "10.00") for n in range(500))
    order = ordered(store, lines=lines, total=Decimal("5080"))

    pages = pages_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))

    assert 10 < len(pages) < 25
    assert all("Товар" in page and "Сума" in page for page in pages[:-1])
    assert f"{len(pages)} / {len(pages)}" in pages[-1] and "5 080,00 ₴" in pages[-1]
    assert sum(page.count("Чай ") for page in pages) == 500


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("\u202eЧай\u202c \u200fвечірній", "Чай вечірній"),
        ("Чай\x07\x00 з\tтіні", "Чай з тіні"),
        ("Чай 🍵☕️ зелений", "Чай зелений"),
        ("茶 чай", "�"),
        ("Чай <b>&amp;", "Чай <b>&amp;"),
    ],
)
def test_titles_are_written_as_far_as_the_font_goes(store, title, shown):
    seller(store)
    order = ordered(store, lines=(line_seen("x"),))
    order.lines.update(title=title.replace("\x00", ""))

    said = text_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))

    assert shown in " ".join(said.split())


def test_three_hundred_letters_without_a_space_break(store):
    seller(store)
    order = ordered(store, lines=(line_seen("Щ" * 300),))

    said = text_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))

    assert said.count("Щ") == 300
    assert max(line.count("Щ") for line in said.splitlines()) < 60


def test_a_return_application_is_filled_in_and_takes_no_number(order, store):
    lines = list(order.lines.all())

    said = text_of(document_pdf(return_content(order, lines, store.seller, "uk", MONDAY)))

    assert "Заява на повернення товару" in said and "Олена Коваленко" in said and "Чайник" in said
    assert "за замовленням #1042 (23 листопада 2026 р.)" in said
    assert not Document.objects.exists()


# --- Who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["documents/", "invoice.pdf", "delivery-note.pdf", "return.pdf"])
def test_a_stub_opens_no_paper_and_a_link_alone_asks_for_a_proof(client, order, rest):
    issue_document(order.pk, INVOICE, MONDAY)

    assert client.get(f"/o/{order.public_id}/{rest}").status_code == 404
    answer = client.get(path(order, rest))
    assert answer.status_code == 302 and "/verify/?next=" in answer["Location"]


def test_looking_issues_nothing_and_the_button_issues_once(client, order):
    verified(client, order)

    assert client.get(path(order, "documents/")).status_code == 200
    assert client.head(path(order, "invoice.pdf")).status_code == 404
    assert not Document.objects.exists()
    for _ in range(2):
        assert client.post(path(order, "documents/"), {"document": "invoice"}).status_code == 302
    answer = client.get(path(order, "invoice.pdf"))

    assert Document.objects.count() == 1
    assert answer["Content-Type"] == "application/pdf" and answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF-")
    assert "26-0001" in client.get(path(order, "documents/")).content.decode()


def test_a_customer_gets_a_delivery_note_once_the_order_has_left(client, order):
    verified(client, order)

    early = client.post(path(order, "documents/"), {"document": "delivery-note"})
    Order.objects.update(dispatched_at=MONDAY)
    late = client.post(path(order, "documents/"), {"document": "delivery-note"})

    assert (early.status_code, late.status_code) == (409, 302)
    assert client.get(path(order, "delivery-note.pdf")).status_code == 200


def test_another_orders_proof_opens_nothing(client, store, order):
    other = ordered(store, number=8)
    issue_document(other.pk, INVOICE, MONDAY)
    verified(client, order)

    assert client.get(path(other, "invoice.pdf")).status_code == 302


def test_the_order_page_leads_to_the_documents(client, order):
    page = client.get(path(order)).content.decode()

    assert 'href="documents/?lang=uk"' in page


# --- Sellers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("company_code", "14360571"), ("account", "UA213223130000026007233566002"), ("vat_code", "123")],
)
def test_a_mistyped_code_is_refused(store, field, wrong):
    with pytest.raises(ValidationError) as refused:
        seller(store, **{field: wrong})

    assert list(refused.value.message_dict) == [field]


def test_a_russian_account_must_fit_its_bank(store):
    russian = {"country": "RU", "company_code": "7707083893", "bank_code": "044525225"}

    with pytest.raises(ValidationError) as refused:
        seller(store, account="40702810000000000002", **russian)

    assert list(refused.value.message_dict) == ["account"]


# --- The agent ----------------------------------------------------------------------------------------------------


def test_an_agent_issues_opens_and_withdraws_by_hand(admin_client, order):
    admin_client.post(f"/admin/orders/document/issue/{order.pk}/", {"kind": "invoice"})
    document = Document.objects.get()
    listed = admin_client.get("/admin/orders/document/").content.decode()
    pdf = admin_client.get(f"/admin/orders/document/{document.pk}/pdf/")
    page = admin_client.get(f"/admin/orders/document/{document.pk}/change/").content.decode()
    admin_client.post(f"/admin/orders/document/{document.pk}/change/", {"deed": "withdraw"})
    document.refresh_from_db()

    assert "26-0001" in listed and document.digest in page
    assert pdf.content.startswith(b"%PDF-")
    assert document.withdrawn_at is not None and document.issued_by is not None


def test_the_agent_of_a_store_without_a_seller_reads_why(admin_client, store):
    order = ordered(store)

    answer = admin_client.post(f"/admin/orders/document/issue/{order.pk}/", {"kind": "invoice"}, follow=True)

    assert "has no seller yet" in answer.content.decode()


@pytest.mark.parametrize("many", [17, 23, 30])
def test_sums_and_signature_stand_on_one_page_with_the_last_of_the_goods(store, many):
    seller(store)
    order = ordered(store, lines=tuple(line_seen(f"Піала {n}") for n in range(many)))

    pages = pages_of(document_pdf(issue_document(order.pk, INVOICE, MONDAY).content))

    assert all(word in pages[-1] for word in (f"Піала {many - 1}", "Разом", "Мельник І. О.", "не є фіскальним"))
