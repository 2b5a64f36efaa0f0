"""The blocks of any letter: header, text, picture, button, line, social links, legal footer."""

from django.utils.translation import gettext_lazy as _

from messaging.blocks.catalogue import Block
from messaging.blocks.fields import Choice, Line, Link, Passage, Picture, Rows, Tick

NETWORKS = ("Instagram", "Facebook", "TikTok", "YouTube", "Telegram", "Viber", "X", "VK", "Pinterest", "LinkedIn")

HEADER = Block(
    name="header",
    title=_("Header"),
    help=_("The coloured band with the store's logo. It begins a mail."),
    symbol="flag",
    fields=(
        Line(name="headline", label=_("Headline"), needed=True),
        Line(name="under", label=_("Line below the headline")),
        Line(name="large", label=_("Large line below it"), help=_("For a date, say.")),
    ),
)
TEXT = Block(
    name="text",
    title=_("Text"),
    help=_("Paragraphs. An empty line begins a new one."),
    symbol="text",
    fields=(
        Passage(
            name="text",
            label=_("Text"),
            needed=True,
            help=_("**bold**, *italic*, [words](https://…) for a link, “- ” begins a list, “## ” a heading."),
        ),
        Choice(
            name="style",
            label=_("Style"),
            default="plain",
            options=(("plain", _("normal")), ("quiet", _("small and quiet")), ("centre", _("in the middle"))),
        ),
        Tick(name="rule", label=_("A line above it")),
    ),
)
IMAGE = Block(
    name="image",
    title=_("Picture"),
    symbol="picture",
    fields=(
        Picture(name="url", label=_("Address of the picture"), needed=True, help=_("It begins with https://")),
        Line(name="alt", label=_("What it shows"), needed=True, help=_("Read out, and shown while pictures are off.")),
        Link(name="link", label=_("Where a tap leads")),
        Choice(
            name="width",
            label=_("Width"),
            default="inset",
            options=(("inset", _("as wide as the text")), ("full", _("from edge to edge"))),
        ),
    ),
)
BUTTON = Block(
    name="button",
    title=_("Button"),
    symbol="button",
    fields=(
        Line(name="label", label=_("Words on the button"), needed=True, most=60),
        Link(name="url", label=_("Where it leads"), needed=True, default="{{ order.url }}"),
        Choice(
            name="side",
            label=_("Place"),
            default="left",
            options=(("left", _("on the left")), ("centre", _("in the middle"))),
        ),
    ),
)
DIVIDER = Block(
    name="divider",
    title=_("Line or gap"),
    symbol="line",
    fields=(
        Choice(
            name="look",
            label=_("Look"),
            default="line",
            options=(("line", _("a thin line")), ("gap", _("a gap")), ("wide", _("a wide gap"))),
        ),
    ),
)
SOCIAL = Block(
    name="social",
    title=_("Social links"),
    help=_("The names of the networks as links: icons would be loaded from strangers."),
    symbol="people",
    fields=(
        Line(name="title", label=_("Line above")),
        Rows(
            name="links",
            label=_("Networks"),
            needed=True,
            fields=(
                Line(name="name", label=_("Network"), most=40, help=", ".join(NETWORKS[:5])),
                Link(name="url", label=_("Address")),
            ),
        ),
    ),
)
FOOTER = Block(
    name="footer",
    title=_("Legal footer"),
    help=_("Store, address, why the reader gets this mail, and the way to unsubscribe. It ends a mail."),
    symbol="lock",
    fields=(
        Passage(name="legal", label=_("More legal lines"), most=2000, help=_("Company number, for example.")),
        Line(name="unsubscribe", label=_("Words of the unsubscribe link"), needed=True),
        Line(name="preferences", label=_("Words of the link to the preference page")),
    ),
)

BLOCKS = (HEADER, TEXT, BUTTON, IMAGE, DIVIDER, SOCIAL, FOOTER)
