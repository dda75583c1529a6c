"""What pretraining starts from: a checkpoint of any origin, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from absl import logging

from inference.trained_weights import open_checkpoint
from modeling.config import AlbertConfig, Config
from modeling.pretraining import PretrainingModel
from modeling.weights import matching, tf1
from modeling.weights.source import WeightSource
from training.optimizers import Optimizer

_GROUP = re.compile(r"/group_\d+/")
_NOT_THE_ENCODER = ("cls/", "bert/pooler/")


def load_initial(
    path: str | None, model: PretrainingModel, *, from_group0: bool = False
) -> None:
    """Puts a checkpoint into a model; heads that it lacks start fresh.

    Args:
      path: of the checkpoint; None = all weights start at random.
      model: as it was made.
      from_group0: ALBERT: groups that the checkpoint lacks start as its
        first (--init_from_group0).

    Raises:
      InputError: no such checkpoint, or one of another model.
    """
    if path is None:
        logging.info("No --init_checkpoint: all weights start at random.")
        return
    source = open_checkpoint(path)
    if from_group0:
        source = _GroupZero(source, model.encoder.config)
    # Hugging Face's masked-LM folders have no pooler, BioBERT v1.1 no heads.
    optional = [n for n in model.variables if n.startswith(_NOT_THE_ENCODER)]
    result = matching.load(source, model.variables, optional=optional)
    _tell_fresh(source.path, result.missing, model)


def load_with_slots(
    prefix: str, model: PretrainingModel, optimizer: Optimizer
) -> None:
    """Puts a run's checkpoint into its model and optimizer.

    Slots that it lacks start at 0: the weights of another program, put into
    the output folder.
    """
    bundle = tf1.Tf1Bundle(prefix)
    result = matching.load(bundle, model.variables)
    _tell_fresh(prefix, result.missing, model)
    missing = [n for n in optimizer.slots if n not in bundle.shapes]
    for name, variable in optimizer.slots.items():
        if name in bundle.shapes:
            variable.assign(bundle.read(name))
    if missing:
        logging.warning(
            "%s lacks %d of %d optimizer slots: those start at 0.",
            prefix,
            len(missing),
            len(optimizer.slots),
        )


def _tell_fresh(
    path: str, missing: Sequence[str], model: PretrainingModel
) -> None:
    fresh = [name for name in missing if name in model.trainable]
    if fresh:
        logging.warning(
            "%s lacks %d weights, which start fresh: %s. The first losses "
            "will be those of an untrained head.",
            path,
            len(fresh),
            ", ".join(fresh),
        )


class _GroupZero:
    """A source whose first group stands for those that it lacks."""

    def __init__(self, source: WeightSource, config: Config) -> None:
        self._source = source
        self.path = source.path
        shapes = dict(source.shapes)
        groups = (
            config.num_hidden_groups if isinstance(config, AlbertConfig) else 0
        )
        for name, shape in source.shapes.items():
            if "/group_0/" in name:
                for group in range(1, groups):
                    other = name.replace("/group_0/", f"/group_{group}/")
                    shapes.setdefault(other, shape)
        self.shapes: Mapping[str, tuple[int, ...]] = shapes

    def read(self, name: str) -> np.ndarray:
        """Returns a tensor, or the first group's where it is missing."""
        if name in self._source.shapes:
            return self._source.read(name)
        return self._source.read(_GROUP.sub("/group_0/", name))
