"""Verbs about tickets and articles, by subject."""
