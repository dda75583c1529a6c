"""How the two entities of a relation are given to the model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from absl import flags, logging

from cli import model_inputs
from preprocessing.entity_markers import ENTITY_FORMATS, MARKERS
from preprocessing.marked_tokenizer import (
    MarkedTokenizer,
    has_markers,
    mark_entities,
    read_markers,
)
from preprocessing.tokenization import Tokenizer
from tasks.task import Split


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_enum(
        "entity_format",
        "as_is",
        list(ENTITY_FORMATS),
        "as_is: texts are read as they are, as in the originals. marker: [E1] "
        "x [/E1] ... [E2] y [/E2] or << x >> ... [[ y ]] in the files become "
        "markers of one piece each. mask: they become @ENTITY1$, @ENTITY2$.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "folds",
        None,
        "Cross-validation: all for every numbered folder of --data_dir, or "
        "their numbers, as 1,2,3. A model each, in folders of their own, with "
        "mean and standard deviation.",
        flag_values=fv,
    )


def entity_format(fv: flags.FlagValues) -> str:
    """Returns --entity_format; "as_is" in a script without it."""
    return str(fv.entity_format) if "entity_format" in fv else "as_is"


def with_markers(
    fv: flags.FlagValues, pieces: Tokenizer, *, label_folder: str
) -> Tokenizer:
    """Returns the tokenizer, knowing markers where the flags ask for them.

    Args:
      fv: parsed flags.
      pieces: of the vocabulary.
      label_folder: where a trained model's files would be.

    Raises:
      InputError: the vocabulary has no place for them, or the trained model
        had others.
    """
    if entity_format(fv) != "marker":
        return pieces
    for folder in model_inputs.model_folders(fv, label_folder):
        if not fv.do_train and has_markers(folder):
            return read_markers(folder, pieces)
    return mark_entities(pieces)


def warn_of_markers(
    fv: flags.FlagValues, splits: Mapping[str, Split], pieces: Tokenizer
) -> None:
    """Warns of entities that no row has, and of markers read as text."""
    for name, split in splits.items():
        if isinstance(pieces, MarkedTokenizer):
            lost = sum(
                not any(_has_all(row.input_ids, pieces) for row in each.rows)
                for each in split.examples
            )
            if lost:
                logging.warning(
                    "%d of %d %s rows lose an entity to --max_seq_length=%d.",
                    lost,
                    len(split.examples),
                    name,
                    fv.max_seq_length,
                )
        elif any(MARKERS[0] in e.example.text_a for e in split.examples):
            logging.warning(
                "The %s texts have markers, which are read as text: "
                "--entity_format=marker makes each of them one piece.",
                name,
            )


def _has_all(ids: np.ndarray, pieces: MarkedTokenizer) -> bool:
    return set(pieces.marker_ids.values()) <= set(ids.tolist())


def save_markers(pieces: Tokenizer, folder: str) -> None:
    """Writes entity_markers.json where the tokenizer knows markers."""
    if isinstance(pieces, MarkedTokenizer):
        pieces.save(folder)


def appended_rows(pieces: Tokenizer) -> int:
    """Returns how many pieces the markers add to the vocabulary."""
    return pieces.appended if isinstance(pieces, MarkedTokenizer) else 0
