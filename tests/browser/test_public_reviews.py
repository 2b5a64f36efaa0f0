"""The public pages of reviews in a browser: hostile words stay words, it fits a phone, the widget stands in a shop."""

import json
import os

import pytest
from playwright.sync_api import expect

from feedback.models import Note, NoteCause, Place, Question
from tests.browser.conftest import DESKTOP, PHONE
from tests.builders.door import MONDAY
from tests.builders.reviews import a_product, said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# what people (and programs) write into reviews; each tries to run something, or to turn the page around
PAYLOADS = (
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "<svg onload='window.ran = 1'>",
    "\"><iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
    "<a href='javascript:window.ran = 1'>click</a> javascript:window.ran=1",
    "{{ constructor.constructor('window.ran = 1')() }} {% now %} ${window.ran = 1}",
    "<style>* { display: none }</style><base href='https://evil.example/'>",
    "<!-- --><![CDATA[ <script>window.ran = 1</script> ]]>",
    "\u202eзмінює напрям\u202c \u2066<script>window.ran = 1</script>\u2069 \u200fשלום מרחבא",
    "https://evil.example/?a=1&b=<script> mailto:a@b.example +380 67 123 45 67",
    "довгесловобезпробілів" * 60,
    "\u2028\u2029\x0b<ScRiPt >window.ran=1</sCrIpT >",
)


@pytest.fixture
def kettle(store):
    product = a_product(store)
    for n, payload in enumerate(PAYLOADS):
        said(product, n % 5 + 1, payload, author=payload[:100], headline=payload[:200], pros=payload[:400],
             reply=payload if n % 3 == 0 else "", replied_at=MONDAY if n % 3 == 0 else None, days_ago=n + 10,
             badge="imported" if n % 2 else "buyer", source="judgeme" if n % 2 else "asked")  # fmt: skip
        Question.objects.create(product=product, text=payload[:1000], language="uk", state="answered", asked_at=MONDAY,
                                answer=payload, answered_at=MONDAY)  # fmt: skip
    note = Note.objects.create(store=store, product=product, language="uk", said=PAYLOADS[0], did="Нова кришка тримає.",
                               published_at=MONDAY)  # fmt: skip
    first = said(product, 4, "Гріє швидко, ручка холодна. Кришка випадала, але нову прислали за два дні.", days_ago=1,
                 pros="швидко", cons="важкий", is_incentivized=True, reply="Дякуємо, Олено! Кришку змінили.",
                 replied_at=MONDAY)  # fmt: skip
    NoteCause.objects.create(note=note, review=first)
    Place.objects.create(store=store, name="Google", url="https://maps.example/lavka")
    return product


def doors(product):
    home = f"/reviews/{product.store.slug}/"
    return [f"{home}{product.pk}/", f"{home}{product.pk}/?order=helpful", home, f"{home}how-we-check/",
            f"{home}widget/?product={product.external_id}"]  # fmt: skip


def test_hostile_words_stay_words_on_every_public_page(visit, kettle):
    window = visit()
    for address in doors(kettle):
        page = window.open(f"{address}{'&' if '?' in address else '?'}lang=en")
        assert page.evaluate("window.ran") is None, address
        assert page.locator("script:not([src]):not([type='application/ld+json'])").count() == 0
        assert page.locator("main iframe, main base, main style, main [onerror], main [onload]").count() == 0
        assert page.locator("a[href^='javascript']").count() == 0

    page = window.open(doors(kettle)[0])
    told = [json.loads(one) for one in page.locator("script[type='application/ld+json']").all_text_contents()]
    assert [one["@type"] for one in told] == ["Product"]
    expect(page.locator(".said__text").nth(1)).to_contain_text(PAYLOADS[0])


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_pages_fit_and_can_be_read(visit, kettle, language, tmp_path):
    window = visit(PHONE)
    for n, address in enumerate(doors(kettle)):
        page = window.open(f"{address}{'&' if '?' in address else '?'}lang={language}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert [window.ask(probe) for probe in ("wide", "unnamed", "small", "faint")] == [[]] * 4, address
            if os.environ.get("SCREENSHOTS"):
                _pictures(page, f"reviews-{n}-{language}-{scheme}")


def _pictures(page, name):
    for width, size in (("phone", PHONE), ("desktop", DESKTOP)):
        page.set_viewport_size(size)
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/{name}-{width}.png", full_page=True)
    page.set_viewport_size(PHONE)


def test_a_vote_and_a_question_need_no_script(visit, kettle):
    page = visit(java_script_enabled=False).open(f"{doors(kettle)[0]}?lang=en")

    page.get_by_role("button", name="Helpful").first.click()
    expect(page.locator("[aria-pressed=true]")).to_have_text("Helpful · 1")
    page.locator("#question").fill("Чи можна на індукцію?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Your question stands here as soon as it is answered.")


def test_the_widget_stands_on_a_page_of_a_shop_and_takes_its_height(visit, kettle, live_server):
    window = visit()
    page = window.open(f"/reviews/{kettle.store.slug}/how-we-check/?lang=en")
    page.evaluate(
        """([src, store, product]) => { const tag = document.createElement('script'); tag.src = src;
        tag.dataset.store = store; tag.dataset.product = product; document.querySelector('main').append(tag);
        Object.defineProperty(document, 'currentScript', { value: tag, configurable: true }); }""",
        [f"{live_server.url}/static/aftercare/reviews-widget.js", kettle.store.slug, kettle.external_id],
    )
    frame = page.locator("main iframe")
    expect(frame).to_have_count(1)
    assert "/widget/?product=771&lang=en" in frame.get_attribute("src")
