"""What the pictures share: a sheet, colours, a PNG file in one step.

matplotlib is imported when a picture is made and not before: 0.9 s. Without
it there is no picture, one line in the log, and the run goes on. pyplot is
not used: it keeps figures of its own and looks for a screen.
"""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

from foundation import files
from foundation.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart with any kind of colour blindness; their
# yellow is left out, it is too pale for lines.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
BLACK = "#000000"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
GREY = "#666666"

_DOTS_PER_INCH = 150
_log = logging.getLogger(__name__)


def new_figure(width: float, height: float, *, name: str) -> Figure | None:
    """Returns an empty sheet, or None where matplotlib is missing.

    Args:
      width: in inches.
      height: in inches.
      name: of the picture's file, for the log.
    """
    try:
        from matplotlib.figure import Figure  # see the module docstring
    except ImportError as error:
        _log.warning(
            "no %s: matplotlib cannot be imported (%s). Next: pip install "
            "matplotlib",
            name,
            error,
        )
        return None
    return Figure(figsize=(width, height), layout="constrained")


def save(figure: Figure, path: str) -> str | None:
    """Writes a PNG file; returns its path, or None if it cannot be written.

    A picture is not worth a run: a full disk is a line in the log.
    """
    image = io.BytesIO()  # the encoder goes back and forth, a bucket cannot
    figure.savefig(image, format="png", dpi=_DOTS_PER_INCH)
    try:
        with files.write_atomically(path, "wb") as file:
            file.write(image.getvalue())
    except InputError as error:
        _log.warning("no picture: %s", error)
        return None
    return path


def simplify(axes: Axes) -> None:
    """Takes the box away and leaves thin lines to read values off."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=GREY, labelcolor="black", labelsize=9)
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
