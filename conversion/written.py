"""What a writer of this package writes, and what both writers do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from conversion.found_model import FoundModel
from foundation import files
from foundation.errors import InputError
from preprocessing.marked_tokenizer import FILE_NAME as MARKER_FILE
from preprocessing.marked_tokenizer import MarkedTokenizer
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.question_settings import QuestionSettings
from tasks.tagger_settings import TaggerSettings
from tasks.text_settings import TextSettings

REPORT_FILE = "conversion.json"
# What says how a model in the same folder is used.
_TELLING = {
    *(LABEL_FILE, MARKER_FILE),
    *(s.file_name for s in (TaggerSettings, TextSettings, QuestionSettings)),
}


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


def check_free(
    folder: str,
    names: Sequence[str],
    *,
    overwrite: bool,
    is_other_form: Callable[[str], bool],
) -> None:
    """Makes the folder of a target, or refuses it and leaves it as it is.

    Args:
      folder: of the target.
      names: of the files that will be written, but for the report.
      overwrite: whether they may be there.
      is_other_form: whether a file is the weights of the other form. Beside
        them nobody could say which model the folder is.

    Raises:
      InputError: one of `names` is there already; weights of the other form;
        or, also when overwriting, settings or labels of another model.
    """
    present = files.list_directory(folder) if files.is_directory(folder) else []
    other = [name for name in present if is_other_form(name)]
    if other:
        raise InputError(
            "a folder is a TF1 checkpoint or a Hugging Face folder, not both",
            got=", ".join(other[:5]),
            expected="a folder without weights of the other form",
            next_step="choose another --to",
            path=folder,
        )
    alien = sorted(_TELLING & set(present) - set(names))
    if alien:
        raise InputError(
            "what lies there would be taken for the new model's",
            got=", ".join(alien),
            expected="no settings, labels or markers of another model",
            next_step="choose another --to, or remove them",
            path=folder,
        )
    there = sorted({*names, REPORT_FILE} & set(present))
    if there and not overwrite:
        raise InputError(
            "there is a model already",
            got=", ".join(there[:5]),
            expected="a folder without these files",
            next_step="choose another --to, or add --overwrite_output",
            path=folder,
        )
    files.make_directory(folder)


def names_beside(model: FoundModel) -> list[str]:
    """Returns the names of the files that `write_beside` writes."""
    names = []
    if model.settings is not None and model.vocabulary is not None:
        names.append(model.settings.file_name)
    if isinstance(model.tokenizer, MarkedTokenizer):
        names.append(MARKER_FILE)
    return names


def write_beside(model: FoundModel, folder: str, *, vocabulary: str) -> None:
    """Writes the settings of the run that trained a model, and its markers.

    With them the new folder predicts as the old one did.

    Args:
      model: what is written.
      folder: of the target, with the vocabulary in it.
      vocabulary: its name there.
    """
    if model.settings is not None:
        settings = dataclasses.replace(model.settings, vocabulary=vocabulary)
        settings.save(folder, vocabulary=files.join(folder, vocabulary))
    if isinstance(model.tokenizer, MarkedTokenizer):
        model.tokenizer.save(folder)


def stored_labels(model: FoundModel) -> bytes | None:
    """Returns the label_map.json of a trained model; None: it has none."""
    path = files.join(model.folder, LABEL_FILE)
    return files.read_bytes(path) if files.exists(path) else None
