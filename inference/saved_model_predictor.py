"""A client of saved models in Python: loads once, predicts many times.

  from saved_model_predictor import Predictor
  predict = Predictor("exported/ncbi")
  for found in predict(["Familial adenomatous polyposis is inherited ."]):
      print(found["entities"])

Needs tensorflow and tensorflow_text, and nothing else of this kit: the file
can be copied to where the model is served. docs/serving.md has an example for
each kind of model.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_text  # noqa: F401 - its operations are in the graph

_FORMAT = 1  # of biobert_kit.json
_BATCH_SIZE = 32  # texts computed together

Record = dict[str, Any]


class Predictor:
    """Predicts with a model that scripts/export_saved_model.py wrote.

    Args:
      folder: of the saved model.
      batch_size: texts that are computed together.

    Attributes:
      kind: "tagging", "classes", "labels", "score", "choice", "span" or
        "yesno".
      labels: names of the outputs.

    Raises:
      ValueError: the model was written by another version, reads no text, or
        is an encoder alone.
    """

    def __init__(self, folder: str, *, batch_size: int = _BATCH_SIZE) -> None:
        path = os.path.join(folder, "assets", "biobert_kit.json")
        with tf.io.gfile.GFile(path) as file:
            facts = json.load(file)
        if facts["format"] != _FORMAT:
            raise ValueError(
                f"{path}: got format {facts['format']}, expected {_FORMAT}; "
                "take this file from the kit that exported the model"
            )
        if "serving_default" not in facts["signatures"]:
            raise ValueError(f"{path}: the model reads token ids alone")
        if facts["kind"] not in _RECORDS:
            raise ValueError(
                f"{path}: got a model of the kind {facts['kind']}, which has "
                "vectors, not records; call its signature itself"
            )
        self.kind: str = facts["kind"]
        self.labels: list[str] = facts["labels"]
        self._inputs: list[str] = _in_order(
            facts["signatures"]["serving_default"]["inputs"]
        )
        self._batch_size = batch_size
        # Kept: the functions are gone with the object that they are of.
        self._loaded = tf.saved_model.load(folder)
        self._compute = self._loaded.signatures["serving_default"]

    def __call__(self, *columns: Sequence[Any]) -> list[Record]:
        """Returns a record for each text, in order.

        Args:
          *columns: one sequence for each input of the model: texts; texts and
            second texts; questions and paragraphs; or articles, questions and
            their choices.

        Raises:
          ValueError: other columns than the model reads, or a text for one.
        """
        if any(isinstance(column, str | bytes) for column in columns):
            raise ValueError("got one text, expected a list of texts")
        sizes = {len(column) for column in columns}
        if len(columns) != len(self._inputs) or len(sizes) > 1:
            raise ValueError(
                f"got columns of {[len(c) for c in columns]} texts, expected "
                f"{len(self._inputs)} ({', '.join(self._inputs)}), equally long"
            )
        # Texts of like length share a batch: less padding.
        order = sorted(
            range(len(columns[0])),
            key=lambda row: -sum(len(column[row]) for column in columns),
        )
        records: dict[int, Record] = {}
        for start in range(0, len(order), self._batch_size):
            rows = order[start : start + self._batch_size]
            batch = [[column[row] for row in rows] for column in columns]
            records.update(zip(rows, self._batch(batch), strict=True))
        return [records[row] for row in range(len(order))]

    def _batch(self, columns: Sequence[Sequence[Any]]) -> list[Record]:
        given = {
            name: tf.constant(column, tf.string)
            for name, column in zip(self._inputs, columns, strict=True)
        }
        outputs = {
            name: value.numpy()
            for name, value in self._compute(**given).items()
        }
        record = _RECORDS[self.kind]
        return [
            record(outputs, row, self.labels) for row in range(len(columns[0]))
        ]


def _in_order(inputs: Mapping[str, str]) -> list[str]:
    known = ("text", "question", "text_b", "paragraph", "choices")
    return [name for name in known if name in inputs]


_Outputs = Mapping[str, np.ndarray]


def _probabilities(
    outputs: _Outputs, row: int, labels: Sequence[str]
) -> dict[str, float]:
    values = outputs["probabilities"][row].tolist()
    return dict(zip(labels, values, strict=True))


def _class(outputs: _Outputs, row: int, labels: Sequence[str]) -> Record:
    return {
        "label": outputs["labels"][row].decode(),
        "probabilities": _probabilities(outputs, row, labels),
    }


def _labels(outputs: _Outputs, row: int, labels: Sequence[str]) -> Record:
    holds = outputs["holds"][row]
    return {
        "labels": [n for n, h in zip(labels, holds, strict=True) if h],
        "probabilities": _probabilities(outputs, row, labels),
    }


def _score(outputs: _Outputs, row: int, _: Sequence[str]) -> Record:
    return {"score": float(outputs["scores"][row])}


def _yes_no(outputs: _Outputs, row: int, _: Sequence[str]) -> Record:
    return {
        "answer": outputs["labels"][row].decode(),
        "probability_yes": float(outputs["probabilities"][row]),
    }


def _span(outputs: _Outputs, row: int, _: Sequence[str]) -> Record:
    record: Record = {
        "answer": outputs["answers"][row].decode(),
        "start": int(outputs["answer_starts"][row]),
        "end": int(outputs["answer_ends"][row]),
        "score": float(outputs["scores"][row]),
    }
    if "null_odds" in outputs:
        record["null_odds"] = float(outputs["null_odds"][row])
    return record


def _tags(outputs: _Outputs, row: int, _: Sequence[str]) -> Record:
    words = [
        {
            "word": outputs["words"][row, i].decode(),
            "start": int(outputs["starts"][row, i]),
            "end": int(outputs["ends"][row, i]),
            "tag": outputs["tags"][row, i].decode(),
            "probability": float(outputs["probabilities"][row, i]),
        }
        for i in range(outputs["num_words"][row])
    ]
    return {
        "words": words,
        "entities": _entities(words),
        "num_words_cut": int(outputs["num_words_cut"][row]),
    }


def _entities(words: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Returns type, place and probability of what tags hold together."""
    entities: list[Record] = []
    is_open = False
    for word in words:
        prefix, _, kind = word["tag"].partition("-")
        goes_on = is_open and prefix == "I" and entities[-1]["type"] == kind
        if goes_on:
            entities[-1]["end"] = word["end"]
            entities[-1]["probability"] *= word["probability"]
        elif prefix in ("B", "I"):
            entities.append(
                {
                    "type": kind,
                    "start": word["start"],
                    "end": word["end"],
                    "probability": word["probability"],
                }
            )
        is_open = prefix in ("B", "I")
    return entities


_RECORDS: Mapping[str, Callable[[_Outputs, int, Sequence[str]], Record]] = {
    "classes": _class,
    "choice": _class,
    "labels": _labels,
    "score": _score,
    "span": _span,
    "yesno": _yes_no,
    "tagging": _tags,
}
