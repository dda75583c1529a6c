"""Tables and pictures of a tagger's raw tags, as the scores are.

And dev's tags themselves: clinicalBERT's evaluation wants them beside test's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from evaluation.entities import score_entities
from foundation import files
from reporting import classification_report, confusion, per_entity
from tasks import tagging_outputs

if TYPE_CHECKING:
    from tasks.tagging_predictions import TaggingPredictions


def write_reports(
    folder: str,
    predicted: Mapping[str, TaggingPredictions],
    *,
    step: int,
    model_name: str,
) -> None:
    """Writes classification_report.txt, confusion.png, per_entity.*.

    And NER_result_conll_eval.txt: word, gold and predicted tag of dev.

    Args:
      folder: of the run.
      predicted: by split, dev before test.
      step: of the checkpoint that predicted.
      model_name: for the table of entities.
    """
    tags = {
        name: (
            [s.gold for s in predictions.sentences],
            [s.raw for s in predictions.sentences],
        )
        for name, predictions in predicted.items()
    }
    classification_report.write_classification_report(folder, tags, step=step)
    gold, raw = tags[list(tags)[-1]]  # test where there is one
    confusion.write_confusion(
        confusion.count_confusion(gold, raw),
        files.join(folder, confusion.FILE_NAME),
    )
    if "dev" in predicted and all(
        len(s.gold) == len(s.words) for s in predicted["dev"].sentences
    ):
        tagging_outputs.write_lines(
            files.join(folder, tagging_outputs.DEV_CONLL_FILE),
            tagging_outputs.conll_lines(predicted["dev"].sentences),
        )
    scores = score_entities(gold, raw).per_type
    per_entity.write_per_entity(folder, {model_name: scores})
