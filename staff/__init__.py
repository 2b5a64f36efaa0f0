"""Whose hands: people of the shop, their roles, API tokens, long jobs, home and search.

Words: a *user* signs in by e-mail; a *role* is a group (owner, manager, agent, marketer) whose permissions stand in
config/room.py; a *job* is long work with progress, cancel and refused rows.
"""
