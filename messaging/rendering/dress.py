"""What is done to a compiled content once, when it is loaded to be sent: nothing of it is left to be done per mail.

Links to other sites are set between two NULs (which neither a database nor JSON can hold, so no data can), so that a
filled mail is cut at its links without being parsed. «ви» becomes «Ви» where the store writes so. The head gets room
for markup, the end of the body for the picture that tells of opening.
"""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from messaging.rendering.compile import CompiledContent

MARK = "\0"
_LIQUID = r"\{\{.*?\}\}|\{%.*?%\}"
_HREF = re.compile(rf"""(<a\b(?:{_LIQUID}|[^>{{])*?\shref=)("(?:{_LIQUID}|[^"{{])*"|'(?:{_LIQUID}|[^'{{])*')""", re.S)
_YOU = {
    "uk": "ви вас вам вами ваш ваша ваше ваші вашого вашої вашому вашій вашу вашим вашою ваших вашими",
    "ru": "вы вас вам вами ваш ваша ваше ваши вашего вашей вашему вашу вашим вашею вашем ваших вашими",
}
_NOT_WORDS = rf"<style\b.*?</style>|<!--.*?-->|<(?>{_LIQUID}|[^<>])*+>|{_LIQUID}|https?://\S+"
_YOU_IN = {
    language: re.compile(rf"({_NOT_WORDS})|\b({'|'.join(words.split())})\b", re.S) for language, words in _YOU.items()
}


@dataclass(frozen=True, slots=True)
class Dressed:
    """A content ready to be filled; ``targets`` are the addresses that stand in it as they are."""

    content: CompiledContent
    targets: tuple[str, ...] = ()


def dress(content: CompiledContent, language: str, *, capital_you: bool = False, home: str | None = None) -> Dressed:
    """``home`` is our own host, whose pages are left alone; None leaves all links alone."""
    parts = [content.subject, content.preheader, content.html, content.text]
    if capital_you and language in _YOU_IN:
        parts = [with_capital_you(part, language) for part in parts]
    subject, preheader, html, text = parts
    targets: list[str] = []
    if home is not None:
        html = _HREF.sub(lambda link: _marked(link, home, targets), html)
    html = html.replace("</head>", "{{ mail.markup }}</head>", 1)
    before, end, after = html.rpartition("</body>")
    if end:
        html = f"{before}{{{{ mail.pixel }}}}{end}{after}"
    return Dressed(CompiledContent(subject, preheader, html, text), tuple(dict.fromkeys(targets)))


def is_foreign(url: str, home: str) -> bool:
    """May a click on it be counted? Only a whole web address of another site: no ``//``, no ``\\``, no user names."""
    if not url.startswith(("https://", "http://")) or len(url) > 2000 or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - raises for what is no number
    except ValueError:
        return False
    return bool(host) and "@" not in parts.netloc and parts.netloc.lower() != home and host != home.partition(":")[0]


def with_capital_you(source: str, language: str) -> str:
    """«ви», «вашого», «вы», «вам» with a capital, in the words that are read: not in tags, Liquid or addresses."""
    return _YOU_IN[language].sub(lambda found: found[1] or found[2].capitalize(), source)


def _marked(link: re.Match, home: str, targets: list[str]) -> str:
    value = link[2][1:-1]
    if "{" in value:
        if "unsubscribe" in value or not value.lstrip().startswith(("{", "http")):
            return link[0]  # mailto:{{ … }}, tel:{{ … }}, #{{ … }}
    elif not is_foreign(unescape(value), home):
        return link[0]
    else:
        targets.append(unescape(value))
    return f"{link[1]}{link[2][0]}{MARK}{value}{MARK}{link[2][0]}"
