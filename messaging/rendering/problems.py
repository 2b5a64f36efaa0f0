"""What can be wrong with a template, as data for the author, and what can go wrong when one is filled in."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from shelf.reasons import Reason, Refusal


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """One thing to mend: ``part`` is *subject*, *preheader*, *mjml* or *text*; line and column start at 1."""

    line: int
    column: int
    what: Reason
    variable: str = ""
    part: str = "mjml"

    def __str__(self) -> str:
        return str(Reason(gettext_noop("Line %(line)s: %(what)s"), {"line": self.line, "what": str(self.what)}))


class TemplateRefused(Refusal):
    """The source cannot become a mail; ``problems`` says where, and why, in the order of the source."""

    def __init__(self, problems: list[TemplateProblem]):
        super().__init__(gettext_noop("Line %(line)s: %(what)s"), line=problems[0].line, what=str(problems[0].what))
        self.problems = problems


class CannotRender(Refusal):
    """A stored template and these data do not make a mail: too much work, a wrong type, or a broken source."""


class MissingVariable(CannotRender):
    def __init__(self, variable: str):
        super().__init__(gettext_noop("The mail needs “%(variable)s”, and it is not known here."), variable=variable)
        self.variable = variable


class LiquidFault(Exception):
    """What is wrong, and at which character of the source; becomes a TemplateProblem when the part is known."""

    def __init__(self, offset: int, what: Reason, variable: str = ""):
        super().__init__(what)
        self.offset, self.what, self.variable = offset, what, variable

    def in_source(self, source: str, part: str) -> TemplateProblem:
        line, column = place(source, self.offset)
        return TemplateProblem(line, column, self.what, self.variable, part)


def place(source: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character of the author's source."""
    before = source[: max(0, min(offset, len(source)))]
    return before.count("\n") + 1, len(before) - before.rfind("\n")
