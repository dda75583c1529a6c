"""metrics.jsonl to learning_curves.png: loss, score on dev, learning rate.

One picture where bio_ner_bert drew two (error_curves.jpg, learning_rate.jpg),
for one run or for the runs of several seeds.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from reporting import curves
from reporting.diagrams import FILE_NAME as FILE_NAME
from reporting.diagrams import Diagram, write_diagrams

_TALL, _SHORT = 2.4, 1.4  # inches of a diagram


def write_learning_curves(
    output_dir: str,
    *,
    headline: str,
    runs: Mapping[str, str] | None = None,
    sums_loss: bool = False,
) -> str | None:
    """Draws what training logged.

    Args:
      output_dir: receives learning_curves.png; the run, if `runs` is not
        given.
      headline: name of the score on dev that chose the best checkpoint, as
        "entity_f1".
      runs: name ("seed 1") -> folder, to draw several runs together.
      sums_loss: whether the loss of a batch is a sum (see tasks.task.Task);
        the one on dev is a mean and then not drawn beside it.

    Returns:
      The picture's path. None, with the reason in the log, when nothing was
      logged, matplotlib is missing or the picture cannot be written: no run
      ends because of its picture.
    """
    score = f"dev_{headline}"
    draw_loss = functools.partial(curves.draw_loss, sums_loss=sums_loss)
    draw_score = functools.partial(curves.draw_score, score=score)
    diagrams = [
        Diagram("loss", _TALL, draw_loss),
        Diagram(score, _TALL, draw_score),
        Diagram("learning_rate", _SHORT, curves.draw_learning_rate),
        Diagram("gradient_norm", _SHORT, curves.draw_gradient_norm),
    ]
    return write_diagrams(output_dir, diagrams, runs=runs)
