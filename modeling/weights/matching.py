"""Puts the weights of a source into a model's variables, and says so.

The original's rule (`get_assignment_map_from_checkpoint`) is an exact match
of names that skips the rest in silence; here nothing is silent and a partial
encoder is an error.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

import numpy as np
import tensorflow as tf
from absl import logging

from foundation.errors import InputError
from modeling.weights.source import WeightSource

# What optimizers leave in checkpoints. "BERTAdam" is in BioBERT v1.0's.
_SLOT_MARKS = ("adam_m", "adam_v", "lamb_m", "lamb_v", "BERTAdam", "Adam")
_ENCODER = "bert/"


@dataclasses.dataclass(frozen=True)
class Match:
    """Which variables a source holds.

    Attributes:
      matched: names that are read.
      missing: names of the model that the source lacks; they start fresh.
      unused: names of the source, slots aside, that the model lacks.
      slots: number of optimizer slots passed over.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    slots: int

    def summary(self) -> str:
        """Returns one line for the log."""
        text = (
            f"{len(self.matched)} tensors matched, "
            f"{len(self.missing)} missing, {len(self.unused)} unused, "
            f"{self.slots} optimizer slots passed over"
        )
        if self.missing:
            text += f"; missing, started fresh: {_some(self.missing)}"
        if self.unused:
            text += f"; unused: {_some(self.unused)}"
        return text


def match(
    source: WeightSource,
    shapes: Mapping[str, tuple[int, ...]],
    *,
    optional: Collection[str] = (),
) -> Match:
    """Compares a source with a model's variables; reads no values.

    Args:
      source: where the weights are.
      shapes: name -> shape of the model's variables.
      optional: names of the encoder that the task does not use.

    Raises:
      InputError: a shape differs, the encoder is not there as a whole, or
        the source has more of it.
    """
    matched = tuple(n for n in shapes if n in source.shapes)
    missing = tuple(n for n in shapes if n not in source.shapes)
    for name in matched:
        if tuple(source.shapes[name]) != tuple(shapes[name]):
            raise _wrong_shape(source, name, shapes[name])
    needed = tuple(n for n in missing if n not in optional)
    _check_encoder(source, matched, needed)
    rest = [n for n in source.shapes if n not in shapes and n != "global_step"]
    unused = tuple(sorted(n for n in rest if not is_slot(n)))
    _check_no_layer_is_left(source, unused)
    return Match(matched, missing, unused, len(rest) - len(unused))


def is_slot(name: str) -> bool:
    """Returns whether a checkpoint name is an optimizer's, not a weight."""
    return any(mark in name.rpartition("/")[2] for mark in _SLOT_MARKS)


def _check_encoder(
    source: WeightSource, matched: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    found = [n for n in matched if n.startswith(_ENCODER)]
    lost = [n for n in missing if n.startswith(_ENCODER)]
    if not lost:
        return
    if found:
        got = f"{len(found)} of {len(found) + len(lost)} encoder tensors"
        problem = f"the checkpoint lacks {_some(lost)}"
    else:
        got = f"names such as {_some(sorted(source.shapes)) or '(none)'}"
        problem = "no encoder tensor of the checkpoint matches"
    raise InputError(
        problem,
        got=got,
        expected=f"all {len(found) + len(lost)}, {lost[0]} among them",
        next_step="check that --bert_config_file and --init_checkpoint "
        "belong together (layers, BERT or ALBERT)",
        path=source.path,
    )


def _check_no_layer_is_left(
    source: WeightSource, unused: tuple[str, ...]
) -> None:
    # The originals would take the first layers of a deeper model in silence.
    left = [n for n in unused if n.startswith(f"{_ENCODER}encoder/")]
    if left:
        raise InputError(
            "the checkpoint has encoder tensors that the config has not",
            got=f"{len(left)} more, such as {left[0]}",
            expected="as many layers in the config as in the checkpoint",
            next_step="look at num_hidden_layers (or num_hidden_groups) in "
            "--bert_config_file",
            path=source.path,
        )


def _wrong_shape(
    source: WeightSource, name: str, shape: tuple[int, ...]
) -> InputError:
    flag = "--bert_config_file"
    if name.endswith(("word_embeddings", "predictions/output_bias")):
        flag = "--vocab_file and vocab_size in --bert_config_file"
    elif name.endswith("position_embeddings"):
        flag = "max_position_embeddings in --bert_config_file"
    elif not name.startswith(_ENCODER):
        flag = "the label set: this checkpoint was fine-tuned with another"
    return InputError(
        f"the shape of {name} differs",
        got=f"{list(source.shapes[name])} in the checkpoint",
        expected=f"{list(shape)} by the config",
        next_step=f"look at {flag}",
        path=source.path,
    )


def load(
    source: WeightSource,
    variables: Mapping[str, tf.Variable],
    *,
    optional: Collection[str] = (),
) -> Match:
    """Assigns every matching tensor of the source and logs the counts."""
    shapes = {name: tuple(v.shape) for name, v in variables.items()}
    result = match(source, shapes, optional=optional)
    for name in result.matched:
        variables[name].assign(source.read(name))
    logging.info("%s: %s", source.path, result.summary())
    return result


def without_head(source: WeightSource, head: set[str]) -> WeightSource:
    """Returns the source without the tensors of a head.

    A fine-tuned checkpoint that initialises another task keeps its encoder;
    its head has other classes.
    """
    return _Subset(source, head)


class _Subset:
    def __init__(self, source: WeightSource, hidden: set[str]) -> None:
        self._source = source
        self.path = source.path
        self.shapes: Mapping[str, tuple[int, ...]] = {
            n: s for n, s in source.shapes.items() if n not in hidden
        }

    def read(self, name: str) -> np.ndarray:
        return self._source.read(name)


def with_rows(
    source: WeightSource, name: str, rows: np.ndarray
) -> WeightSource:
    """Returns the source with rows appended to one of its matrices.

    For pieces that a vocabulary was given later.

    Args:
      source: where the weights are.
      name: of the matrix, [V, D].
      rows: float32 [R, D], what the model's last R rows are to be.
    """
    return _Grown(source, name, rows)


class _Grown:
    def __init__(self, source: WeightSource, name: str, rows: np.ndarray):
        self._source, self._name, self._rows = source, name, rows
        self.path = source.path
        old, *width = source.shapes[name]
        self.shapes: Mapping[str, tuple[int, ...]] = {
            **source.shapes,
            name: (old + len(rows), *width),
        }

    def read(self, name: str) -> np.ndarray:
        values = self._source.read(name)
        if name != self._name:
            return values
        return np.concatenate([values, self._rows])


def _some(names: list[str] | tuple[str, ...], most: int = 3) -> str:
    text = ", ".join(names[:most])
    return text + (
        f" and {len(names) - most} more" if len(names) > most else ""
    )
