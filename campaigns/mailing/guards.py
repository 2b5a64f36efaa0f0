"""The guard rails: what is said before the send button, each with ok, warn or stop. Pure: figures in, words out.

A guard's words are kept with the campaign as plain data and translated when somebody reads them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Any, Literal

from django.utils.translation import gettext_noop as _

from messaging.rendering import RenderedMail
from shelf.reasons import Reason

Verdict = Literal["ok", "warn", "stop"]
WORSE = ("ok", "warn", "stop")

CLIP = 102 * 1024  # bytes of HTML: Gmail shows no more and hides the rest behind a link, the unsubscribe link too
CLIP_NEAR = 90 * 1024  # what the way out adds (counted links, a description for mailboxes) has to fit as well
SUBJECT = 70  # characters; a phone shows 35 to 45, a desktop 60 to 70
EVERYBODY_ABOVE = 50  # a shop with fewer customers writes to all of them without a second person
IMAGE, IMAGES = 500 * 1024, 1024 * 1024  # bytes of one, of all


@dataclass(frozen=True, slots=True)
class Guard:
    name: str
    verdict: Verdict
    what: Reason
    details: list[Reason] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def worst(guards: Iterable[Mapping[str, Any]]) -> Verdict:
    return max((guard["verdict"] for guard in guards), key=WORSE.index, default="ok")


def guard(
    name: str, what: str, details: Sequence[tuple[Verdict, Reason]] = (), otherwise: Verdict = "ok", **values
) -> Guard:
    """A guard as bad as its worst detail."""
    verdict = max((otherwise, *(v for v, _what in details)), key=WORSE.index)
    return Guard(name, verdict, Reason(what, values), [what for _v, what in details])


# --- Who ----------------------------------------------------------------------------------------------------------


def people(figures: Mapping[str, Any]) -> Guard:
    get, later, matched = figures["get"], figures["later"], figures["people"]
    details: list[tuple[Verdict, Reason]] = [
        ("ok", Reason(_("%(why)s (%(count)s)"), {"why": [text, values], "count": n}))
        for text, values, n in sorted(figures["reasons"], key=lambda row: -row[2])
    ]
    if not get + later:
        return guard("audience", _("Nobody would get this mail."), details, "stop")
    what = _("Will get it: %(get)s of %(people)s.")
    if later:
        what = _("Will get it: %(get)s of %(people)s; later, for the reasons below: %(later)s.")
    return guard("audience", what, details, get=get, people=matched, later=later)


def everybody(count: int, recipients: int) -> Guard:
    said: list[tuple[Verdict, Reason]] = []
    if recipients > EVERYBODY_ABOVE:
        said.append(("warn", Reason(_("Somebody else has to approve it before it starts."))))
    what = _("This is everybody: all %(count)s customers of the store, and no condition leaves anybody out.")
    return guard("everybody", what, said, "warn", count=count)


def recent(figures: Mapping[str, Any]) -> Guard:
    if not figures["recent"]:
        return guard("recent", _("Nobody of them got a mail from us in the last 24 hours."))
    what = _("Got a mail from us in the last 24 hours already: %(count)s of %(people)s.")
    return guard("recent", what, (), "warn", count=figures["recent"], people=figures["people"])


def languages(figures: Mapping[str, Any], written: Iterable[str]) -> Guard:
    written = sorted(written)
    missing = {code: n for code, n in figures["languages"].items() if code not in written}
    if not missing:
        return guard("languages", _("The mail is written in every language of its readers."))
    instead = "en" if "en" in written else written[0]
    details: list[tuple[Verdict, Reason]] = [
        (
            "warn",
            Reason(
                _("Read %(language)s, and get it in %(instead)s: %(count)s."),
                {"language": code, "instead": instead, "count": n},
            ),
        )
        for code, n in sorted(missing.items())
    ]
    return guard("languages", _("The mail lacks languages of its readers."), details)


def variables(figures: Mapping[str, Any]) -> Guard:
    details: list[tuple[Verdict, Reason]] = []
    for name, n in sorted(figures["absent"].items()):
        details.append(
            ("stop", Reason(_("“%(variable)s” does not exist for %(count)s of them."), {"variable": name, "count": n}))
        )
    for name, n in sorted(figures["empty"].items()):
        text = _("“%(variable)s” is empty for %(count)s of them; give it a “default”.")
        details.append(("warn", Reason(text, {"variable": name, "count": n})))
    if not details:
        return guard("variables", _("Every variable that the mail shows is known for everybody."))
    return guard("variables", _("Variables that the mail shows are not known for everybody."), details)


# --- The mail, as samples of it were rendered ---------------------------------------------------------------------


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("a", "area"):
            self.links.append((given.get("href") or "").strip())
        elif tag == "img":
            self.images.append(((given.get("src") or "").strip(), given.get("alt")))


def links_and_images(html: str) -> tuple[list[str], list[tuple[str, str | None]]]:
    """Where the mail's links lead, and its images with their alternative texts (None: it has none)."""
    reader = _Reader()
    reader.feed(html)
    return reader.links, reader.images


