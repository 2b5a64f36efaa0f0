"""Mails as pure functions: sources and plain data in, subject, HTML and text out. No models, no database, no network.

An author writes, per language, a subject, a preheader, a body in MJML and a text part; Liquid stands in all four.

1. ``check_content`` when it is saved: every problem with its line, the variable named.
2. ``compile_content`` when it is published: MJML becomes HTML with inlined styles, Liquid stays alive.
3. ``render`` for each recipient: data go in. Strict: a missing variable is an error that names it.

The variables of our preset mails; apps lend the real values, and describe them in the same shape for ``check_content``:

``store``     name, url, logo_url, support_email, support_phone, address, accent and accent_ink (CSS colours)
``customer``  first_name, name
``order``     number, url, placed_at, currency, first_name, subtotal, shipping, discount, tax, total,
              lines [title, quantity, total, image_url], address_lines [text], payment_method, shipping_method
``shipment``  carrier_name, number, tracking_url, estimated_on, milestone, lines [title, quantity]
``review``    url, products [title, image_url, stars [n, url]]
``message``   language, unsubscribe_url (empty for order updates), preferences_url, reason (why the reader gets this
              mail), person and photo_url (who writes)
``mail``      ours, in HTML only: subject, preheader, language, markup, pixel
``manner``    ours, not for authors: how the store writes (currency, capital_you, discreet, …); may be absent

What is not known is an empty text, None or 0, never an absent key. Amounts are Decimal, moments aware, dates dates.
"""

from messaging.rendering.check import check_content, check_liquid
from messaging.rendering.compile import CompiledContent, compile_content, compile_mail
from messaging.rendering.dress import Dressed, dress
from messaging.rendering.fill import RenderedMail, plain_name, render
from messaging.rendering.header_values import UncleanHeader, headers_are_clean, one_line
from messaging.rendering.problems import CannotRender, MissingVariable, TemplateProblem, TemplateRefused

__all__ = [
    "CannotRender",
    "CompiledContent",
    "Dressed",
    "MissingVariable",
    "RenderedMail",
    "TemplateProblem",
    "TemplateRefused",
    "UncleanHeader",
    "check_content",
    "check_liquid",
    "compile_content",
    "compile_mail",
    "dress",
    "headers_are_clean",
    "one_line",
    "plain_name",
    "render",
]
