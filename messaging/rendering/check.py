"""What is wrong with an author's sources, before they are stored: every problem at its line, in the author's own text.

``known`` describes the variables as nested plain data: a dict is a thing with fields, a list of one description is a
list of such, a string is a leaf and names its kind (*text, number, money, date, moment, url*), None is anything.
"""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_noop
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.for_tag import ForNode
from liquid.expression import Expression

from messaging.rendering.compile import compile_mail
from messaging.rendering.filters import FILTERS
from messaging.rendering.header_values import NO_REPLY, no_reply_in
from messaging.rendering.liquid import parse
from messaging.rendering.mjml_source import Source
from messaging.rendering.problems import LiquidFault, TemplateProblem, TemplateRefused
from shelf.reasons import Reason

Known = Mapping[str, object]

LOOP = dict.fromkeys(("index", "index0", "rindex", "rindex0", "length", "first", "last"), "number")
_UNKNOWN = object()


def check_content(subject: str, preheader: str, mjml: str, text: str, known: Known) -> list[TemplateProblem]:
    """All problems of the four sources of one language, in the order of the lines; empty when it may be stored."""
    problems = []
    for part, source in (("subject", subject), ("preheader", preheader), ("text", text)):
        problems += check_liquid(source, part, known)
    if not subject.strip():
        problems.append(TemplateProblem(1, 1, Reason(gettext_noop("A mail needs a subject.")), part="subject"))
    problems += _check_mjml(mjml, known)
    for part, source in (("subject", subject), ("preheader", preheader), ("mjml", mjml), ("text", text)):
        problems += _no_replies(source, part)
    return problems


def _no_replies(source: str, part: str) -> list[TemplateProblem]:
    """Addresses that tell people not to answer: no letter of ours names one."""
    found = no_reply_in(source)
    return [LiquidFault(at, Reason(NO_REPLY, {"address": f"{who}@"})).in_source(source, part) for at, who in found]


def check_liquid(source: str, part: str, known: Known) -> list[TemplateProblem]:
    try:
        template = parse(source)
        faults = list(_faults(template.nodes, [dict(known)]))
    except LiquidFault as fault:
        faults = [fault]
    return [fault.in_source(source, part) for fault in sorted(faults, key=lambda fault: fault.offset)]


def _check_mjml(mjml: str, known: Known) -> list[TemplateProblem]:
    problems = Source(mjml).problems
    if not problems:
        try:
            compile_mail(mjml)
        except TemplateRefused as refusal:
            problems = refusal.problems
    liquid = [problem for problem in check_liquid(mjml, "mjml", known) if problem not in problems]
    return sorted([*problems, *liquid], key=lambda problem: (problem.line, problem.column))


def _faults(nodes: list[Node], scopes: list[dict]) -> Iterator[LiquidFault]:
    for node in nodes:
        for expression in node.expressions():
            yield from _expression_faults(expression, scopes)
        scopes = _with_names(node, scopes)
        inner = [*scopes, dict.fromkeys(node.block_scope())]
        if isinstance(node, ForNode):
            inner[-1] |= {
                node.expression.identifier: _item(node.expression.iterable, scopes),
                "forloop": LOOP,
            }
        yield from _faults(list(node.children(None, include_partials=False)), inner)


def _with_names(node: Node, scopes: list[dict]) -> list[dict]:
    """Names that the node leaves behind for those after it: assign, capture. They live in the mail's own scope."""
    for name in node.template_scope():
        value = None
        if isinstance(node, AssignNode) and isinstance(node.expression, FilteredExpression):
            plain = node.expression.left if not node.expression.filters else None
            value = _look_up(plain, scopes) if isinstance(plain, Path) else None
        scopes[0][str(name)] = None if value is _UNKNOWN else value
    return scopes


def _expression_faults(expression: Expression, scopes: list[dict]) -> Iterator[LiquidFault]:
    if isinstance(expression, Path) and _look_up(expression, scopes) is _UNKNOWN:
        what = Reason(gettext_noop("There is no variable “%(variable)s” here."), {"variable": str(expression)})
        yield LiquidFault(expression.token.start_index, what, str(expression))
    for used in getattr(expression, "filters", None) or ():
        if used.name not in FILTERS:
            what = Reason(gettext_noop("There is no filter “%(filter)s”."), {"filter": used.name})
            yield LiquidFault(used.token.start_index, what)
    for child in expression.children():
        yield from _expression_faults(child, scopes)


def _look_up(path: Path, scopes: list[dict]) -> object:
    """The description that the path leads to, None when anything may be there, _UNKNOWN when nothing is."""
    head, *keys = path.path
    found = next((scope[head] for scope in reversed(scopes) if isinstance(head, str) and head in scope), _UNKNOWN)
    for key in keys:
        found = _field(found, key)
    return found


def _field(found: object, key: object) -> object:
    if found is None or found is _UNKNOWN:
        return found
    if isinstance(found, Mapping):
        return None if isinstance(key, Path) else found.get(key, _UNKNOWN)
    if isinstance(found, list):
        if key == "size":
            return "number"
        return found[0] if isinstance(key, int | Path) or key in ("first", "last") else _UNKNOWN
    return "number" if key == "size" else _UNKNOWN


def _item(iterable: Expression, scopes: list[dict]) -> object:
    found = _look_up(iterable, scopes) if isinstance(iterable, Path) else None
    return found[0] if isinstance(found, list) else None