def subjects(mails: Sequence[RenderedMail]) -> Guard:
    longest = max((mail.subject for mail in mails), key=len, default="")
    if any(not mail.subject.strip() for mail in mails):
        return guard("subject", _("The subject is empty."), (), "stop")
    if len(longest) > SUBJECT:
        what = _("The subject has %(count)s characters; mailboxes show about %(shown)s: “%(subject)s”")
        return guard("subject", what, (), "warn", count=len(longest), shown=SUBJECT, subject=longest)
    return guard("subject", _("The subject has %(count)s characters at most."), count=len(longest))


def size(mails: Sequence[RenderedMail], needs_unsubscribe: bool) -> Guard:
    largest = max((len(mail.html.encode()) for mail in mails), default=0)
    values: dict[str, Any] = {"size": round(largest / 1024), "limit": CLIP // 1024}
    if largest > CLIP:
        what = _("The mail has %(size)s KB; Gmail cuts it off after %(limit)s KB, the unsubscribe link too.")
        return guard("size", what, (), "stop" if needs_unsubscribe else "warn", **values)
    if largest > CLIP_NEAR:
        return guard(
            "size", _("The mail has %(size)s KB, close to the %(limit)s KB that Gmail shows."), (), "warn", **values
        )
    return guard("size", _("The mail has %(size)s KB; Gmail shows %(limit)s KB."), **values)


def plain_text(mails: Sequence[RenderedMail]) -> Guard:
    if any(not mail.text.strip() for mail in mails):
        return guard("text", _("The plain text is empty; some readers and many spam filters look at it."), (), "stop")
    return guard("text", _("There is a plain text part."))


def unsubscribe(mails: Sequence[RenderedMail], addresses: Sequence[str], is_needed: bool, purpose: str = "") -> Guard:
    """``addresses``: the links that let a reader leave; one of them has to be there.

    Not needed where the mail belongs to the contract: a person says that it does, for we cannot tell.
    """
    if not is_needed:
        what = _("“%(purpose)s” goes to all, asked or not, and without an unsubscribe link. Is it no advertising?")
        return guard("unsubscribe", what, (), "warn", purpose=purpose)
    if any(not set(addresses) & set(links_and_images(mail.html)[0]) for mail in mails):
        return guard("unsubscribe", _("There is no unsubscribe link in the mail."), (), "stop")
    if any(not any(address in mail.text for address in addresses) for mail in mails):
        return guard("unsubscribe", _("There is no unsubscribe link in the plain text."), (), "stop")
    return guard("unsubscribe", _("There is an unsubscribe link."))


def rendering(refusals: Sequence[Reason]) -> Guard:
    """Samples that could not be rendered at all."""
    if not refusals:
        return guard("rendering", _("Mails for people of the audience were written on trial."))
    seen = {(r.text, repr(r.values)): r for r in refusals}
    return guard("rendering", _("The mail cannot be written for everybody."), [("stop", r) for r in seen.values()])


def links(said: Sequence[tuple[Verdict, Reason]], count: int) -> Guard:
    if said:
        return guard("links", _("Links that were visited: %(count)s. Not all is well."), said, count=count)
    return guard("links", _("Links that were visited: %(count)s. All of them open."), count=count)


def images(said: Sequence[tuple[Verdict, Reason]], count: int, weight: int) -> Guard:
    if not count:
        return guard("images", _("The mail has no images."))
    values: dict[str, Any] = {"count": count, "size": round(weight / 1024)}
    if weight > IMAGES:
        said = [*said, ("warn", Reason(_("A phone on a slow network waits for them.")))]
    return guard("images", _("Images: %(count)s, together %(size)s KB."), said, **values)


# --- The house ----------------------------------------------------------------------------------------------------


def second_person(recipients: int, above: int) -> Guard:
    if recipients > above:
        what = _("More than %(limit)s people: somebody else has to approve before it starts.")
        return guard("approval", what, (), "warn", limit=above)
    return guard("approval", _("At most %(limit)s people: you may start it yourself."), limit=above)


def canary(recipients: int, first: int, minutes: int) -> Guard:
    if recipients <= first:
        return guard("canary", _("So few people get it that all are written to at once."))
    what = _("The first %(count)s leave alone; after %(minutes)s minutes their outcome decides about the rest.")
    return guard("canary", what, count=first, minutes=minutes)
