"""Whom do we write, and when: journeys, segments, one-off campaigns, and what became of them.

Words: a *journey* is a plan people edit; a *version* of it is immutable; an *enrolment* is one person on one subject
(an order, a parcel) inside a version; *advance* (engine/walking.py) is the pure function that decides what comes next.
"""
