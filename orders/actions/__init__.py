"""Verbs about orders, by subject: save what a shop showed, note that parcels left or arrived, speak to the customer."""

from orders.actions.backfilling import backfill_orders
from orders.actions.contacts import OrderRefused, find_unreachable
from orders.actions.fulfilments import report_fulfilments
from orders.actions.progress import Progress, note_progress
from orders.actions.saved import Saved
from orders.actions.saving import save_orders, stage_of
from orders.actions.speaking import speak, zone_of

__all__ = [
    "OrderRefused",
    "Progress",
    "Saved",
    "backfill_orders",
    "find_unreachable",
    "note_progress",
    "report_fulfilments",
    "save_orders",
    "speak",
    "stage_of",
    "zone_of",
]
