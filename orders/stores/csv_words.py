"""The words of spreadsheets: headings, currencies, languages and states, in English, Ukrainian and Russian.

They are compared after ``plain``: lower case, without punctuation, ё as е, one sort of apostrophe.
"""

import re
import unicodedata
from functools import lru_cache

from orders.stores.seen import Financial


@lru_cache(maxsize=1024)  # a column of states or currencies says the same few words over and over
def plain(text: str) -> str:
    """``Сумма, грн.`` is ``сумма``, ``Ім’я`` is ``ім'я``, ``Order_No.`` is ``order no``, ``№`` is ``no``."""
    text = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    text = re.sub(r"[’‘ʼ`´]", "'", text)
    text = re.sub(r"\(.*?\)|,.*", " ", text)
    return " ".join(re.sub(r"[^\w'₴₽€$£₸]|_", " ", text).split())


HEADINGS: dict[str, tuple[str, ...]] = {
    "number": (
        *("number", "order", "order number", "order no", "order name", "no", "номер", "номер заказа", "заказ"),
        *("номер замовлення", "замовлення", "№ заказа", "№ замовлення", "заказ №", "замовлення №"),
    ),
    "id": ("id", "order id", "external id", "ид", "ид заказа", "id заказа", "id замовлення"),
    "date": (
        *("date", "order date", "created", "created at", "placed at", "ordered at", "date time"),
        *("дата", "дата заказа", "дата замовлення", "создан", "створено", "дата создания", "дата створення"),
        *("дата и время", "дата і час", "дата оформления", "дата оформлення"),
    ),
    "product": (
        *("product", "product name", "item", "item name", "title", "lineitem name", "товар", "название", "назва"),
        *("наименование", "найменування", "название товара", "назва товару", "товары", "товари"),
    ),
    "sku": ("sku", "product sku", "lineitem sku", "артикул", "артикул товара", "артикул товару", "код", "код товара"),
    "quantity": (
        *("quantity", "qty", "count", "lineitem quantity", "количество", "кол во", "кол-во", "кількість"),
        *("к сть", "к-сть", "шт"),
    ),
    "price": (
        *("price", "unit price", "item price", "lineitem price", "цена", "ціна", "цена за единицу", "ціна за одиницю"),
        *("цена за шт", "ціна за шт"),
    ),
    "line_total": (
        *("line total", "item total", "row total", "сумма позиции", "сума позиції", "сумма строки", "сума рядка"),
        *("стоимость", "вартість"),
    ),
    "order_total": (
        *("order total", "grand total", "сумма заказа", "сума замовлення", "итого по заказу", "разом за замовлення"),
    ),
    "total": ("total", "amount", "sum", "сумма", "сума", "итого", "разом", "всего", "всього"),
    "shipping": ("shipping", "shipping cost", "delivery", "доставка", "стоимость доставки", "вартість доставки"),
    "discount": ("discount", "discount amount", "скидка", "знижка"),
    "discount_code": (
        *("discount code", "coupon", "coupon code", "promo code", "промокод", "купон", "код скидки", "код знижки"),
    ),
    "currency": ("currency", "currency code", "валюта"),
    "email": (
        *("email", "e mail", "mail", "customer email", "почта", "эл почта", "электронная почта"),
        *("пошта", "ел пошта", "електронна пошта", "імейл", "емейл"),
    ),
    "phone": (
        *("phone", "telephone", "tel", "mobile", "phone number", "customer phone", "billing phone", "телефон", "тел"),
        *("номер телефона", "номер телефону", "мобильный", "мобільний"),
    ),
    "name": (
        *("name", "customer", "customer name", "full name", "buyer", "имя", "ім'я", "фио", "піб", "клиент", "клієнт"),
        *(
            "billing name",
            "shipping name",
            "покупатель",
            "покупець",
            "заказчик",
            "замовник",
            "получатель",
            "отримувач",
            "имя клиента",
            "ім'я клієнта",
        ),
    ),
    "first_name": ("first name", "имя покупателя", "ім'я покупця"),
    "last_name": ("last name", "surname", "фамилия", "прізвище"),
    "status": ("status", "order status", "payment status", "financial status", "статус", "статус заказа"),
    "language": ("language", "lang", "locale", "язык", "мова"),
    "country": ("country", "country code", "страна", "країна"),
    "city": ("city", "town", "город", "місто", "населенный пункт", "населений пункт"),
    "address": ("address", "street", "адрес", "адреса", "улица", "вулиця", "адрес доставки", "адреса доставки"),
    "postcode": ("postcode", "zip", "postal code", "индекс", "індекс", "поштовий індекс", "почтовый индекс"),
}
NEEDED = ("number", "date", "product")
WHOLE_ORDER = (
    *("id", "date", "order_total", "shipping", "discount", "discount_code", "currency", "email", "phone", "name"),
    *("first_name", "last_name", "status", "language", "country", "city", "address", "postcode"),
)

CURRENCIES = {
    **dict.fromkeys(("грн", "гривня", "гривна", "гривень", "гривны", "₴"), "UAH"),
    **dict.fromkeys(("руб", "рубль", "рублей", "р", "₽", "rur"), "RUB"),
    **dict.fromkeys(("€", "евро", "євро", "euro"), "EUR"),
    **dict.fromkeys(("$", "долл", "доллар", "дол", "долар"), "USD"),
    **dict.fromkeys(("zł", "zl"), "PLN"),
    "£": "GBP",
    "₸": "KZT",
}
LANGUAGES = {
    **dict.fromkeys(("uk", "ua", "ukr", "украинский", "українська", "ukrainian"), "uk"),
    **dict.fromkeys(("ru", "rus", "русский", "російська", "russian"), "ru"),
    **dict.fromkeys(("en", "eng", "английский", "англійська", "english"), "en"),
}
PAID = (
    *(
        "paid",
        "completed",
        "complete",
        "fulfilled",
        "shipped",
        "delivered",
        "done",
        "оплачен",
        "оплачено",
        "оплаченный",
    ),
    *("оплачений", "оплата получена", "сплачено", "выполнен", "выполнено", "виконано", "виконаний", "завершен"),
    *("завершено", "завершений", "доставлен", "доставлено", "отправлен", "відправлено"),
)
_FINANCIAL: dict[str, Financial] = {
    **dict.fromkeys(PAID, "paid"),
    **dict.fromkeys(("pending", "unpaid", "new", "новый", "новий", "не оплачен", "не оплачено"), "pending"),
    **dict.fromkeys(("ожидает оплаты", "очікує оплати", "в обработке", "в обробці", "processing"), "pending"),
    **dict.fromkeys(("refunded", "returned", "возврат", "возвращен", "повернення", "повернено"), "refunded"),
    **dict.fromkeys(("partially refunded", "частичный возврат", "часткове повернення"), "partly_refunded"),
    **dict.fromkeys(("voided",), "voided"),
}  # fmt: skip
_CANCELLED = (
    *("cancelled", "canceled", "отменен", "отменено", "отмена", "отменённый", "скасовано", "скасований", "скасоване"),
    *("анулирован", "аннулирован", "анульовано"),
)

PATRONYMIC = re.compile(r".+(?:ович|евич|євич|йович|івна|ївна|овна|евна|ична|инична|ьич|ьмич|іч|укич)", re.IGNORECASE)
BY_NAME = {name: tuple(map(plain, spellings)) for name, spellings in HEADINGS.items()}
FINANCIAL = {plain(word): state for word, state in _FINANCIAL.items()}
CANCELLED = frozenset(map(plain, _CANCELLED))
