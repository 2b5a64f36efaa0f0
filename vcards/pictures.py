"""What is to be known of pictures and colours without looking at them."""

import hashlib


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb`` by WCAG 2: 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
