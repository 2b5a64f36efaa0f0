"""Nouns of people, by subject."""

from customers.models.ledger import Consent, ConsentText, Ledger, NotErasable
from customers.models.people import HOT_BUT_LAST, HOT_BUT_PREVIOUS, Customer, Erasure, Identifier, OpenMatter, Stats
from customers.models.purposes import Ask, Limit, Purpose, QuietHours

__all__ = [
    "HOT_BUT_LAST",
    "HOT_BUT_PREVIOUS",
    "Ask",
    "Consent",
    "ConsentText",
    "Customer",
    "Erasure",
    "Identifier",
    "Ledger",
    "Limit",
    "NotErasable",
    "OpenMatter",
    "Purpose",
    "QuietHours",
    "Stats",
]
