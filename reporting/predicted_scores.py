"""Gold and predicted scores of texts to predicted_scores.png, dot by dot."""

from __future__ import annotations

from collections.abc import Sequence

from reporting import pictures

FILE_NAME = "predicted_scores.png"
_INCHES = 4.0


def write_predicted_scores(
    gold: Sequence[float], predicted: Sequence[float], path: str
) -> str | None:
    """Draws a dot for each row; on the line the prediction is right.

    Returns:
      The path; None, with the reason in the log, where there is no picture.

    Raises:
      ValueError: lengths differ.
    """
    if len(gold) != len(predicted):
        raise ValueError(
            f"predicted: got {len(predicted)} scores, expected {len(gold)}"
        )
    figure = pictures.new_figure(_INCHES, _INCHES, name=path)
    if figure is None:
        return None
    axes = figure.subplots()
    ends = [min(gold), max(gold)]
    axes.plot(ends, ends, color=pictures.GREY, linewidth=0.8)
    axes.scatter(gold, predicted, s=14, color=pictures.BLUE, alpha=0.7)
    axes.set_xlabel("gold score")
    axes.set_ylabel("predicted score")
    pictures.simplify(axes)
    return pictures.save(figure, path)
