"""What a trained tagger needs beside weights, config and labels.

`tagger.json` and a copy of the vocabulary lie beside the checkpoints, so that
the folder alone is enough to predict (DESIGN 2.12).
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.tokenization import (
    Tokenizer,
    load_sentencepiece,
    load_wordpiece,
)
from tasks.tagging_features import Limits

FILE_NAME = "tagger.json"
_NEXT_STEP = "restore the file, or name the model's files by flags"


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaggerSettings:
    """How a tagger was trained to read text.

    Attributes:
      vocabulary: name of the vocabulary or SentencePiece model beside it.
      lower_case: whether text is lower-cased.
      strip_accents: whether accents go; None = when lower-casing.
      control_characters: "google" or "any".
      max_seq_length: positions of a row.
      doc_stride: pieces between two windows; None cuts long sentences.
      repairs_tags: whether the tags that are written are valid IOB2.
      uses_crf: whether the head has a CRF.
    """

    vocabulary: str
    lower_case: bool
    strip_accents: bool | None
    control_characters: str
    max_seq_length: int
    doc_stride: int | None
    repairs_tags: bool
    uses_crf: bool

    @property
    def limits(self) -> Limits:
        """Returns what a row may hold."""
        return Limits(self.max_seq_length, self.doc_stride)

    def save(self, folder: str, *, vocabulary: str) -> None:
        """Writes tagger.json and copies the vocabulary there.

        Args:
          folder: of the checkpoints.
          vocabulary: path of the file that was trained with.
        """
        copy = files.join(folder, self.vocabulary)
        content = files.read_bytes(vocabulary)
        if not files.exists(copy) or files.read_bytes(copy) != content:
            with files.write_atomically(copy, "wb") as file:
                file.write(content)
        with files.write_atomically(files.join(folder, FILE_NAME)) as file:
            json.dump(dataclasses.asdict(self), file, indent=2)
            file.write("\n")

    def load_tokenizer(self, folder: str) -> Tokenizer:
        """Loads the vocabulary beside the settings."""
        path = files.join(folder, self.vocabulary)
        if self.vocabulary.endswith(".model"):
            return load_sentencepiece(
                path,
                lower_case=self.lower_case,
                strip_accents=self.strip_accents is not False,
            )
        return load_wordpiece(
            path,
            lower_case=self.lower_case,
            strip_accents=self.strip_accents,
            control_characters=self.control_characters,
        )


def vocabulary_name(path: str) -> str:
    """Returns the name of a vocabulary's copy."""
    name = os.path.basename(path)
    return name if name.endswith(".model") else "vocab.txt"


def has_settings(folder: str) -> bool:
    """Returns whether a folder holds a tagger that can be used as it is."""
    return files.exists(files.join(folder, FILE_NAME))


def load_settings(folder: str) -> TaggerSettings:
    """Reads the tagger.json of a folder.

    Raises:
      InputError: missing, or not what `save` wrote.
    """
    path = files.join(folder, FILE_NAME)
    value = json_files.read_object(
        path,
        what="the tagger's settings",
        next_step="name the --output_dir of a training run of this kit",
    )
    expected = {field.name for field in dataclasses.fields(TaggerSettings)}
    if set(value) != expected:
        raise InputError(
            "the tagger's settings are not complete",
            got=f"the keys {', '.join(sorted(value))}",
            expected=", ".join(sorted(expected)),
            next_step=_NEXT_STEP,
            path=path,
        )
    name = str(value["vocabulary"])
    if os.path.basename(name) != name:
        raise InputError(
            "the tagger's vocabulary is outside its folder",
            got="a path",
            expected="a file name",
            next_step=_NEXT_STEP,
            path=path,
        )
    if not _is_sound(value):
        raise InputError(
            "the tagger's settings cannot be used",
            got="values of another kind",
            expected="what training wrote",
            next_step=_NEXT_STEP,
            path=path,
        )
    return TaggerSettings(**value)


def _is_sound(value: Mapping[str, Any]) -> bool:
    """Returns whether each setting is one that training can have written."""
    name, length = value["vocabulary"], value["max_seq_length"]
    stride, accents = value["doc_stride"], value["strip_accents"]
    flags = [value[k] for k in ("lower_case", "repairs_tags", "uses_crf")]
    return (
        isinstance(name, str)
        and bool(name)
        and all(isinstance(flag, bool) for flag in flags)
        and (accents is None or isinstance(accents, bool))
        and value["control_characters"] in ("google", "any")
        and type(length) is int
        and length >= 3
        and (
            stride is None or (type(stride) is int and 0 < stride < length - 1)
        )
    )
