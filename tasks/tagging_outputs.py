"""Predicted tags to the files that people's scripts read.

token_test.txt, label_test.txt (BioBERT's run_ner.py), NER_result_conll.txt
(its ner_detokenize.py) and predictions.jsonl (ours). Everything is placed by
word index; no label is matched to a word by its position in a file
(originals.md 6.4, 9.4 N7). The original's files hold the raw tags, which the
headline scores are of; predictions.jsonl has both. The functions return lines;
the writers below put them in files in one step.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evaluation.entities import lenient_entities
from foundation import files, json_files
from tasks.labels import CLS, CONTINUATION, PAD, SEP
from tasks.tag_schemes import OUTSIDE, is_typed
from tasks.tagging_features import NO_WORD

_log = logging.getLogger(__name__)

TOKEN_FILE = "token_test.txt"
LABEL_FILE = "label_test.txt"
CONLL_FILE = "NER_result_conll.txt"
DEV_CONLL_FILE = "NER_result_conll_eval.txt"  # so clinicalBERT's scripts
PREDICTIONS_FILE = "predictions.jsonl"

_UNTYPED_SUFFIX = "-MISC"  # ner_detokenize.py adds it to O as well
# What conlleval's default delimiter, or a reader's str.split, would split at.
_ANY_SPACE = re.compile(r"\s")


@dataclass(frozen=True)
class TaggedPrediction:
    """What was predicted for one sentence.

    Attributes:
      words: of the sentence, those cut off included.
      gold: the right tags; empty when the file has none.
      raw: one tag per word as the model has them, O for words cut off.
      predicted: the same, made valid IOB2 where that was asked for.
      probabilities: of each of `predicted`, 0 to 1; 0 for words cut off.
      pieces: of the input, [CLS] and [SEP] included, no padding.
      word_index: which word each piece is of; -1 for [CLS] and [SEP].
      piece_labels: under the "biobert" scheme the predicted label of each
        piece; empty under "word".
      num_words_kept: words that the model saw.
    """

    words: Sequence[str]
    gold: Sequence[str]
    raw: Sequence[str]
    predicted: Sequence[str]
    probabilities: Sequence[float]
    pieces: Sequence[str]
    word_index: Sequence[int]
    piece_labels: Sequence[str]
    num_words_kept: int


def token_lines(predictions: Iterable[TaggedPrediction]) -> Iterator[str]:
    """Yields the lines of token_test.txt: one piece each, no blank lines."""
    for prediction in predictions:
        yield from prediction.pieces


def label_lines(predictions: Iterable[TaggedPrediction]) -> Iterator[str]:
    """Yields the lines of label_test.txt, one per line of token_test.txt.

    Under "biobert" these are the labels as predicted, [PAD] as O. Under
    "word" the first piece of a word has its tag, the others X, and [CLS] and
    [SEP] stand for themselves, so that ner_detokenize.py can read both.
    """
    for prediction in predictions:
        if prediction.piece_labels:
            for label in prediction.piece_labels:
                yield OUTSIDE if label == PAD else label
            continue
        yield from _labels_of_pieces(prediction)


def _labels_of_pieces(prediction: TaggedPrediction) -> Iterator[str]:
    previous = NO_WORD
    for position, word in enumerate(prediction.word_index):
        if word == NO_WORD:
            yield CLS if position == 0 else SEP
        else:
            first = word != previous
            yield prediction.raw[word] if first else CONTINUATION
        previous = word


def conll_lines(predictions: Sequence[TaggedPrediction]) -> Iterator[str]:
    """Yields the lines of NER_result_conll.txt: word, gold, predicted.

    Columns are separated by one space and sentences end with an empty line.
    As in ner_detokenize.py, tags without type get "-MISC", O too; typed tags
    stay. So that columns can be told apart, each white-space character inside
    a word is written as "_", and an empty word as "_".

    Raises:
      ValueError: a sentence without gold tags.
    """
    typed = any(is_typed(p.gold) or is_typed(p.raw) for p in predictions)
    suffix = "" if typed else _UNTYPED_SUFFIX
    for prediction in predictions:
        for word, gold, predicted in zip(
            prediction.words, prediction.gold, prediction.raw, strict=True
        ):
            shown = _ANY_SPACE.sub("_", word) or "_"
            yield f"{shown} {gold}{suffix} {predicted}{suffix}"
        yield ""


def prediction_lines(
    predictions: Iterable[TaggedPrediction],
    ids: Iterable[str] | None = None,
) -> Iterator[str]:
    """Yields the lines of predictions.jsonl, one JSON object per sentence.

    Keys: id; words; tags; raw_tags, before they were made valid IOB2;
    probabilities (of each of tags, 6 decimals); entities,
    each with type (null without types), start and end (word indices, the end
    exclusive), surface and probability (the product over its words); and
    num_words_cut, words the model did not see.

    Args:
      predictions: the sentences.
      ids: their names; "0", "1", ... when not given.
    """
    predictions = list(predictions)
    if ids is None:
        ids = map(str, range(len(predictions)))
    for name, prediction in zip(ids, predictions, strict=True):
        value = {
            "id": name,
            "words": list(prediction.words),
            "tags": list(prediction.predicted),
            "raw_tags": list(prediction.raw),
            "probabilities": [_rounded(p) for p in prediction.probabilities],
            "entities": _entities(prediction),
            "num_words_cut": len(prediction.words) - prediction.num_words_kept,
        }
        yield json_files.line_of(value)


def _entities(prediction: TaggedPrediction) -> list[dict[str, object]]:
    return [
        {
            "type": entity.kind or None,
            "start": entity.start,
            "end": entity.end,
            "surface": " ".join(prediction.words[entity.start : entity.end]),
            "probability": _rounded(
                math.prod(prediction.probabilities[entity.start : entity.end])
            ),
        }
        for entity in lenient_entities(prediction.predicted)
    ]


def _rounded(probability: float) -> float:
    return round(float(probability), 6)


def write_lines(path: str, lines: Iterable[str]) -> None:
    """Writes lines to a file, which appears once all of it is there."""
    with files.write_atomically(path) as file:
        for line in lines:
            file.write(line + "\n")


def write_all(
    output_dir: str,
    predictions: Sequence[TaggedPrediction],
    ids: Sequence[str] | None = None,
) -> list[str]:
    """Writes the four files and returns their paths.

    NER_result_conll.txt needs gold tags; without them it is not written, and
    one of an earlier run, which would be of other predictions, is removed.
    """
    contents: dict[str, Iterable[str]] = {
        TOKEN_FILE: token_lines(predictions),
        LABEL_FILE: label_lines(predictions),
        PREDICTIONS_FILE: prediction_lines(predictions, ids),
    }
    if all(len(p.gold) == len(p.words) for p in predictions):
        contents[CONLL_FILE] = conll_lines(predictions)
    else:
        _remove_stale(files.join(output_dir, CONLL_FILE))
    for name, lines in contents.items():
        write_lines(files.join(output_dir, name), lines)
    return [files.join(output_dir, name) for name in contents]


def _remove_stale(path: str) -> None:
    if files.exists(path):
        _log.warning("%s is of an earlier run and is removed", path)
        files.remove(path)
