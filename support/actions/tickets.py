"""Verbs about tickets."""
