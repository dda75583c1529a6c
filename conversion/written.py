"""What a writer of this package writes, and what both writers do."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from conversion.found_model import FoundModel
from foundation import files
from foundation.errors import InputError
from preprocessing.marked_tokenizer import FILE_NAME as MARKER_FILE
from preprocessing.marked_tokenizer import MarkedTokenizer


@dataclasses.dataclass(frozen=True, kw_only=True)
class Written:
    """The files of a converted model.

    Attributes:
      folder: that they are in.
      weights: what `--init_checkpoint` takes.
      files: their names.
      notes: what the format cannot say or do as the source does.
    """

    folder: str
    weights: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check_free(folder: str, names: Sequence[str], *, overwrite: bool) -> None:
    """Makes the folder of a target.

    Args:
      folder: of the target.
      names: of the files that will be written.
      overwrite: whether they may be there.

    Raises:
      InputError: one of them is there already.
    """
    files.make_directory(folder)
    if overwrite:
        return
    there = sorted(set(names) & set(files.list_directory(folder)))
    if there:
        raise InputError(
            "there is a model already",
            got=", ".join(there[:5]),
            expected="a folder without these files",
            next_step="choose another --to, or add --overwrite_output",
            path=folder,
        )


def copy_settings(
    model: FoundModel, folder: str, *, vocabulary: str
) -> list[str]:
    """Writes the settings of the run that trained a model, if there are any.

    With them the new folder predicts as the old one did.

    Args:
      model: what is written.
      folder: of the target, with the vocabulary in it.
      vocabulary: its name there.

    Returns:
      The names of the files.
    """
    written = []
    if model.settings is not None:
        settings = dataclasses.replace(model.settings, vocabulary=vocabulary)
        settings.save(folder, vocabulary=files.join(folder, vocabulary))
        written.append(settings.file_name)
    if isinstance(model.tokenizer, MarkedTokenizer):
        model.tokenizer.save(folder)
        written.append(MARKER_FILE)
    return written
