"""``make bench``: our hot paths beside plain code, in one run on one machine, as ratios. See README.md.

Absolute numbers belong to a machine and an hour; a ratio between two rows of one table survives both.
"""
