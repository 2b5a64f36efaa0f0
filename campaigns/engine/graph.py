"""The flow of a plan: every way leads somewhere, every step is reached, every circle takes time."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from campaigns.engine.plan import JourneyRefused, Step, Wait, WaitFor, targets


def check_graph(steps: Mapping[str, Step]) -> frozenset[str]:
    """Ids of the steps that stand in a circle. Raises JourneyRefused naming the step."""
    for step in steps.values():
        lost = next((target for target in targets(step) if target not in steps), None)
        if lost:
            raise JourneyRefused(
                _("Step “%(step)s” leads to “%(target)s”, and there is none."), step=step.id, target=lost
            )
    first = next(iter(steps))
    reached = {first} | _after(first, steps)
    unreached = next((name for name in steps if name not in reached), None)
    if unreached:
        raise JourneyRefused(_("Nothing leads to the step “%(step)s”."), step=unreached)
    hasty = {name: step for name, step in steps.items() if not takes_time(step)}
    circle = next((name for name in hasty if name in _after(name, hasty)), None)
    if circle:
        text = _("The way from the step “%(step)s” leads back to it without a wait of at least an hour after a step.")
        raise JourneyRefused(text, step=circle)
    return frozenset(name for name in steps if name in _after(name, steps))


def takes_time(step: Step) -> bool:
    """Is it later afterwards, whatever happens, also the second time? Other waits are over once their time has come."""
    if isinstance(step, Wait):
        delays = [step.delay, *([step.otherwise] if step.otherwise else [])]
        return all(delay.after == "step_at" and not delay.on and (delay.days or delay.hours) for delay in delays)
    # heard since the start: the second time it is over at once
    return (
        isinstance(step, WaitFor)
        and step.since == "step"
        and step.within.after == "step_at"
        and not step.within.on
        and bool(step.within.days or step.within.hours)
    )


def _after(name: str, steps: Mapping[str, Step]) -> set[str]:
    """Every step that can come after this one, itself when the way leads back."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        for target in targets(steps[ahead.pop()]):
            if target in steps and target not in found:
                found.add(target)
                ahead.append(target)
    return found
