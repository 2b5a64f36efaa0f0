"""How agents find and see an order: what search looks at, and the colour of each stage."""

from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from orders.models import Order
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from staff.display import pill
from staff.lists import Find

STAGE_TONES = {
    "placed": "plain",
    "paid": "plain",
    "packing": "plain",
    "shipped": "now",
    "on_the_way": "now",
    "out_for_delivery": "now",
    "ready_for_pickup": "wait",
    "delivered": "good",
    "cancelled": "bad",
    "refunded": "bad",
}
CASH_TONES = {"due": "wait", "paid": "good", "unclaimed": "bad", "returned": "bad"}
PAYMENT_TONES = {"pending": "wait", "paid": "good", "failed": "bad", "cancelled": "plain"}


def number_spellings(typed: str) -> Iterable[str]:
    """Shops write ``#1001``, people type ``1001``."""
    bare = typed.lstrip("#№ ").strip()
    return (typed, bare, f"#{bare}") if bare else ()


def email_spelling(typed: str) -> Iterable[str]:
    return [normalise_email(typed) or ""] if "@" in typed else []


def phone_spellings(typed: str) -> Iterable[str]:
    """A number without its country is tried in the countries of our shops."""
    if sum(letter.isdigit() for letter in typed) < 7:
        return []
    return {normalise_phone(typed, region) or "" for region in ("", "UA", "RU")}


def stage_pill(order: Order) -> SafeString | str:
    if order.placeholder:
        return pill(_("only heard of"), "wait")
    return pill(order.get_stage_display(), STAGE_TONES.get(order.stage, "plain"))


FINDS = (
    Find("number", number_spellings, prefix=True),
    Find("email", email_spelling),
    Find("phone", phone_spellings),
)
