"""idx2tag.json, which lies beside BioBERTpt's models: label id -> tag.

    {"0": "O", "1": "B-Disorder", "2": "I-Disorder", "3": "X", "4": "PAD"}

Written beside label_map.json for programs that read this file, and read
where a model has it and no label_map.json. The models list classes that no
word can have (X for the pieces that continue a word, padding); where one is
predicted for a word, the word is O, as in BioBERTpt's notebook for padding.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from tasks.labels import CLS, CONTINUATION, PAD, SEP, SPECIAL_LABELS, LabelMap
from tasks.readers import MAX_LABELS, is_tag_shaped
from tasks.tag_schemes import OUTSIDE, split_tag

FILE_NAME = "idx2tag.json"

_PAD = "PAD"  # what the notebook compares with
# How people spell the classes that no word can have.
_SPECIAL = {label: label for label in SPECIAL_LABELS} | {
    "PAD": PAD,
    "<pad>": PAD,
    "<PAD>": PAD,
    "[pad]": PAD,
    "x": CONTINUATION,
    "CLS": CLS,
    "SEP": SEP,
}
_NEXT_STEP = "restore the file, or put a label_map.json beside the model"


def write_idx2tag(label_map: LabelMap, folder: str) -> None:
    """Writes idx2tag.json into a folder; [PAD] is written as PAD."""
    tags = {
        str(number): _PAD if label == PAD else label
        for number, label in enumerate(label_map.labels)
    }
    with files.write_atomically(files.join(folder, FILE_NAME)) as file:
        json.dump(tags, file, indent=2, ensure_ascii=False)
        file.write("\n")


def read_idx2tag(path: str) -> LabelMap:
    """Reads an idx2tag.json.

    Returns:
      The labels by id, scheme "word": the first piece of a word is read.
      Special classes have the names that `tasks.labels` has for them.

    Raises:
      InputError: no such file, no JSON of that form, ids that are not 0 to
        n - 1, or labels other than O, B, I and the special ones.
    """
    value = json_files.read_value(
        path,
        what="the model's tags",
        next_step="name the folder of a trained model",
    )
    labels = tuple(_checked(tag, path) for tag in _in_order(value, path))
    if len(set(labels)) < len(labels) or OUTSIDE not in labels:
        raise InputError(
            "the model's tags are no label set",
            got=f"{len(labels)} labels, {len(set(labels))} different ones",
            expected=f"different labels, {OUTSIDE} among them",
            next_step=_NEXT_STEP,
            path=path,
        )
    return LabelMap(labels, "word")


def are_tags(labels: Iterable[str]) -> bool:
    """Returns whether all are labels of a tagger that this kit reads."""
    try:
        return len({_checked(label, "") for label in labels}) > 0
    except InputError:
        return False


def _in_order(value: Any, path: str) -> list[str]:
    """Returns the tags in the order of their ids, which have no gap."""
    tags = value if isinstance(value, dict) else {}
    ids = [str(number) for number in range(len(tags))]
    if (
        not 0 < len(tags) <= MAX_LABELS
        or set(tags) != set(ids)
        or not all(isinstance(tag, str) for tag in tags.values())
    ):
        raise InputError(
            "not a model's tags",
            got="JSON of another form",
            expected='{"0": "O", "1": "B-...", ...} with the ids 0 to n - 1 '
            f"and at most {MAX_LABELS} tags",
            next_step=_NEXT_STEP,
            path=path,
        )
    return [tags[number] for number in ids]


def _checked(tag: str, path: str) -> str:
    if tag in _SPECIAL:
        return _SPECIAL[tag]
    if tag == OUTSIDE or (
        is_tag_shaped(tag) and split_tag(tag)[0] in ("B", "I")
    ):
        return tag
    raise InputError(
        "a label that this kit cannot read off a model",
        got=f"{len(tag)} characters" if not is_tag_shaped(tag) else tag,
        expected="O, B and I alone or before -<type>, X, PAD, [CLS], [SEP]",
        next_step="use a model trained on IOB2 tags",
        path=path,
    )
