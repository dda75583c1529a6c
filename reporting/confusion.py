"""Gold and predicted labels to confusion.png: which is taken for which.

Tags are counted by words: B- and I- of a type are one class, O is another.
Boundaries are not seen here, they are in the entity scores. Classes of texts
are counted by rows.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluation.conlleval import split_tag
from reporting import pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Tags = Sequence[str]

FILE_NAME = "confusion.png"

_OUTSIDE = "O"
_NO_ENTITY = ""  # class of O while counting: "B-O" may be a type
_NO_TYPE = "entity"  # class of B and I without type

# Up to so many classes: inches of a cell, points of its text. The last
# is for more than anyone has: labels are at most 200 (tasks.readers).
_CELLS = ((12, 0.75, 8.0), (30, 0.4, 7.5), (80, 0.3, 6.5), (999, 0.2, 4.0))
_COUNTS_UP_TO = 12  # classes; narrower cells have room for one number
_INCHES_A_LETTER = 0.08  # of a label
_INCHES_OF_BAR = 0.8  # colours and their labels
_LEAST_SHOWN = 0.005  # of a row; less is 0 in whole per cent
_DARK_FROM = 0.5  # share from which black on it cannot be read
_BAR_TICKS = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Confusion:
    """Words, or rows of texts, by right and predicted class.

    Attributes:
      classes: entity types, sorted, then O; or a corpus's classes.
      counts: int64 [classes, classes]; rows are gold.
      unit: what is counted.
    """

    classes: Sequence[str]
    counts: np.ndarray
    unit: str = "words"

    def shares(self) -> np.ndarray:
        """Returns counts as parts of their row; 0 where a row is empty."""
        totals = self.counts.sum(axis=1, keepdims=True)
        shares: np.ndarray = self.counts / np.maximum(totals, 1)
        return shares


def count_confusion(
    gold: Sequence[Tags], predicted: Sequence[Tags]
) -> Confusion:
    """Counts words by right and predicted class.

    Raises:
      ValueError: lengths differ.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for right, guess in zip(gold, predicted, strict=True):
        pairs.update(zip(right, guess, strict=True))
    by_class: Counter[tuple[str, str]] = Counter()
    for (right_tag, guessed_tag), times in pairs.items():
        by_class[_class_of(right_tag), _class_of(guessed_tag)] += times
    kinds = sorted({k for pair in by_class for k in pair} - {_NO_ENTITY})
    place = {kind: index for index, kind in enumerate([*kinds, _NO_ENTITY])}
    counts = np.zeros([len(place), len(place)], np.int64)
    for (right_kind, guessed_kind), times in by_class.items():
        counts[place[right_kind], place[guessed_kind]] = times
    return Confusion([*kinds, _OUTSIDE], counts)


def _class_of(tag: str) -> str:
    prefix, kind = split_tag(tag)
    return _NO_ENTITY if prefix == _OUTSIDE else kind or _NO_TYPE


def count_classes(
    gold: Sequence[str], predicted: Sequence[str], classes: Sequence[str]
) -> Confusion:
    """Counts rows of texts by right and predicted class.

    Raises:
      ValueError: lengths differ.
    """
    place = {name: index for index, name in enumerate(classes)}
    counts = np.zeros([len(place), len(place)], np.int64)
    for right, guess in zip(gold, predicted, strict=True):
        counts[place[right], place[guess]] += 1
    return Confusion(classes, counts, unit="rows")


def write_confusion(confusion: Confusion, path: str) -> str | None:
    """Draws which class is taken for which, as parts of the gold class.

    Args:
      confusion: of `count_confusion` or `count_classes`.
      path: of the PNG file.

    Returns:
      The path. None, with the reason in the log, when there is nothing,
      matplotlib is missing or the picture cannot be written: no run ends
      because of its picture.
    """
    if not confusion.counts.any():
        _log.info("no %s: there are no %s to count", path, confusion.unit)
        return None
    grid = _Grid.fit(confusion)
    figure = pictures.new_figure(grid.width, grid.height, name=path)
    if figure is None:
        return None
    _draw(figure.subplots(), confusion, grid)
    return pictures.save(figure, path)


@dataclass(frozen=True)
class _Grid:
    """Sizes that keep any number of classes legible.

    Attributes:
      font_size: inside cells, in points.
      with_counts: whether cells have room for counts below the per cent.
      width: of the picture in inches.
      height: of the picture in inches.
    """

    font_size: float
    with_counts: bool
    width: float
    height: float

    @classmethod
    def fit(cls, confusion: Confusion) -> _Grid:
        num_classes = len(confusion.classes)
        cell, font_size = next(
            (cell, size) for most, cell, size in _CELLS if num_classes <= most
        )
        labels = 1.4 + _INCHES_A_LETTER * max(map(len, confusion.classes))
        height = num_classes * cell + labels
        return cls(
            font_size=font_size,
            with_counts=num_classes <= _COUNTS_UP_TO,
            width=height + _INCHES_OF_BAR,
            height=height,
        )


def _draw(axes: Axes, confusion: Confusion, grid: _Grid) -> None:
    from matplotlib.colors import PowerNorm

    shares = confusion.shares()
    # The root makes an error of 2 % visible beside a diagonal of 95 %.
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0, 1))
    places = range(len(confusion.classes))
    found, known = (confusion.counts.sum(axis=axis) for axis in (0, 1))
    turn: dict[str, Any] = {"rotation": 90}
    if grid.with_counts:  # cells wide enough for slanted labels
        turn = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(places, _labels(confusion.classes, found), **turn)
    axes.set_yticks(places, _labels(confusion.classes, known))
    axes.set_xlabel(f"predicted ({confusion.unit})")
    axes.set_ylabel(f"gold ({confusion.unit})")
    axes.spines[:].set_visible(False)
    between = np.arange(1, len(places)) - 0.5
    axes.set_xticks(between, minor=True)
    axes.set_yticks(between, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="both", length=0, labelsize=9)
    _write_cells(axes, confusion, grid)
    bar = axes.figure.colorbar(
        image, ax=axes, shrink=min(1.0, 3.0 / grid.height), ticks=_BAR_TICKS
    )
    bar.ax.set_yticklabels([f"{tick:.0%}" for tick in _BAR_TICKS])
    bar.ax.tick_params(labelsize=9)
    bar.outline.set_visible(False)
    bar.set_label(f"of the gold class's {confusion.unit}", fontsize=9)


def _labels(classes: Sequence[str], counts: np.ndarray) -> list[str]:
    return [f"{c} ({n:,})" for c, n in zip(classes, counts, strict=True)]


def _write_cells(axes: Axes, confusion: Confusion, grid: _Grid) -> None:
    for (row, column), share in np.ndenumerate(confusion.shares()):
        count = confusion.counts[row, column]
        if not count or (not grid.with_counts and share < _LEAST_SHOWN):
            continue
        text = f"{100 * share:.0f}"
        if grid.with_counts:
            text = f"{share:.1%}\n{count:,}"
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            fontsize=grid.font_size,
            color="white" if share > _DARK_FROM else "black",
        )
