"""Tables and pictures of predicted labels or scores of texts.

And the predictions of dev: two runs are compared row by row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from foundation import files
from reporting import (
    classification_report,
    confusion,
    per_entity,
    predicted_scores,
)
from tasks import text_outputs
from tasks.text_report import scores_by_class

if TYPE_CHECKING:
    from tasks.text_predictions import TextPredictions


def write_reports(
    folder: str,
    predicted: Mapping[str, TextPredictions],
    *,
    step: int,
    model_name: str,
) -> None:
    """Writes what suits the kind, for splits with gold.

    Classes: classification_report.txt and confusion.png. Several labels a
    row: per_entity.md and .tsv, a line a label. Scores: predicted_scores.png.
    Of dev predictions_eval.tsv, too.

    Args:
      folder: of the run.
      predicted: by split, dev before test.
      step: of the checkpoint that predicted.
      model_name: for the table of labels.
    """
    scored = {name: p for name, p in predicted.items() if p.has_gold}
    if not scored:
        return
    if "dev" in scored:
        text_outputs.write_dev(folder, scored["dev"])
    last = scored[list(scored)[-1]]  # test where it has labels
    if last.labels.kind == "labels":
        table = {str(k): score for k, score in scores_by_class(last).items()}
        per_entity.write_per_entity(folder, {model_name: table})
        return
    pairs = {
        name: (
            [str(example.label) for example in p.examples],
            [str(label) for label in p.predicted],
        )
        for name, p in scored.items()
    }
    gold, guesses = pairs[list(pairs)[-1]]
    if last.labels.kind == "score":
        predicted_scores.write_predicted_scores(
            [float(x) for x in gold],
            [float(x) for x in guesses],
            files.join(folder, predicted_scores.FILE_NAME),
        )
        return
    classification_report.write_class_report(folder, pairs, step=step)
    confusion.write_confusion(
        confusion.count_classes(gold, guesses, last.labels.names),
        files.join(folder, confusion.FILE_NAME),
    )
