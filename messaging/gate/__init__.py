"""The one gate: may this message leave now? Sender, preview and dry run ask the same function.

The questions, by file: is it late, has it an address, what was said (judging.py); is something not settled with them
(open_matters.py); is it night there (quiet.py); is it one too many (limits.py).
"""

from messaging.gate.decisions import LOOK_AGAIN, SEND, Decision
from messaging.gate.judging import CHECKS, Check, check_with, judge
from messaging.gate.open_matters import WAITS_FOR_MATTER

__all__ = ["CHECKS", "LOOK_AGAIN", "SEND", "WAITS_FOR_MATTER", "Check", "Decision", "check_with", "judge"]
