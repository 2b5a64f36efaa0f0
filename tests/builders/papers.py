"""A seller with true codes, an order of theirs, and what a PDF says."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader

from orders.actions import save_orders
from orders.models import Order, Seller, Store
from tests.builders.door import order_seen


def seller(store: Store, **overrides: Any) -> Seller:
    known = {
        "store": store,
        "legal_name": "ТОВ «Лавка чаю»",
        "country": "UA",
        "address": "01001, м. Київ, вул. Хрещатик, 22",
        "company_code": "14360570",
        "account": "UA213223130000026007233566001",
        "bank": "АТ «Банк»",
        "signatory": "Мельник І. О.",
        "signatory_role": "Директорка",
    }
    made = Seller(**(known | overrides))
    made.full_clean()
    made.save()
    return made


def ordered(store: Store, **overrides: Any) -> Order:
    [saved] = save_orders(store, [order_seen(**overrides)])
    return saved.order


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, with plain spaces."""
    return [page.extract_text().replace("\xa0", " ") for page in PdfReader(BytesIO(pdf)).pages]


def text_of(pdf: bytes) -> str:
    return "\n".join(pages_of(pdf))
