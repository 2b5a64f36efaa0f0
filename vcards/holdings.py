"""What business cards hold of the people who opened them."""

from django.utils.translation import gettext_noop as _

from customers.holdings import Holding

COUNTED = _("That a card was opened or kept is counted without the person.")

HOLDINGS = (
    Holding("vcards.Assignment", "order__customer", why=COUNTED),
    Holding("vcards.Activity", "customer", empties={"customer": None, "visitor": ""}, why=COUNTED),
)
