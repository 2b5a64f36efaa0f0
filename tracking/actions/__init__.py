"""Verbs about parcels, by subject: make them, add scans, and let status, order and page follow from all scans ever."""

from tracking.actions.asking import asked, hint, wanted
from tracking.actions.by_hand import (
    OWN_PICKUP,
    STAGES_OF,
    ParcelRefused,
    add_scan,
    change_number,
    hand_over,
    plan_day,
    set_stage,
    take_back,
    why_not_handed_over,
)
from tracking.actions.meanings import CodeRefused, explain, foresee
from tracking.actions.page import adopt
from tracking.actions.parcels import Fulfilled, fulfilled, make_shipments
from tracking.actions.places import save_places
from tracking.actions.refreshing import catch_up, progress_of, refresh
from tracking.actions.scans import add_checkpoints, customers_of, expect, save_parcels, tidy_number
from tracking.actions.ways_back import follow_returns

__all__ = [
    "OWN_PICKUP",
    "STAGES_OF",
    "CodeRefused",
    "Fulfilled",
    "ParcelRefused",
    "add_checkpoints",
    "add_scan",
    "adopt",
    "asked",
    "catch_up",
    "change_number",
    "customers_of",
    "expect",
    "explain",
    "follow_returns",
    "foresee",
    "fulfilled",
    "hand_over",
    "hint",
    "make_shipments",
    "plan_day",
    "progress_of",
    "refresh",
    "save_parcels",
    "save_places",
    "set_stage",
    "take_back",
    "tidy_number",
    "wanted",
    "why_not_handed_over",
]
