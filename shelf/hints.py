"""Enough of an address, a number or a name to know one's own again, and not enough for anybody else."""

DOTS = "•••"


def email(address: str) -> str:
    """``o•••@example.com``."""
    local, _at, domain = address.partition("@")
    return f"{local[:1]}{DOTS}@{domain}" if domain else ""


def phone(number: str) -> str:
    """``+38 ••• 67``: the country and the last two digits."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return f"+{digits[:2]} {DOTS} {digits[-2:]}" if len(digits) > 7 else DOTS if digits else ""


def name(full: str) -> str:
    """``Олена К.``; of one word the first letter."""
    first, *rest = full.split() or [""]
    return f"{first} {rest[-1][0]}." if rest else f"{first[:1]}." if first else ""
