"""What lies in the parcel: slips and cards in one file, and the page behind their code."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from pypdf import PdfReader

from messaging.models import Message
from orders.actions import slips_of
from orders.models import Insert, InsertText, Order, Product, ProductGuide
from orders.papers.slips import PRINTS
from shelf import qr
from tests.builders.articles import RETURNS, article, verified
from tests.builders.door import MONDAY, line_seen
from tests.builders.papers import ordered, pages_of, text_of

pytestmark = pytest.mark.django_db
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1"}
PERSONAL = ("Олена", "Коваленко", "Хрещатик", "olena@", "1042", "1 330", "1330")


@pytest.fixture
def order(store):
    return ordered(store)


def page_of(client, order, **more):
    code = Insert.objects.get(order=order).code
    return client.get(f"/i/{code}/", headers=PHONE, **more)


def read_code(pdf: bytes, side: float) -> list[list[bool]]:
    """The modules of the QR code on the first page, read back from its black rectangles."""
    page = PdfReader(BytesIO(pdf)).pages[0]
    black, fill = [], None
    for operands, operator in _operations(page):
        if operator in (b"g", b"rg"):
            fill = [float(value) for value in operands]
        elif operator == b"re" and fill and not any(fill):
            black.append([float(value) for value in operands])
    left, top = min(x for x, *_ in black), max(y for _x, y, *_ in black)
    module = abs(black[0][3])
    count = round(side / 25.4 * 72 / module)
    grid = [[False] * count for _ in range(count)]
    for x, y, width, _height in black:
        row, column = round((top - y) / module), round((x - left) / module)
        for step in range(round(width / module)):
            grid[row + qr.QUIET][column + qr.QUIET + step] = True
    return grid


def _operations(page):
    from pypdf.generic import ContentStream

    return ContentStream(page.get_contents(), page.pdf).operations


@pytest.mark.parametrize(("what", "side", "address"), [("slips", 28, "o"), ("cards", 28, "i"), ("inserts", 40, "i")])
def test_the_printed_code_leads_where_it_should(order, what, side, address):
    [slip] = slips_of([order.pk], MONDAY)

    pdf = PRINTS[what]([slip], MONDAY)

    code = {"o": order.public_id, "i": Insert.objects.get().code}[address]
    assert read_code(pdf, side) == qr.matrix(f"{settings.PUBLIC_URL}/{address}/{code}/")


def test_a_selection_is_one_file_and_keeps_its_codes(store, order, django_assert_num_queries):
    others = [ordered(store, number=number).pk for number in range(2, 12)]

    with django_assert_num_queries(7):  # five, and a savepoint
        slips = slips_of([order.pk, *others], MONDAY)
    again = slips_of([order.pk, *others], MONDAY + timedelta(days=1))

    assert [slip.insert_url for slip in again] == [slip.insert_url for slip in slips]
    assert len(pages_of(PRINTS["slips"](slips, MONDAY))) == 11
    assert PRINTS["cards"](slips, MONDAY) == PRINTS["cards"](slips, MONDAY)


def test_cards_have_their_size_bleed_and_marks(order):
    page = PdfReader(BytesIO(PRINTS["cards"](slips_of([order.pk], MONDAY), MONDAY))).pages[0]

    width, height = (round(float(side) / 72 * 25.4, 1) for side in (page.mediabox.width, page.mediabox.height))
    assert (width, height) == (85 + 18, 55 + 18)  # three millimetres of bleed, six for the marks


def test_a_slip_lies_open_and_names_neither_surname_nor_address_nor_sum(order):
    said = text_of(PRINTS["slips"](slips_of([order.pk], MONDAY), MONDAY))

    assert "#1042" in said and "Чайник" in said and "Олена" in said
    assert not [word for word in ("Коваленко", "Хрещатик", "1 330", "1330", "olena@") if word in said]


def test_a_card_greets_by_name_and_a_store_thanks_in_its_words(store, order):
    InsertText.objects.create(store=store, language="uk", thanks="Чай любить тишу.", signed="Ірина та лавка")

    said = text_of(PRINTS["inserts"](slips_of([order.pk], MONDAY), MONDAY))

    assert "Дякуємо, Олено!" in said and "Чай любить тишу." in said and "Ірина та лавка" in said


def test_the_page_tells_how_to_use_it_and_nothing_personal(client, store, order):
    slips_of([order.pk], MONDAY)
    kettle = Product.objects.get(title="Чайник")
    ProductGuide.objects.create(
        product=kettle, language="uk", text="Першу воду злийте.", video_url="https://v.example/1"
    )
    ProductGuide.objects.create(product=kettle, language="en", text="Pour the first water away.")

    page = page_of(client, order).content.decode()

    for shown in ("Першу воду злийте.", "https://v.example/1"):
        assert shown in page
    assert "first water" not in page
    assert not [word for word in PERSONAL if word in page]


def test_the_help_centres_articles_about_the_goods_stand_once_and_only_verified_ones(client, store):
    order = ordered(store, lines=(line_seen("Чайник"), line_seen("Улун")))
    Product.objects.filter(title="Чайник").update(sku="KT-1")
    Product.objects.filter(title="Улун").update(category="Tea")
    slips_of([order.pk], MONDAY)
    ProductGuide.objects.create(product=Product.objects.get(title="Чайник"), language="uk", article="first-boil")
    for slug, goods in (("first-boil", []), ("care", ["kt-1", "tea"]), ("secret", ["tea"])):
        title = {"uk": (slug.title(), "Слова."), "en": (slug, "Words.")}
        verified(slug, title, goods=goods, audience="agents" if slug == "secret" else "public")
    article("draft", RETURNS, goods=["tea"])

    page = page_of(client, order).content.decode()

    assert re.findall(r'href="/help/([\w-]+)/\?lang=uk">', page) == ["first-boil", "care"]
    assert "First-Boil</a>" in page and "Улун" not in page


def test_a_discreet_order_names_no_products(client, store, order):
    slips_of([order.pk], MONDAY)
    ProductGuide.objects.create(product=Product.objects.get(), language="uk", text="Першу воду злийте.")
    Order.objects.update(is_discreet=True)

    page = page_of(client, order).content.decode()

    assert "Чайник" not in page and "Першу воду" not in page


def test_people_are_counted_and_machines_are_not(client, order):
    slips_of([order.pk], MONDAY)
    code = Insert.objects.get().code

    client.head(f"/i/{code}/", headers=PHONE)
    client.get(f"/i/{code}/", headers={"User-Agent": "facebookexternalhit/1.1"})
    assert Insert.objects.get().opened_at is None
    page_of(client, order)
    first = Insert.objects.get().opened_at
    page_of(client, order)

    assert first is not None
    assert (Insert.objects.get().opens, Insert.objects.get().opened_at) == (2, first)


def test_the_link_to_the_order_goes_to_its_own_address_once(client, order, journeys):
    slips_of([order.pk], MONDAY)
    code = Insert.objects.get().code

    answers = [client.post(f"/i/{code}/") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert [m.address for m in Message.objects.filter(key__startswith="find:")] == ["olena@example.com"]
    assert b"olena@" not in client.get(answers[0]["Location"]).content


@pytest.mark.parametrize("code", ["x", "A" * 16, "%00", "я" * 400])
def test_an_unknown_code_is_not_found(client, db, code):
    assert client.get(f"/i/{code}/").status_code == 404


def test_an_agent_prints_what_is_marked(admin_client, order):
    for action in ("print_slips", "print_cards", "print_inserts"):
        answer = admin_client.post("/admin/orders/order/", {"action": action, "_selected_action": [order.pk]})
        assert answer["Content-Type"] == "application/pdf", action


def test_three_hundred_letters_stay_on_the_slip(store):
    order = ordered(store, number=5, lines=(line_seen("Щ" * 300),))

    assert text_of(PRINTS["slips"](slips_of([order.pk], MONDAY), MONDAY)).count("Щ") == 300


def test_a_slip_that_goes_on_names_its_order_on_every_page(store):
    order = ordered(store, lines=tuple(line_seen(f"Піала {n}") for n in range(40)))

    pages = pages_of(PRINTS["slips"](slips_of([order.pk], MONDAY), MONDAY))

    assert len(pages) == 3
    assert all("#1042" in page and "К-сть" in page for page in pages)


@pytest.mark.parametrize("what", ["cards", "inserts"])
def test_a_card_is_one_page_whatever_is_written_on_it(store, what):
    order = ordered(store, first_name="Олександра-Вікторія")
    long = {"thanks": "Дякуємо щиро. " * 21, "signed": "Ірина Левченко та вся майстерня «Тиха чашка на Подолі»"}
    InsertText.objects.create(store=store, language="uk", **long)

    [page] = pages_of(PRINTS[what](slips_of([order.pk], MONDAY), MONDAY))

    assert "Олександро-Вікторіє!" in page and "на Подолі»" in page.replace("\n", " ")
