"""A product in three dimensions on the page behind a parcel's code: uploaded or the shop's."""

import base64
import hashlib
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from orders.actions import slips_of
from orders.actions.shapes import save_shape
from orders.insert_views import VIEWER_STYLE, viewer_policy
from orders.models import Insert, Order, Product, ProductShape, ShapeFile
from tests.builders.door import MONDAY
from tests.builders.papers import ordered
from tests.builders.shapes import glb, usdz

pytestmark = pytest.mark.django_db
VIEWER = settings.BASE_DIR / "static/vendor/model-viewer/model-viewer.min.js"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36"


@pytest.fixture
def page(client, store):
    order = ordered(store)
    slips_of([order.pk], MONDAY)
    code = Insert.objects.get().code
    return lambda agent="Mozilla/5.0": client.get(f"/i/{code}/?lang=en", headers={"User-Agent": agent})


def shaped(**fields):
    shape = ProductShape(product=Product.objects.get(), **{k: v for k, v in fields.items() if k.endswith("_url")})
    save_shape(shape, fields.get("glb", b""), fields.get("usdz", b""))
    return shape


def test_the_model_is_a_plain_link_and_the_viewer_comes_from_our_own_files(client, page):
    shape = shaped(glb=glb())

    answer = page()
    body = answer.content.decode()
    file = client.get(f"/shapes/{shape.glb.digest}.glb")

    assert f'href="/shapes/{shape.glb.digest}.glb" download' in body and "0.1 MB" in body
    assert "/static/vendor/model-viewer/model-viewer.min.js" in body and "arvr" not in body
    assert (file.content, file["Content-Type"]) == (glb(), "model/gltf-binary")
    assert "immutable" in file["Cache-Control"]
    assert client.get(f"/shapes/{shape.glb.digest}.usdz").status_code == 404


def test_the_policy_opens_by_one_digest_and_nothing_else(page):
    text = VIEWER.read_text()
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    plain = page()["Content-Security-Policy"]
    shaped(glb=glb())

    policy = page()["Content-Security-Policy"]

    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" == VIEWER_STYLE
    assert f"style-src 'self' {VIEWER_STYLE};" in policy and policy.endswith("connect-src 'self' blob:")
    assert "unsafe" not in policy and "script-src" not in policy and "default-src 'self'" in policy
    assert "blob:" not in plain and "sourceMappingURL" not in text


def test_the_shops_own_file_is_asked_by_its_very_address(page):
    shaped(glb_url="https://cdn.shop.example/a%20b/чайник.glb?v=1;script-src *")

    policy = page()["Content-Security-Policy"]

    coded = "%D1%87%D0%B0%D0%B9%D0%BD%D0%B8%D0%BA"
    assert policy.endswith(f"connect-src 'self' blob: https://cdn.shop.example/a%20b/{coded}.glb")
    [source] = viewer_policy(["https://x.example/a;b,c d"])["connect-src"][2:]
    assert source == "https://x.example/a%3Bb%2Cc%20d"


def test_each_phone_is_led_to_its_own_viewer(page):
    shape = shaped(glb=glb(), usdz=usdz())

    android, iphone, desk = (page(agent).content.decode() for agent in (ANDROID, IPHONE, "Mozilla/5.0 (Macintosh)"))

    at = settings.PUBLIC_URL.replace(":", "%3A").replace("/", "%2F")
    assert f"scene-viewer/1.0?file={at}%2Fshapes%2F{shape.glb.digest}.glb&amp;mode=ar_preferred" in android
    assert 'rel="ar"' not in android and "arvr" not in iphone
    assert f'href="/shapes/{shape.usdz.digest}.usdz" rel="ar">' in iphone
    assert f'href="/shapes/{shape.usdz.digest}.usdz" rel="ar" hidden>' in desk


def test_a_discreet_order_shows_no_shape(page):
    shaped(glb=glb())
    Order.objects.update(is_discreet=True)

    assert b"/shapes/" not in page().content


def test_a_marketer_uploads_and_the_file_that_nobody_shows_any_more_goes(admin_client, page):
    product = Product.objects.get()
    form = {"product": product.pk, "new_glb": SimpleUploadedFile("a.glb", glb()), "glb_url": "", "usdz_url": ""}
    admin_client.post("/admin/orders/productshape/add/", form)
    first = ShapeFile.objects.get()

    other = SimpleUploadedFile("b.glb", glb(scene=0, extras={"made": 2}))
    at = f"/admin/orders/productshape/{ProductShape.objects.get().pk}"
    answer = admin_client.post(f"{at}/change/", form | {"new_glb": other})

    assert answer.status_code == 302
    assert ShapeFile.objects.get().digest != first.digest and first.size == len(glb())
    admin_client.post(f"{at}/delete/", {"post": "yes"})
    assert not ShapeFile.objects.exists()


def test_a_file_that_cannot_be_drawn_is_refused_in_the_form(admin_client, page):
    packed = SimpleUploadedFile("a.glb", glb(extensionsUsed=["KHR_draco_mesh_compression"]))
    for brought, said in (
        ({"new_glb": packed}, "packed by Draco"),
        ({}, "Bring a file"),
        ({"glb_url": "http://shop.example/a.glb"}, "https:// only"),
    ):
        form = {"product": Product.objects.get().pk, "glb_url": "", "usdz_url": ""} | brought

        assert said in admin_client.post("/admin/orders/productshape/add/", form).content.decode()
    assert not ProductShape.objects.exists()
