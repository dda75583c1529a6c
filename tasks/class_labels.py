"""The labels of a classifier, in the order of its outputs.

They are the corpus's, or those of the training data, sorted; label_map.json
keeps them beside the checkpoints, so that every later run has the same order.
"""

from __future__ import annotations

import functools
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from foundation import files, json_files
from foundation.errors import InputError
from tasks.labels import FILE_NAME
from tasks.readers import MAX_LABELS
from tasks.text_corpus import KINDS, TextCorpus
from tasks.text_examples import TextExample

# Else it may be a text: the label's column may be another one.
_SHAPE = re.compile(r"[\w+/.&()#:'@$-]+( [\w+/.&()#:'@$-]+){0,5}")
_LONGEST = 60  # characters of a label
_ALL_DIFFERENT = 20  # more labels than this come again, or are texts

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassLabels:
    """Names of the outputs.

    Attributes:
      kind: as of TextCorpus.
      names: label i has output i; none for "score".
    """

    kind: str
    names: tuple[str, ...] = ()

    @property
    def num_outputs(self) -> int:
        """How many outputs the head has."""
        return len(self.names) if self.kind in ("classes", "labels") else 1

    def ids_of(self, example: TextExample) -> list[int]:
        """Returns the outputs that an example's label is of.

        Raises:
          KeyError: the label is unknown; `check` finds it before.
        """
        return [self._places[name] for name in _names_of(example)]

    @functools.cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: index for index, name in enumerate(self.names)}

    def check(self, examples: Iterable[TextExample], path: str | None) -> None:
        """Raises InputError, with its line, for a label without an output."""
        if self.kind == "score":
            return
        for example in examples:
            if not self._places.keys() >= set(_names_of(example)):
                raise InputError(
                    "unknown label",
                    got="a label that the training data does not have",
                    expected=f"one of {', '.join(self.names)}",
                    next_step="correct the file, or train on data with it",
                    path=path,
                    line=example.line if path else None,
                )

    def save(self, folder: str) -> None:
        """Writes label_map.json, or checks the one that is there.

        Raises:
          InputError: the folder holds another label set.
        """
        path = files.join(folder, FILE_NAME)
        if files.exists(path):
            kept = ClassLabels.load(folder)
            if kept != self:
                raise InputError(
                    "the output folder belongs to another label set",
                    got=f"{self.kind}: {', '.join(self.names)}",
                    expected=f"{kept.kind}: {', '.join(kept.names)}",
                    next_step="choose a new --output_dir, or the data of that "
                    "run",
                    path=path,
                )
            return
        files.make_directory(folder)
        with files.write_atomically(path) as file:
            value = {"scheme": self.kind, "labels": list(self.names)}
            json.dump(value, file, indent=2)
            file.write("\n")

    @staticmethod
    def load(folder: str) -> ClassLabels:
        """Reads what `save` wrote; raises InputError for another form."""
        path = files.join(folder, FILE_NAME)
        value = json_files.read_object(
            path, what="the label map", next_step="name a trained model"
        )
        kind, names = value.get("scheme"), value.get("labels")
        if (
            kind not in KINDS
            or not isinstance(names, list)
            or not all(isinstance(name, str) for name in names)
        ):
            raise InputError(
                "not a classifier's label map",
                got=f"the scheme {kind!r}",
                expected=f"one of {', '.join(KINDS)}, and a list of labels",
                next_step="name the --output_dir of a run of this script",
                path=path,
            )
        return ClassLabels(kind, tuple(names))


def labels_of_corpus(
    corpus: TextCorpus, train: Sequence[TextExample], path: str
) -> ClassLabels:
    """Returns a corpus's labels, or those of its training data, sorted.

    Numbers are sorted by value: 10 comes after 9.

    Raises:
      InputError: the training data has too many labels, or such as may be
        texts (DESIGN 2.11); the labels are not shown.
    """
    if corpus.kind == "score":
        return ClassLabels("score")
    if corpus.labels is not None:
        return ClassLabels(corpus.kind, corpus.labels)
    counts: Counter[str] = Counter()
    for example in train:
        counts.update(_names_of(example))
    texts = sum(not _is_name(name) for name in counts)
    if counts.total() > _ALL_DIFFERENT and 2 * len(counts) > counts.total():
        texts = len(counts)
    if len(counts) > MAX_LABELS or texts or len(counts) < 2:
        raise InputError(
            "the labels of the training data cannot be labels",
            got=f"{len(counts)} different ones, {texts} of which may be texts",
            expected=f"2 to {MAX_LABELS} short names, each in several rows",
            next_step="name the label's column: --label_col",
            path=path,
        )
    first = train[0]
    if first.line == 1 and counts[str(first.label)] == 1 < len(train) - 1:
        _log.warning(
            "%s: the label of the first line is in no other. If that line "
            "names the columns, add --header=yes.",
            path,
        )
    return ClassLabels(corpus.kind, tuple(sorted(counts, key=_by_value)))


def _names_of(example: TextExample) -> tuple[str, ...]:
    """Returns the labels of an example; none where they are not known."""
    label = example.label
    if label is None:
        return ()
    return label if isinstance(label, tuple) else (str(label),)


def _is_name(label: str) -> bool:
    """Returns whether a label may be shown (DESIGN 2.11)."""
    return len(label) <= _LONGEST and bool(_SHAPE.fullmatch(label))


def _by_value(name: str) -> tuple[int, float, str]:
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name
