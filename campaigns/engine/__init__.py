"""The engine of journeys: pure functions over plain values. No database, no clock of its own.

``read_plan`` makes a plan of a version's JSON (docs/reference/journeys.md); ``advance`` says what happens next. The
worker, the dry run, the look ahead and the tests all call it.
"""

from campaigns.engine.plan import (
    OF_CUSTOMER,
    Act,
    Ask,
    Branch,
    Delay,
    Exit,
    Goal,
    JourneyRefused,
    Plan,
    ReEntry,
    Send,
    Split,
    Start,
    Step,
    Variant,
    Wait,
    WaitFor,
    Window,
)
from campaigns.engine.reading import read_plan
from campaigns.engine.timing import due_at, moment_of
from campaigns.engine.walking import Effect, Facts, Position, Taken, Walked, advance, leave, listens, variant_of

__all__ = [
    "OF_CUSTOMER",
    "Act",
    "Ask",
    "Branch",
    "Delay",
    "Effect",
    "Exit",
    "Facts",
    "Goal",
    "JourneyRefused",
    "Plan",
    "Position",
    "ReEntry",
    "Send",
    "Split",
    "Start",
    "Step",
    "Taken",
    "Variant",
    "Wait",
    "WaitFor",
    "Walked",
    "Window",
    "advance",
    "due_at",
    "leave",
    "listens",
    "moment_of",
    "read_plan",
    "variant_of",
]
