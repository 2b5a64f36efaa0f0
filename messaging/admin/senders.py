"""Senders, their quotas and their health."""
