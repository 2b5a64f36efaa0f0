"""Tickets as agents see them."""
