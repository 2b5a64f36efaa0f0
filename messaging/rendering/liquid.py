"""Liquid on a short lead: no loader, our tags, our filters, plain data only, and a budget of work.

python-liquid's own limits bound one nest of loops; ours bound the whole mail: what a loop repeats is weighed by its
nodes and expressions, what a filter reads by its length. A mail of ours spends under 500 of the 100,000 steps.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop
from liquid import Environment
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags import assign_tag, capture_tag, case_tag, comment_tag, for_tag, if_tag, unless_tag
from liquid.builtin.tags import inline_comment_tag as note_tag
from liquid.context import UNDEFINED, RenderContext
from liquid.exceptions import (
    FilterArgumentError,
    LiquidError,
    LiquidTypeError,
    ResourceLimitError,
    UndefinedError,
    UnknownFilterError,
)
from liquid.expression import Expression
from liquid.template import BoundTemplate
from liquid.undefined import FalsyStrictUndefined
from liquid.utils import ReadOnlyChainMap

from messaging.rendering import swift
from messaging.rendering.filters import FILTERS, MAX_TEXT
from messaging.rendering.problems import CannotRender, LiquidFault, MissingVariable
from messaging.rendering.spans import MAX_DEPTH, MAX_SOURCE, find_spans
from shelf.reasons import Reason

MAX_STEPS = 100_000
MAX_ITEMS = 1000
MAX_NAMES = 200
MAX_COMPILED = 4 * MAX_SOURCE  # MJML of our presets grows threefold
MAX_OUTPUT = 256 * 1024  # characters; Gmail clips a mail after 102 KB

_CANNOT = gettext_noop("The template cannot be filled in: %(what)s")


_LIGHT = {Decimal, int, bool, float, datetime, date, type(None)}  # weigh one step, and no more


class Missing(FalsyStrictUndefined):
    """False in a condition, replaced by ``default``, and an error, by its whole name, wherever it would be printed."""

    force_liquid_default = True


class Paper:
    """What a mail is written on: a list of pieces with room for so many characters."""

    def __init__(self, room: int):
        self.pieces: list[str] = []
        self.room = room

    def write(self, text: str) -> int:
        self.room -= len(text)
        if self.room < 0:
            raise ResourceLimitError("too much text", token=None)
        self.pieces.append(text)
        return len(text)

    def getvalue(self) -> str:
        return "".join(self.pieces)


class Scope(ReadOnlyChainMap):
    """The same without an exception per miss, a quarter of the time of a mail."""

    def __getitem__(self, key: str) -> object:
        for names in self._maps:
            if key in names:
                return names[key]
        raise KeyError(key)


class Context(RenderContext):
    """One filling: the reader's language and zone, plain data, and how much work is left."""

    def __init__(self, template: BoundTemplate, data: Mapping, language: str, zone: ZoneInfo):
        super().__init__(template, globals=data)
        # without python-liquid's own "now" and "today", which are the server's
        self.scope = Scope(self.locals, self.globals)
        self.language, self.zone, self.steps = language, zone, 0
        self.currency_style = data["manner"]["currency"] if "manner" in data else "sign"

    def charge(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise ResourceLimitError("too much work", token=None)

    def get(self, path: list, *, token, default: object = UNDEFINED) -> object:
        try:
            found = self.scope[path[0]]
            for key in path[1:]:
                found = self.get_item(found, key)
        except (KeyError, TypeError, IndexError):
            if default is not UNDEFINED:
                return default
            name = ".".join(str(key) for key in path)
            return Missing(name, token=token, hint=name)
        return found

    def get_item(self, obj: object, key: object) -> object:
        if type(obj) is dict and key in obj:
            return obj[key]
        # Only plain data has fields: an object given by mistake shows nothing of itself.
        if not isinstance(obj, Mapping | list | tuple | str):
            raise TypeError(key)
        return super().get_item(obj, key)

    def get_buffer(self, buf: Paper | None = None) -> Paper:
        return Paper(buf.room if buf else MAX_OUTPUT)

    def assign(self, key: str, val: object) -> None:
        self._weigh(val)
        if len(self.locals) >= MAX_NAMES:
            raise ResourceLimitError("too many variables", token=None)
        self.locals[key] = val

    def filter(self, name: str, token):
        apply = super().filter(name, token)

        def limited(value, *args, **kwargs):
            if type(value) is Missing and name != "default":
                str(value)  # raises, with the name
            self._weigh(value, *args)
            result = apply(value, *args, **kwargs)
            self._weigh(result)
            return result

        return limited

    def _weigh(self, *values: object) -> None:
        steps = len(values)
        for value in values:
            if type(value) in _LIGHT:
                continue
            if isinstance(value, str):
                if len(value) > MAX_TEXT:
                    raise ResourceLimitError("too much data", token=None)
                steps += len(value) // 100
            elif isinstance(value, list | tuple):
                if len(value) > MAX_ITEMS:
                    raise ResourceLimitError("too much data", token=None)
                steps += len(value) // 100
        self.charge(steps)


class SwiftContext(Context):
    """The same for a tree that was translated (swift.py): one dict of names, and a list of pieces.

    What the author wrote is paid for by the loops that repeat it, what the data bring when the pieces are joined.
    """

    def __init__(self, template: BoundTemplate, data: Mapping, language: str, zone: ZoneInfo):
        super().__init__(template, data, language, zone)
        self.memory = memory_of(language, zone.key, self.currency_style)
        self.begin(template, data)

    def begin(self, template: BoundTemplate, data: Mapping) -> None:
        """A new sheet for the next part of the same mail: nothing of the last one is left, neither words nor steps."""
        self.template, self.env, self.autoescape = template, template.env, template.env.autoescape
        self.scope = dict(data)
        self.pieces: list[str] = []
        self.out = self.pieces.append
        self.steps = self.assigned = self.letters = 0

    def charge(self, steps: int, letters: int = 0) -> None:
        self.steps += steps
        self.letters += letters
        if self.steps > MAX_STEPS:
            raise ResourceLimitError("too much work", token=None)
        if self.letters > MAX_OUTPUT:
            raise ResourceLimitError("too much text", token=None)

    def written(self) -> str:
        text = "".join(self.pieces)
        if len(text) > MAX_OUTPUT:
            raise ResourceLimitError("too much text", token=None)
        return text

    def assign(self, key: str, val: object) -> None:
        self._weigh(val)
        self.assigned += 1
        if self.assigned > MAX_NAMES:
            raise ResourceLimitError("too many variables", token=None)
        self.scope[key] = val

    def apply(self, filter_: Filter, work: Callable, takes_context: bool, value: object, given: Sequence) -> object:
        """``limited`` of ``filter`` above, without making a function for each use."""
        if type(value) is Missing and filter_.name != "default":
            str(value)  # raises, with the name
        self._weigh(value, *given)
        try:
            result = work(value, *given, context=self) if takes_context else work(value, *given)
        except TypeError as error:
            raise LiquidTypeError(f"{filter_.name}: {error}", token=filter_.token) from error
        except (LiquidTypeError, FilterArgumentError) as error:
            error.token = filter_.token
            raise
        self._weigh(result)
        return result


MOST_REMEMBERED = 20_000


@lru_cache(maxsize=64)
def memory_of(language: str, zone: str, currency_style: str) -> dict:
    """What filters said to readers of this kind (swift.py)."""
    return Memory()


class Memory(dict):
    """Forgets everything when it is full."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        super().__setitem__(key, value)


class ForNode(for_tag.ForNode):
    """Pays for all its rounds before the first."""

    __slots__ = ("_weight",)

    @property
    def weight(self) -> int:
        if not hasattr(self, "_weight"):
            self._weight = 1 + sum(1 for _ in _everything(self.block))
        return self._weight

    def render_to_output(self, context: Context, buffer) -> int:
        items = self.expression.iterable.evaluate(context)
        context.charge(self.weight * (len(items) if isinstance(items, list | tuple | dict) else 1))
        return super().render_to_output(context, buffer)


class ForTag(for_tag.ForTag):
    node_class = ForNode


class MailEnvironment(Environment):
    __hash__ = object.__hash__  # there are two; python-liquid's own looks at all settings, with each fill
    block_nesting_limit = MAX_DEPTH + 10
    context_depth_limit = MAX_DEPTH + 10

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (
            *(content.Literal, output.Output, illegal.Illegal),
            *(
                if_tag.IfTag,
                unless_tag.UnlessTag,
                case_tag.CaseTag,
                ForTag,
                for_tag.BreakTag,
                for_tag.ContinueTag,
            ),
            *(
                assign_tag.AssignTag,
                capture_tag.CaptureTag,
                comment_tag.CommentTag,
                note_tag.InlineCommentTag,
            ),
        ):
            self.add_tag(tag)
        self.filters.update(FILTERS)


HTML = MailEnvironment(undefined=Missing, autoescape=True)
TEXT = MailEnvironment(undefined=Missing, autoescape=False)


def parse(source: str, environment: Environment = TEXT, limit: int = MAX_SOURCE) -> BoundTemplate:
    """A checked syntax tree; raises LiquidFault, and is not cached: authors' sources change with each save."""
    find_spans(source, limit)
    try:
        template = environment.from_string(source)
    except LiquidError as error:
        raise LiquidFault(_offset(error, source), _syntax(error)) from error
    except RecursionError as error:
        raise LiquidFault(0, Reason(gettext_noop("Too many blocks stand inside each other here."))) from error
    for thing in _all_of(template):
        if isinstance(thing, RangeLiteral):
            raise LiquidFault(
                thing.token.start_index,
                Reason(gettext_noop("Ranges such as (1..5) are not available; loop over a list.")),
            )
    return template


@lru_cache(maxsize=512)
def _parsed(source: str, environment: MailEnvironment) -> tuple[BoundTemplate, swift.Step | None]:
    template = parse(source, environment, MAX_COMPILED)
    return template, swift.translate(template)


def fill(source: str, data: Mapping, language: str, zone: ZoneInfo, environment: MailEnvironment = TEXT) -> str:
    """The source with the data in it. Raises MissingVariable, or CannotRender with the reason."""
    return Filler(language, zone).fill(source, data, environment)


class Filler:
    """Fills all parts of one mail. What python-liquid wants around each of them is made once: 5 µs."""

    def __init__(self, language: str, zone: ZoneInfo):
        self.language, self.zone = language, zone
        self.context: SwiftContext | None = None

    def fill(self, source: str, data: Mapping, environment: MailEnvironment = TEXT) -> str:
        """The source with the data in it. Raises MissingVariable, or CannotRender with the reason."""
        return _told(self._fill, source, data, environment) if "{" in source else source

    def _fill(self, source: str, data: Mapping, environment: MailEnvironment) -> str:
        template, write = _parsed(source, environment)
        if write is None:
            paper = Paper(MAX_OUTPUT)
            template.render_with_context(Context(template, data, self.language, self.zone), paper)
            return paper.getvalue()
        if self.context is None:
            self.context = SwiftContext(template, data, self.language, self.zone)
        else:
            self.context.begin(template, data)
        write(self.context)
        return self.context.written()


def _told(work: Callable[..., str], *what: Any) -> str:
    """Every error as one of ours."""
    try:
        return work(*what)
    except UndefinedError as error:
        raise MissingVariable(str(error.args[0])) from error
    except ResourceLimitError as error:
        raise CannotRender(gettext_noop("The template does too much work for one mail.")) from error
    except LiquidError as error:
        raise CannotRender(_CANNOT, what=str(error.args[0])) from error
    except Exception as error:  # whatever a template provokes in a filter ends this mail, not the batch
        raise CannotRender(_CANNOT, what=str(error)[:200]) from error


def _everything(node: Node | Expression) -> Iterator[Node | Expression]:
    """All nodes and expressions below, which is what one round of a loop may have to work through."""
    if isinstance(node, Node):
        below = [*node.children(None, include_partials=False), *node.expressions()]
    else:
        below = node.children()
    for thing in below:
        if isinstance(thing, Node | Expression):
            yield thing
            yield from _everything(thing)


def _all_of(template: BoundTemplate) -> Iterator[Node | Expression]:
    for node in template.nodes:
        yield node
        yield from _everything(node)


def _offset(error: LiquidError, source: str) -> int:
    return error.token.start_index if error.token and error.token.start_index >= 0 else len(source)


def _syntax(error: LiquidError) -> Reason:
    if isinstance(error, UnknownFilterError):
        return Reason(gettext_noop("There is no filter “%(filter)s”."), {"filter": error.token.value})
    return Reason(gettext_noop("The Liquid syntax is wrong: %(what)s"), {"what": str(error.args[0])})
