"""Verbs about orders, by subject: save what a shop showed, note that parcels left or arrived, speak to the customer."""

from orders.actions.backfilling import backfill_orders
from orders.actions.closing import announce_renewals, ask_for_pause, complete_lines
from orders.actions.contacts import OrderRefused, find_unreachable
from orders.actions.following import Moved, tell_followers
from orders.actions.fulfilments import report_fulfilments
from orders.actions.inserts import count_opening, slips_of
from orders.actions.papers import issue_document, refuse_to_issue, withdraw_documents
from orders.actions.privacy import hear_wishes
from orders.actions.progress import Progress, note_progress
from orders.actions.refunds import CashSeen, mark_cash_paid, note_cash, report_refunds
from orders.actions.returning import note_refunds
from orders.actions.saved import Saved
from orders.actions.saving import save_orders, stage_of
from orders.actions.speaking import speak, zone_of
from orders.actions.ways_back import WayBack, correct_way_back, note_ways_back
from orders.actions.withdrawing import withdraw_orders

__all__ = [
    "CashSeen",
    "Moved",
    "OrderRefused",
    "Progress",
    "Saved",
    "WayBack",
    "announce_renewals",
    "ask_for_pause",
    "backfill_orders",
    "complete_lines",
    "correct_way_back",
    "count_opening",
    "find_unreachable",
    "hear_wishes",
    "issue_document",
    "mark_cash_paid",
    "note_cash",
    "note_progress",
    "note_refunds",
    "note_ways_back",
    "refuse_to_issue",
    "report_fulfilments",
    "report_refunds",
    "save_orders",
    "slips_of",
    "speak",
    "stage_of",
    "tell_followers",
    "withdraw_documents",
    "withdraw_orders",
    "zone_of",
]
