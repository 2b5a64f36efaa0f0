"""XML of a stranger, as plain data: no document type, no entities, nothing fetched; depth and size are bounded.

The standard parser would expand entities ("billion laughs") and some read files for them. A document that declares a
type or an entity is refused before anything of it is used; answers of services never need one.
"""

from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal

DEEPEST = 40
NOT_XML = _("This is no XML that can be read: %(error)s.")
DECLARES = _("The XML declares a document type or an entity, which no honest answer needs. It was not read.")
TOO_DEEP = _("The XML is nested too deep.")

Tree = dict[str, Any]


class UnreadableXml(Refusal):
    """The document was not read."""


def tree_of(body: bytes) -> Tree:
    """``{"tag": local name, "text": …, "kids": [tree, …]}``: names without namespaces, no attributes."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise UnreadableXml(NOT_XML, error=str(error)) from None
    return reader.root["kids"][0]


def found(tree: Tree, tag: str) -> list[Tree]:
    """Every element of this name at any depth, in the order of the document."""
    kids = tree["kids"]
    return [hit for kid in kids for hit in ([kid] if kid["tag"] == tag else found(kid, tag))]


def text_at(tree: Tree, *path: str) -> str:
    """The text at the end of a path of names; "" when it leads nowhere."""
    for tag in path:
        tree = next((kid for kid in tree["kids"] if kid["tag"] == tag), {"tag": tag, "text": "", "kids": []})
    return tree["text"].strip()


class _Reader:
    def __init__(self) -> None:
        self.root: Tree = {"tag": "", "text": "", "kids": []}
        self.open = [self.root]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > DEEPEST:
            raise UnreadableXml(TOO_DEEP)
        element: Tree = {"tag": name.rpartition(" ")[2], "text": "", "kids": []}
        self.open[-1]["kids"].append(element)
        self.open.append(element)

    def end(self, name: str) -> None:
        self.open.pop()

    def text(self, data: str) -> None:
        self.open[-1]["text"] += data


def _refuse(*declared: object) -> None:
    raise UnreadableXml(DECLARES)
