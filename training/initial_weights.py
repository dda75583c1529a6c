"""What a run's weights start from: a pretrained encoder, or nothing."""

from __future__ import annotations

from collections.abc import Collection

from absl import logging

from inference.model import TaskModel
from inference.trained_weights import head_names, not_needed, open_checkpoint
from modeling.weights import matching

_WORD_EMBEDDINGS = "bert/embeddings/word_embeddings"


def load_pretrained(
    path: str | None,
    model: TaskModel,
    *,
    fresh: Collection[str] = (),
    appended_rows: int = 0,
) -> None:
    """Puts a checkpoint's encoder into a model.

    The head starts fresh, unless the task takes it over.

    Args:
      path: of the checkpoint; None = all weights start at random.
      model: as it was made, nothing loaded yet.
      fresh: names of the encoder that start fresh, too.
      appended_rows: rows at the end of the embedding table that start fresh
        where the checkpoint ends before them.

    Raises:
      InputError: no such checkpoint, or one of another model.
    """
    if path is None:
        logging.warning(
            "No --init_checkpoint: all weights start at random, which "
            "gives far worse scores than a pretrained encoder."
        )
        return
    source = open_checkpoint(path)
    head = head_names(model)
    if not model.task.takes_head and any(n in source.shapes for n in head):
        logging.info("%s: its output layer is not used.", source.path)
        source = matching.without_head(source, head)
    if appended_rows:
        table = model.variables[_WORD_EMBEDDINGS].numpy()
        size = source.shapes.get(_WORD_EMBEDDINGS, (0,))[0]
        if size == len(table) - appended_rows:
            logging.info("%d rows of new pieces start anew.", appended_rows)
            source = matching.with_rows(source, _WORD_EMBEDDINGS, table[size:])
    # A function of the seed and the name alone. The checkpoint must have
    # these weights all the same: one that lacks them is of another model.
    start = {name: model.variables[name].numpy() for name in fresh}
    matching.load(source, model.variables, optional=not_needed(model))
    for name, values in start.items():
        model.variables[name].assign(values)
    if start:
        logging.info("%d tensors of the encoder start anew.", len(start))
