"""An address that a customer typed: read by the rules of its country."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from orders.actions.contacts import OrderRefused
from orders.models import Order
from shelf.phones import normalise_phone

LONGEST = {"name": 120, "line1": 200, "line2": 200, "city": 120, "region": 120, "postcode": 12, "phone": 40}
# As the post of each country writes them; a country that is not here has no rule of ours.
POSTCODES = {
    "UA": r"\d{5}", "RU": r"\d{6}", "BY": r"\d{6}", "KZ": r"\d{6}|[A-Z]\d{2}[A-Z]\d[A-Z]\d", "PL": r"\d{2}-\d{3}",
    "DE": r"\d{5}", "FR": r"\d{5}", "IT": r"\d{5}", "ES": r"\d{5}", "EE": r"\d{5}", "FI": r"\d{5}", "BG": r"\d{4}",
    "LT": r"(LT-)?\d{5}", "LV": r"(LV-)?\d{4}", "AT": r"\d{4}", "BE": r"\d{4}", "DK": r"\d{4}", "CH": r"\d{4}",
    "HU": r"\d{4}",
    "CZ": r"\d{3} ?\d{2}", "SK": r"\d{3} ?\d{2}", "SE": r"\d{3} ?\d{2}", "NL": r"\d{4} ?[A-Z]{2}", "RO": r"\d{6}",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "US": r"\d{5}(-\d{4})?", "PT": r"\d{4}-\d{3}",
}  # fmt: skip
MISSING = {
    "name": _("Please say who receives the parcel."),
    "line1": _("Please give the street and house, or the number of the pick-up point."),
    "city": _("Please give the town."),
}
BAD_POSTCODE = _("“%(postcode)s” is no postcode of this country.")
BAD_PHONE = _("“%(phone)s” is no telephone number that we can read.")
SAME = _("This is the address that the order already has.")


def read_address(typed: Mapping[str, str], order: Order) -> dict[str, str]:
    """What was typed over the order's address, in its country: another one changes price and customs. Or OrderRefused.

    A pick-up point is written where the street is; its postcode may stay empty.
    """
    said = {name: " ".join(typed.get(name, "").replace("\0", "").split())[:most] for name, most in LONGEST.items()}
    for name, sentence in MISSING.items():
        if not said[name]:
            raise OrderRefused(sentence)
    country = order.address.get("country") or order.store.country
    said["postcode"] = said["postcode"].upper()
    if said["postcode"] and not re.fullmatch(POSTCODES.get(country, ".*"), said["postcode"]):
        raise OrderRefused(BAD_POSTCODE, postcode=said["postcode"])
    if said["phone"]:
        phone = normalise_phone(said["phone"], country)
        if phone is None:
            raise OrderRefused(BAD_PHONE, phone=said["phone"])
        said["phone"] = phone
    address = {"company": "", **order.address, **said, "country": country}
    if all((order.address.get(name) or "") == value for name, value in said.items()):
        raise OrderRefused(SAME)
    return address
