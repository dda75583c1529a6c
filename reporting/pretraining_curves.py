"""metrics.jsonl of pretraining to learning_curves.png.

Masked LM and sentence task, trained and held out, beside what moves them:
learning rate and gradient norm.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reporting import curves, pictures
from reporting.curves import Curve
from reporting.diagrams import Diagram, write_diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TALL, _MIDDLE, _SHORT = 3.2, 2.4, 2.0  # inches of a diagram
_HELD_OUT = "eval_"  # begins the names of values of held-out records
_ROOM = 0.12  # of the height, above and below the curves


@dataclass(frozen=True)
class _Level:
    """A value to compare curves with: a horizontal line.

    Attributes:
      value: its height.
      text: written on the line.
    """

    value: float
    text: str


_OF_TWO = _Level(math.log(2), "guessing: ln 2")
_HALF = _Level(0.5, "guessing")


def write_pretraining_curves(
    output_dir: str,
    *,
    runs: Mapping[str, str] | None = None,
    reference: float | None = None,
    reference_label: str = "unigram entropy",
) -> str | None:
    """Draws what pretraining logged.

    Args:
      output_dir: receives learning_curves.png; the run, if `runs` is not
        given.
      runs: name ("seed 1") -> folder, to draw several runs together.
      reference: masked-LM loss to compare with, in nats, such as the entropy
        of the masked pieces.
      reference_label: what it is.

    Returns:
      The picture's path. None, with the reason in the log, when nothing was
      logged, matplotlib is missing or the picture cannot be written: no run
      ends because of its picture.
    """
    level = None
    if reference is not None:
        level = _Level(reference, f"{reference_label}: {reference:.3f}")
    diagrams = [
        _learned("masked_lm_loss", level, height=_TALL, explains=True),
        _learned("masked_lm_accuracy", None, height=_TALL),
        _learned("next_sentence_loss", _OF_TWO),
        _learned("next_sentence_accuracy", _HALF),
        _learned("sentence_order_loss", _OF_TWO),
        _learned("sentence_order_accuracy", _HALF),
        Diagram("learning_rate", _SHORT, curves.draw_learning_rate),
        Diagram("gradient_norm", _SHORT, curves.draw_gradient_norm),
    ]
    return write_diagrams(output_dir, diagrams, runs=runs, columns=2)


def _learned(
    name: str,
    level: _Level | None,
    *,
    height: float = _MIDDLE,
    explains: bool = False,
) -> Diagram:
    draw = functools.partial(
        _draw_learned, name=name, level=level, explains=explains
    )
    return Diagram(name, height, draw)


def _draw_learned(
    axes: Axes,
    drawn: Sequence[Curve],
    *,
    name: str,
    level: _Level | None,
    explains: bool,
) -> None:
    """Draws a value of training and of held-out records.

    Args:
      axes: to draw on.
      drawn: the runs.
      name: of the value in metrics.jsonl.
      level: what to compare it with.
      explains: whether the legend says what the lines of training are; one
        that does is enough.
    """
    axes.set_ylabel(_in_words(name))
    lines = curves.draw_noisy(
        axes, drawn, name=name, what="training", each="as logged"
    )
    if not explains:
        for line in axes.lines:
            line.set_label("")
    lines += _draw_held_out(axes, drawn, _HELD_OUT + name)
    if level is not None:
        _draw_level(axes, level)
        lines.append(np.array([level.value]))
    axes.margins(y=_ROOM)
    if name.endswith("loss"):
        curves.set_scale(axes, np.concatenate(lines), from_zero=False)
    elif level is None:
        axes.set_ylim(bottom=0)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(**curves.LEGEND)


def _draw_held_out(
    axes: Axes, drawn: Sequence[Curve], name: str
) -> list[np.ndarray]:
    """Draws what evaluation in between found; returns the values."""
    found = []
    for curve in drawn:
        series = curve.history.series(name)
        if not len(series):
            continue
        look = curves.look_on_dev()
        if len(drawn) > 1:
            look = {**curve.look, "linestyle": "--"}
        label = f"{curve.name} held out, last: {series.values[-1]:.3f}"
        curves.draw_scores(axes, series, look, label=label.strip())
        found.append(series.values)
    return found


def _in_words(name: str) -> str:
    """Returns "masked LM loss" for "masked_lm_loss"."""
    words = name.replace("_", " ").replace(" lm ", " LM ")
    return f"{words} (nats)" if words.endswith("loss") else words


def _draw_level(axes: Axes, level: _Level) -> None:
    axes.axhline(
        level.value, color=pictures.GREY, linewidth=1.0, linestyle=(0, (6, 4))
    )
    axes.annotate(
        level.text,
        (1.0, level.value),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        fontsize=9,
        color=pictures.GREY,
        bbox={
            "facecolor": "white",
            "edgecolor": "none",
            "alpha": 0.7,
            "pad": 0,
        },
    )
