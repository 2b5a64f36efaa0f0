"""The page behind a parcel's code, and the order's documents: they fit, can be read, and ask no other host."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from orders.actions import issue_document, slips_of
from orders.actions.shapes import save_shape
from orders.links import status_url
from orders.models import Insert, Product, ProductGuide, ProductShape
from orders.verifying import PURPOSE, STAYS
from shelf import links
from tests.browser.conftest import DESKTOP
from tests.builders.door import MONDAY
from tests.builders.papers import ordered, seller
from tests.builders.shapes import glb, usdz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROBES = ("wide", "unnamed", "small", "faint")
FOLDER = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def order(store):
    seller(store)
    order = ordered(store)
    slips_of([order.pk], MONDAY)
    guide = {
        "text": "Першу воду злийте.\nДалі пийте повільно.",
        "video_url": "https://video.example/1",
        "article": "tea",
    }
    ProductGuide.objects.create(product=Product.objects.get(), language="uk", **guide)
    return order


def looked_at(window, page, name):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        if FOLDER:
            page.screenshot(path=str(Path(FOLDER) / f"{name}-{scheme}.png"), full_page=True)
        assert (scheme, [window.ask(probe) for probe in PROBES]) == (scheme, [[]] * 4)
    for width in (320, 768, DESKTOP["width"]):
        page.set_viewport_size({"width": width, "height": 844})
        assert (width, window.ask("wide")) == (width, [])
    if FOLDER:
        page.screenshot(path=str(Path(FOLDER) / f"{name}-desktop.png"), full_page=True)


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_page_behind_the_code_fits_and_can_be_read(visit, order, language):
    window = visit()

    page = window.open(f"/i/{Insert.objects.get().code}/?lang={language}")

    looked_at(window, page, f"insert-{language}")


def test_a_product_is_turned_by_hand_where_its_picture_was(visit, order):
    save_shape(ProductShape(product=Product.objects.get()), glb(), usdz())
    window = visit()
    page = window.open(f"/i/{Insert.objects.get().code}/?lang=uk")
    looked_at(window, page, "shape")

    page.get_by_text("Роздивіться з усіх боків").click()

    expect(page.locator("model-viewer .userInput")).to_be_focused()
    assert page.evaluate("document.querySelector('model-viewer').loaded")
    looked_at(window, page, "shape-drawn")


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_documents_fit_and_can_be_read(visit, order, language, live_server):
    issue_document(order.pk, "invoice", MONDAY)
    window = visit()
    proof = links.make(PURPOSE, order.pk, order.link_version, STAYS)
    window.page.context.add_cookies([{"name": f"order_{order.pk}", "value": proof, "url": f"{live_server.url}/o/"}])

    page = window.open(f"/o/{status_url(order).rstrip('/').rpartition('/')[2]}/documents/?lang={language}")

    assert page.locator("h2").count() == 3
    looked_at(window, page, f"documents-{language}")
