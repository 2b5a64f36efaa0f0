"""Whom do we write, and when: journeys today, segments and one-off campaigns in their own issue.

Words: a *journey* is a plan people edit; a *version* of it is immutable; an *enrolment* is one person on one subject
(an order, a parcel) inside a version; *advance* (engine.py) is the pure function that decides what happens next.
"""
