"""Tags of a training file to label ids, kept in label_map.json.

The order is fixed: it depends on which tags occur, never on where (SciBERT's
seed took the order of a set, which differed from process to process).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from tasks.readers import TaggedSentence, is_tag_shaped
from tasks.tag_schemes import (
    LABEL_SCHEMES,
    OUTSIDE,
    normalize_tags,
    split_tag,
)

FILE_NAME = "label_map.json"

PAD, CONTINUATION, CLS, SEP = "[PAD]", "X", "[CLS]", "[SEP]"
SPECIAL_LABELS = (PAD, CONTINUATION, CLS, SEP)  # classes, never of a word


@dataclass(frozen=True)
class LabelMap:
    """Labels in the order of their ids.

    Attributes:
      labels: label i has id i.
      scheme: "word" or "biobert".
    """

    labels: tuple[str, ...]
    scheme: str

    def __post_init__(self) -> None:
        """Checks what every other method takes for granted."""
        if self.scheme not in LABEL_SCHEMES:
            raise ValueError(
                f"label scheme: got {self.scheme!r}, "
                f"expected one of {LABEL_SCHEMES}"
            )
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels: got repeated ones in {self.labels}")
        ids = {label: number for number, label in enumerate(self.labels)}
        object.__setattr__(self, "_ids", ids)

    def __len__(self) -> int:
        return len(self.labels)

    def __contains__(self, label: object) -> bool:
        return label in self._id_table

    @property
    def _id_table(self) -> Mapping[str, int]:
        table: Mapping[str, int] = self.__dict__["_ids"]
        return table

    @property
    def tags(self) -> tuple[str, ...]:
        """The labels that a word can have."""
        return tuple(
            label
            for label in self.labels
            if self.scheme == "word" or label not in SPECIAL_LABELS
        )

    def id_of(self, label: str) -> int:
        """Returns the id of a label.

        Raises:
          InputError: an unknown label.
        """
        if label not in self._id_table:
            raise self._refusal(label)
        return self._id_table[label]

    def _refusal(
        self, label: str, *, path: str | None = None, line: int | None = None
    ) -> InputError:
        shown = (
            label
            if is_tag_shaped(label)
            else f"{len(label)} characters not shaped like a tag"
        )
        return InputError(
            "unknown label",
            got=shown,
            expected="one of the training labels " + ", ".join(self.tags),
            next_step="correct the file, or train on data with this label",
            path=path,
            line=line,
        )

    def check(self, sentences: Iterable[TaggedSentence], path: str) -> None:
        """Raises InputError, with its line, for a tag without an id."""
        known = set(self.tags)
        for sentence in sentences:
            tags = normalize_tags(sentence.tags, self.scheme)
            for offset, tag in enumerate(tags):
                if tag not in known:
                    line = sentence.line + offset
                    raise self._refusal(tag, path=path, line=line)

    def to_json(self) -> dict[str, Any]:
        """Returns what label_map.json holds."""
        return {"scheme": self.scheme, "labels": list(self.labels)}

    @staticmethod
    def from_json(value: Any, path: str = FILE_NAME) -> LabelMap:
        """Reads what `to_json` returned.

        Raises:
          InputError: a value of another form; `path` names it.
        """
        try:
            labels = value["labels"]
            if not labels or not all(isinstance(x, str) for x in labels):
                raise ValueError("labels are no list of strings")
            return LabelMap(tuple(labels), value["scheme"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "not a label map",
                got=f"JSON without its keys or values ({error})",
                expected='{"scheme": "word"|"biobert", "labels": [...]}',
                next_step="restore the file, or train into a new --output_dir",
                path=path,
            ) from error

    def save(self, output_dir: str) -> None:
        """Writes label_map.json, or checks the one that is there.

        Raises:
          InputError: the folder holds another label set.
        """
        path = files.join(output_dir, FILE_NAME)
        if files.exists(path):
            kept = LabelMap.load(output_dir)
            if kept != self:
                raise InputError(
                    "the output folder belongs to another label set",
                    got=f"{self.scheme}: {', '.join(self.labels)}",
                    expected=f"{kept.scheme}: {', '.join(kept.labels)}",
                    next_step="choose a new --output_dir, or the data and "
                    "--label_scheme of that run",
                    path=path,
                )
            return
        files.make_directory(output_dir)
        with files.write_atomically(path) as file:
            json.dump(self.to_json(), file, indent=2)
            file.write("\n")

    @staticmethod
    def load(output_dir: str) -> LabelMap:
        """Reads the label_map.json of a folder.

        Raises:
          InputError: missing or damaged.
        """
        path = files.join(output_dir, FILE_NAME)
        value = json_files.read_value(
            path,
            what="the label map",
            next_step="name the --output_dir of a finished training run",
        )
        return LabelMap.from_json(value, path)


# What dmis-lab/biobert run_ner.py has for every corpus, ids 0 to 6.
BIOBERT_LABELS = LabelMap(
    (PAD, "B", "I", OUTSIDE, CONTINUATION, CLS, SEP), "biobert"
)


def labels_from_train(
    sentences: Iterable[TaggedSentence], *, scheme: str
) -> LabelMap:
    """Makes the label map of a training set.

    Args:
      sentences: those trained on.
      scheme: "word": O, then B and I of each type in sorted order (both, even
        if one does not occur). "biobert": [PAD], those tags, O, X, [CLS],
        [SEP], which for tags without type are the original's ids 0 to 6.

    Raises:
      InputError: there is no entity to learn from.
    """
    found: set[str] = set()
    num_sentences = 0
    for sentence in sentences:
        num_sentences += 1
        found.update(normalize_tags(sentence.tags, scheme))
    if found <= {OUTSIDE}:
        raise InputError(
            "the training data has no entity",
            got=f"the tag {OUTSIDE} alone in {num_sentences} sentences",
            expected="tags such as B-Disease and I-Disease too",
            next_step="check --data_dir, --tag_column, and whether --task_name "
            "keeps the types of this corpus",
        )
    for prefix, kind in map(split_tag, list(found - {OUTSIDE})):
        suffix = f"-{kind}" if kind else ""
        if prefix != OUTSIDE:
            found.update({f"B{suffix}", f"I{suffix}"})
    entity_tags = sorted(
        found - {OUTSIDE},
        key=lambda tag: (split_tag(tag)[1], _PREFIX_ORDER.find(tag[:1])),
    )
    if scheme == "word":
        return LabelMap((OUTSIDE, *entity_tags), scheme)
    labels = (PAD, *entity_tags, OUTSIDE, CONTINUATION, CLS, SEP)
    return LabelMap(labels, scheme)


_PREFIX_ORDER = "BIMELSUWO"
