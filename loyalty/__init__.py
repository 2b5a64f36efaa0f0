"""Thanks with value: points that are earned, wait, are spent, expire and are taken back; coupons from pools.

Words: an *account* is one customer's points; a *lot* is what was earned at one time, with the rule it was earned by; a
*transaction* is one business event, told in *entries* that move points from one bucket of a lot to another; a *pool*
holds *coupons*, codes of one worth that the shop made.
"""
