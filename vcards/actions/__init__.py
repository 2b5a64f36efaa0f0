"""Verbs about cards, by subject: cards and designs, share codes, whose card an order carries, what readers did."""

from vcards.actions.assigning import assign_by_rules, choose_manager, draw_due
from vcards.actions.cards import keep_picture, redraw, retire, save_card, save_design
from vcards.actions.seen import count, forget_keys
from vcards.actions.shares import code_for, codes_for, open_share, revoke
from vcards.contacts import CardRefused

__all__ = [
    "CardRefused",
    "assign_by_rules",
    "choose_manager",
    "code_for",
    "codes_for",
    "count",
    "draw_due",
    "forget_keys",
    "keep_picture",
    "open_share",
    "redraw",
    "retire",
    "revoke",
    "save_card",
    "save_design",
]
