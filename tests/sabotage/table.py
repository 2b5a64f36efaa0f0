"""All sabotages: a healthy suite catches every one. CONTRIBUTING says when to add a line."""

from tests.sabotage import of_doubt_and_the_gate, of_facts_and_receipts, of_the_post
from tests.sabotage.patches import Sabotage

SABOTAGES: list[Sabotage] = [
    *of_the_post.SABOTAGES,
    *of_doubt_and_the_gate.SABOTAGES,
    *of_facts_and_receipts.SABOTAGES,
]
