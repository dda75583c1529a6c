"""What a trained model needs beside weights, config and labels, in a file.

The settings and a copy of the vocabulary lie beside the checkpoints, so that
the folder alone is enough to predict (DESIGN 2.12).
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.tokenization import (
    Tokenizer,
    load_sentencepiece,
    load_wordpiece,
)
from preprocessing.vocabulary import vocabulary_bytes

_NEXT_STEP = "restore the file, or name the model's files by flags"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """How a model was trained to read text; each kind of task adds its own.

    Attributes:
      vocabulary: name of the vocabulary or SentencePiece model beside it.
      lower_case: whether text is lower-cased.
      strip_accents: whether accents go; None = when lower-casing.
      control_characters: "google" or "any".
      max_seq_length: positions of a row.
    """

    file_name: ClassVar[str]
    what: ClassVar[str]  # "the tagger's settings", for messages

    vocabulary: str
    lower_case: bool
    strip_accents: bool | None
    control_characters: str
    max_seq_length: int

    def save(self, folder: str, *, vocabulary: str) -> None:
        """Writes the settings and copies the vocabulary there.

        Args:
          folder: of the checkpoints.
          vocabulary: path of the file that was trained with.
        """
        copy = files.join(folder, self.vocabulary)
        content = vocabulary_bytes(vocabulary)
        if not files.exists(copy) or files.read_bytes(copy) != content:
            with files.write_atomically(copy, "wb") as file:
                file.write(content)
        path = files.join(folder, self.file_name)
        with files.write_atomically(path) as file:
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

    @classmethod
    def is_in(cls, folder: str) -> bool:
        """Returns whether a folder holds a model that can be used as it is."""
        return files.exists(files.join(folder, cls.file_name))

    @classmethod
    def load(cls, folder: str) -> Self:
        """Reads the settings in a folder.

        Raises:
          InputError: missing, or not what `save` wrote.
        """
        path = files.join(folder, cls.file_name)
        value = json_files.read_object(
            path,
            what=cls.what,
            next_step="name the --output_dir of a training run of this kit",
        )
        expected = {field.name for field in dataclasses.fields(cls)}
        if set(value) != expected:
            raise InputError(
                f"{cls.what} are not complete",
                got=f"the keys {', '.join(sorted(value))}",
                expected=", ".join(sorted(expected)),
                next_step=_NEXT_STEP,
                path=path,
            )
        name = str(value["vocabulary"])
        if os.path.basename(name) != name:
            raise InputError(
                f"{cls.what} name a vocabulary outside the folder",
                got="a path",
                expected="a file name",
                next_step=_NEXT_STEP,
                path=path,
            )
        if not (_is_sound(value) and cls.is_sound(value)):
            raise InputError(
                f"{cls.what} cannot be used",
                got="values of another kind",
                expected="what training wrote",
                next_step=_NEXT_STEP,
                path=path,
            )
        return cls(**value)

    @classmethod
    def is_sound(cls, value: Mapping[str, Any]) -> bool:
        """Returns whether the kind's own settings can be from training."""
        del value
        return True


def _is_sound(value: Mapping[str, Any]) -> bool:
    name, length = value["vocabulary"], value["max_seq_length"]
    accents = value["strip_accents"]
    return (
        isinstance(name, str)
        and bool(name)
        and isinstance(value["lower_case"], bool)
        and (accents is None or isinstance(accents, bool))
        and value["control_characters"] in ("google", "any")
        and type(length) is int
        and length >= 3
    )


def vocabulary_name(path: str) -> str:
    """Returns the name of a vocabulary's copy."""
    name = os.path.basename(path)
    return name if name.endswith(".model") else "vocab.txt"
