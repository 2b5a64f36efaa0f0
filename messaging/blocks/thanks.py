"""The blocks that ask, thank and answer: stars, survey, coupon, card, an agent's words. Data come with the subject."""

from django.utils.translation import gettext_lazy as _

from messaging.blocks.catalogue import Block
from messaging.blocks.fields import Line, Passage

STARS = Block(
    name="review_stars",
    title=_("Review stars"),
    help=_("Five stars for each product of the order. A tap opens the review page; nothing is counted before that."),
    symbol="star",
    speaks_of="review",
    fields=(
        Line(name="worst", label=_("Word below the first star"), most=40),
        Line(name="best", label=_("Word below the fifth star"), most=40),
    ),
)
SURVEY = Block(
    name="survey",
    title=_("Survey"),
    help=_(
        "A row of numbers to tap, as the question wants them. A tap opens the page; nothing is counted before that."
    ),
    symbol="star",
    speaks_of="survey",
    fields=(
        Line(name="worst", label=_("Word at the first number"), most=40),
        Line(name="best", label=_("Word at the last number"), most=40),
    ),
)
COUPON = Block(
    name="coupon",
    title=_("Coupon"),
    help=_("The reader's own code. Left out where no coupon was issued for this message."),
    symbol="tag",
    speaks_of="coupon",
    fields=(
        Line(name="title", label=_("Title")),
        Passage(name="text", label=_("Text"), most=1000),
        Line(name="button", label=_("Words on the button"), most=60),
    ),
    variables={
        "coupon": {"code": "text", "worth": "text", "expires_on": "date", "url": "url", "terms": "text"},
    },
)
CARD = Block(
    name="card",
    title=_("Business card with QR"),
    help=_("Who looks after the reader, with a code to scan. Left out where no card belongs to the message."),
    symbol="card",
    speaks_of="manager",
    fields=(Line(name="title", label=_("Title")),),
)
ANSWER = Block(
    name="answer",
    title=_("Answer of an agent"),
    help=_("What an agent wrote to the customer. Left out of every mail that carries no answer."),
    symbol="mail",
    speaks_of="answer",
    variables={"answer": {"text": "text", "agent": "text"}},
)
BLOCKS = (STARS, SURVEY, COUPON, CARD, ANSWER)
