"""Portraits of people who do not exist: flat drawings made here, so that no foreign photo comes with the house."""

from dataclasses import dataclass
from io import BytesIO

SIDE, FINE = 400, 3  # drawn three times as large, then made smaller: smooth edges


@dataclass(frozen=True, slots=True)
class Portrait:
    ground: str
    skin: str
    hair: str
    coat: str
    has_long_hair: bool = True


def drawn(portrait: Portrait) -> bytes:
    """A JPEG."""
    from PIL import Image, ImageDraw  # only the demo draws

    picture = Image.new("RGB", (SIDE * FINE, SIDE * FINE), portrait.ground)
    pen = ImageDraw.Draw(picture)

    def oval(left: int, top: int, right: int, bottom: int, colour: str) -> None:
        pen.ellipse([left * FINE, top * FINE, right * FINE, bottom * FINE], fill=colour)

    def box(left: int, top: int, right: int, bottom: int, colour: str, round_by: int = 0) -> None:
        pen.rounded_rectangle(
            [left * FINE, top * FINE, right * FINE, bottom * FINE], radius=round_by * FINE, fill=colour
        )

    if portrait.has_long_hair:
        box(112, 110, 288, 330, portrait.hair, 80)
    oval(60, 288, 340, 560, portrait.coat)
    box(170, 230, 230, 316, portrait.skin, 28)
    oval(156, 276, 244, 336, portrait.skin)
    oval(132, 92, 268, 264, portrait.skin)
    pen.chord([124 * FINE, 70 * FINE, 276 * FINE, 230 * FINE], 178, 362, fill=portrait.hair)
    pen.pieslice([96 * FINE, 66 * FINE, 236 * FINE, 206 * FINE], 200, 330, fill=portrait.hair)
    out = BytesIO()
    picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "JPEG", quality=88)
    return out.getvalue()
