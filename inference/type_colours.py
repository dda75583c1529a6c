"""A colour pair for each entity type: light paper, dark ink, one hue.

The colours are spread in OKLCH, where equal steps look equal
(https://bottosson.github.io/posts/oklab/): hues in an order that puts far
ones next to each other, then the same hues in other lightnesses. Black text
is readable on every paper, each ink on its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_NUM_HUES = 17
_HUE_STEP = 5  # of 17: the first seven colours are far from each other
_FIRST_HUE = 25.0  # degrees; a soft red
# Lightness and chroma of the papers, one row for each turn of the hues.
_PAPERS = ((0.88, 0.09), (0.80, 0.11), (0.72, 0.10))
_INK = (0.33, 0.09)

NUM_COLOURS = _NUM_HUES * len(_PAPERS)


@dataclass(frozen=True)
class TypeColour:
    """Two colours as "#rrggbb".

    Attributes:
      paper: light, behind the text.
      ink: dark, for lines and labels on it.
    """

    paper: str
    ink: str


def type_colour(index: int) -> TypeColour:
    """Returns the colours of the type with this index; 51 are different."""
    turn, position = divmod(index % NUM_COLOURS, _NUM_HUES)
    hue = _FIRST_HUE + 360 * (position * _HUE_STEP % _NUM_HUES) / _NUM_HUES
    return TypeColour(_hex(*_PAPERS[turn], hue), _hex(*_INK, hue))


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Returns an OKLCH colour in sRGB, with less chroma if it has no such."""
    while True:
        channels = _linear_rgb(lightness, chroma, hue)
        if all(-1e-4 <= value <= 1 + 1e-4 for value in channels):
            break
        chroma *= 0.95
    return "#" + "".join(f"{round(255 * _gamma(c)):02x}" for c in channels)


def _linear_rgb(
    lightness: float, chroma: float, hue: float
) -> tuple[float, float, float]:
    """Returns linear sRGB; the numbers are those of the page named above."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _gamma(value: float) -> float:
    """Returns a linear sRGB channel as it is stored (IEC 61966-2-1)."""
    value = min(max(value, 0.0), 1.0)
    if value <= 0.0031308:
        return 12.92 * value
    return 1.055 * value ** (1 / 2.4) - 0.055
