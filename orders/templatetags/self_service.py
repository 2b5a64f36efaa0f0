"""What pages say of requests, returns and their goodwill."""

from datetime import date
from typing import Any

from django import template
from django.utils.translation import gettext_lazy

from orders.models import Return
from shelf import formats

register = template.Library()


@register.inclusion_tag("orders/parts/goodwill.html")
def goodwill(block: dict[str, Any], language: str) -> dict[str, Any]:
    """The coupon of a cancelled order; ``block`` is what loyalty wrote down, its worth in each language."""
    ends_on = block.get("ends_on")
    return {
        "code": block.get("code", ""),
        "worth": block.get("worth", {}).get(language, ""),
        "ends_on": formats.day(date.fromisoformat(ends_on), language) if ends_on else "",
        "person": block.get("person", ""),
    }


@register.filter
def return_state(state: str) -> str:
    """A state of a return in words."""
    return str(dict(Return.State.choices).get(state, state))


HEADLINES = {
    "requested": gettext_lazy("We have your request"),
    "approved": gettext_lazy("You can send it back"),
    "labelled": gettext_lazy("The label is here"),
    "shipped": gettext_lazy("On its way back to us"),
    "received": gettext_lazy("It is with us"),
    "refunded": gettext_lazy("The money is on its way back"),
    "exchanged": gettext_lazy("Another one is on its way"),
    "credited": gettext_lazy("Your store credit is here"),
    "repaired": gettext_lazy("It is put right"),
    "refused": gettext_lazy("We cannot take it back"),
    "cancelled": gettext_lazy("You keep it"),
}
NEXT = {
    "requested": gettext_lazy("A person looks at it and writes to you."),
    "approved": gettext_lazy("Pack it well, send it, and tell us the number of the parcel here."),
    "labelled": gettext_lazy("Put it onto the parcel, send it, and tell us here."),
    "shipped": gettext_lazy("Nothing to do for now. We write as soon as it arrives."),
    "received": gettext_lazy("We look at it and settle it in the next days."),
    "refunded": gettext_lazy("Banks take one to five working days to show it."),
    "exchanged": gettext_lazy("You get a mail when the parcel leaves."),
    "credited": gettext_lazy("The code is in your e-mail."),
    "repaired": gettext_lazy("You get a mail when the parcel leaves."),
    "refused": gettext_lazy("The reason is below. If you think that this is wrong, write to us."),
    "cancelled": gettext_lazy("The return is called off. You can ask again within the time for returns."),
}


@register.filter
def return_headline(found: Return) -> str:
    return str(HEADLINES[found.state])


@register.filter
def return_next(found: Return) -> str:
    return str(NEXT[found.state])
