"""Verbs about parcels, by subject: make them, add scans, and let status, order and page follow from all scans ever."""

from tracking.actions.meanings import CodeRefused, explain, foresee
from tracking.actions.page import adopt, redraw_orders
from tracking.actions.parcels import Fulfilled, fulfilled, make_shipments
from tracking.actions.refreshing import progress_of, refresh
from tracking.actions.scans import add_checkpoints, customers_of, expect, save_parcels, tidy_number

__all__ = [
    "CodeRefused",
    "Fulfilled",
    "add_checkpoints",
    "adopt",
    "customers_of",
    "expect",
    "explain",
    "foresee",
    "fulfilled",
    "make_shipments",
    "progress_of",
    "redraw_orders",
    "refresh",
    "save_parcels",
    "tidy_number",
]
