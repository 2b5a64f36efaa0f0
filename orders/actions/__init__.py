"""Verbs about orders, by subject: save what a shop showed, note that parcels left or arrived, speak to the customer."""

from orders.actions.backfilling import backfill_orders
from orders.actions.closing import ask_for_pause, complete_lines
from orders.actions.contacts import OrderRefused, find_unreachable
from orders.actions.fulfilments import report_fulfilments
from orders.actions.progress import Progress, note_progress
from orders.actions.refunds import CashSeen, mark_cash_paid, note_cash, report_refunds
from orders.actions.saved import Saved
from orders.actions.saving import save_orders, stage_of
from orders.actions.speaking import speak, zone_of

__all__ = [
    "CashSeen",
    "OrderRefused",
    "Progress",
    "Saved",
    "ask_for_pause",
    "backfill_orders",
    "complete_lines",
    "find_unreachable",
    "mark_cash_paid",
    "note_cash",
    "note_progress",
    "report_fulfilments",
    "report_refunds",
    "save_orders",
    "speak",
    "stage_of",
    "zone_of",
]
