"""The demo's shops as documents name them, with codes that are written right and are nobody's; first papers."""

from datetime import datetime

from campaigns.demo.pottery import teapot
from orders.actions import issue_document, slips_of
from orders.actions.shapes import save_shape
from orders.models import Document, InsertText, Order, Product, ProductGuide, ProductShape, Seller, Store

SELLERS = {
    "UA": {
        "legal_name": "ТОВ «Тиха чашка»", "company_code": "40000006", "account": "UA760000000000026000000000001",
        "bank": "АТ «Приклад Банк»", "signatory": "Левченко І. П.", "signatory_role": "Директорка",
        "note": "Платник єдиного податку 3 групи",
    },
    "RU": {
        "legal_name": "ООО «Бумажный кит»", "company_code": "7712345671", "branch_code": "771201001",
        "register_code": "1027700000008", "account": "40702810900000000001", "bank": "АО «Банк для примера»",
        "bank_code": "044525000", "signatory": "Сапарова А. Е.", "signatory_role": "Генеральный директор",
        "note": "Применяется упрощённая система налогообложения",
    },
    "IE": {
        "legal_name": "Larch & Linen Ltd", "company_code": "000001", "vat_code": "IE1234567FA", "is_vat_payer": True,
        "vat_rate": 23, "account": "IE61AIBK00000000000001", "bank": "Example Bank", "bank_code": "EXAMIE2D",
        "signatory": "Daniel Weber", "signatory_role": "Director",
    },
}  # fmt: skip
THANKS = {
    "uk": "Ми пакували це з думкою про ваш вечір. За кодом — як користуватися, і люди, які допоможуть.",
    "ru": "Мы собирали это с мыслью о вашем вечере. По коду — как пользоваться, и люди, которые помогут.",
    "en": "We packed this with your evening in mind. The code leads to how to use it, and to people who help.",
}
TEAPOT = "Заварник глиняний, 600 мл"
CARE = {
    "uk": "Перед першим користуванням роздивіться й сполосніть. Далі просто: тепла вода, м’яка тканина, без поспіху.",
    "ru": "Перед первым использованием осмотрите и сполосните. Дальше просто: тёплая вода, мягкая ткань, без спешки.",
    "en": "Look it over and rinse it before the first use. The rest is simple: warm water, a soft cloth, no hurry.",
}


def open_seller(store: Store) -> None:
    made = Seller(store=store, country=store.country, address=store.address, **SELLERS[store.country])
    made.full_clean()
    made.save()
    InsertText.objects.bulk_create(
        InsertText(store=store, language=code, thanks=THANKS[code], signed=store.name) for code in THANKS
    )


def show_teapot(now: datetime) -> None:
    """A product from all sides, on the page of the newest parcel that holds it."""
    pot = Product.objects.filter(title=TEAPOT).order_by("pk").first()
    order = Order.objects.filter(lines__product=pot, placeholder=False).order_by("-placed_at").first() if pot else None
    if order:
        save_shape(ProductShape(product=pot), teapot())
        slips_of([order.pk], now)


def write_papers(now: datetime) -> None:
    """The newest paid order of each store has its invoice and its printed code; its goods say how they are used."""
    for seller in Seller.objects.select_related("store").order_by("pk"):
        paid = Order.objects.filter(store=seller.store, paid_at__isnull=False, cancelled_at=None, lines__isnull=False)
        order = paid.order_by("-placed_at").first()
        if order is None:
            continue
        issue_document(order.pk, Document.Kind.INVOICE, now)
        slips_of([order.pk], now)
        products = {line.product_id for line in order.lines.all() if line.product_id}
        ProductGuide.objects.bulk_create(
            ProductGuide(product_id=pk, language=code, text=CARE[code]) for pk in sorted(products) for code in CARE
        )
