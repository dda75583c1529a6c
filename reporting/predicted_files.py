"""The prediction files of a run -> gold and predicted labels.

They were written by `tasks.tagging_outputs` and `tasks.text_outputs`; here
they are read again, without TensorFlow and without the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation import files
from foundation.errors import InputError
from tasks.catalog import CLASSIFIER, RELATION, find_text_corpus
from tasks.class_labels import ClassLabels
from tasks.labels import FILE_NAME as LABEL_FILE
from tasks.tagging_outputs import CONLL_FILE, DEV_CONLL_FILE
from tasks.text_corpus import TextCorpus
from tasks.text_outputs import DEV_PREDICTIONS, PREDICTIONS

_CONLL_FILES = {"test": (CONLL_FILE,), "dev": (DEV_CONLL_FILE,)}
# --predict_file moves those of a scored test set aside.
_TABLES = {
    "test": (PREDICTIONS, f"of_test/{PREDICTIONS}"),
    "dev": (DEV_PREDICTIONS,),
}
_UNTYPED = "-MISC"  # conlleval wants a type: stands for none, on O as well
_AGAIN = "score the run again, with --do_predict for test, --do_eval for dev"


@dataclass(frozen=True)
class PredictedTags:
    """Tags of a split.

    Attributes:
      gold: those of each sentence, one a word; without "-MISC".
      predicted: as many, as the model had them.
    """

    gold: Sequence[Sequence[str]]
    predicted: Sequence[Sequence[str]]


@dataclass(frozen=True)
class PredictedTexts:
    """Labels of a split's rows.

    Attributes:
      corpus: what the script knew of it.
      kind: "classes", "labels", "score" or "choice".
      names: of all labels, in the order of the outputs.
      ids: of the rows.
      gold: a cell a row: a label, labels with commas, a number.
      predicted: as many.
    """

    corpus: TextCorpus
    kind: str
    names: Sequence[str]
    ids: Sequence[str]
    gold: Sequence[str]
    predicted: Sequence[str]

    def sets(self, cells: Sequence[str]) -> list[set[str]]:
        """Returns the labels of cells."""
        if self.kind != "labels":
            return [{cell} for cell in cells]
        return [set(cell.split(",")) if cell else set() for cell in cells]


def read_tags(folder: str, *, split: str) -> PredictedTags:
    """Reads the tags of a run of run_ner.py.

    Raises:
      InputError: no file, or one that is damaged.
    """
    path = _first_of(folder, _CONLL_FILES[split])
    text = files.read_text(path, what="the predicted tags", next_step=_AGAIN)
    sentences: list[list[tuple[str, str]]] = [[]]
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if not line:
            sentences.append([])
            continue
        columns = line.split(" ")
        if len(columns) != 3:
            raise _damaged(path, line=number)
        sentences[-1].append((columns[1], columns[2]))
    sentences.pop()  # each sentence ends with an empty line
    tags = {tag for sentence in sentences for pair in sentence for tag in pair}
    suffix = _UNTYPED if all(tag.endswith(_UNTYPED) for tag in tags) else ""
    gold, predicted = (
        [[pair[i].removesuffix(suffix) for pair in each] for each in sentences]
        for i in (0, 1)
    )
    return PredictedTags(gold, predicted)


def read_texts(
    folder: str, results: Mapping[str, Any], *, split: str
) -> PredictedTexts:
    """Reads the labels of a run of run_classifier.py or run_re.py.

    Args:
      folder: of the run.
      results: what its results.json has.
      split: "test" or "dev".

    Raises:
      InputError: no file, or one that is damaged.
    """
    names: Sequence[str] = results["labels"]
    corpus = _corpus(str(results["task"]))
    kind = corpus.kind
    if files.exists(files.join(folder, LABEL_FILE)):
        kind = ClassLabels.load(folder).kind  # --label_kind may have been given
    rows = list(_rows(_table_with_gold(folder, split)))
    return PredictedTexts(
        corpus,
        kind,
        names,
        ids=[row[0] for row in rows],
        gold=[row[1] for row in rows],
        predicted=[row[2] for row in rows],
    )


def _corpus(name: str) -> TextCorpus:
    try:
        return find_text_corpus(name, CLASSIFIER)
    except InputError:
        return find_text_corpus(name, RELATION)


def _table_with_gold(folder: str, split: str) -> str:
    for name in _TABLES[split]:
        path = files.join(folder, name)
        if files.exists(path) and next(_lines(path))[1:3] == _HEADER[1:]:
            return path
    return _first_of(folder, _TABLES[split][-1:])


_HEADER = ["id", "gold", "prediction"]


def _rows(path: str) -> Iterator[list[str]]:
    lines = _lines(path)
    header = next(lines)
    if header[: len(_HEADER)] != _HEADER:
        raise _damaged(path, line=1)
    for number, row in enumerate(lines, 2):
        if len(row) != len(header):
            raise _damaged(path, line=number)
        yield row


def _lines(path: str) -> Iterator[list[str]]:
    text = files.read_text(path, what="the predictions", next_step=_AGAIN)
    for line in text.removesuffix("\n").split("\n"):
        yield line.split("\t")


def _first_of(folder: str, names: Sequence[str]) -> str:
    for name in names:
        path = files.join(folder, name)
        if files.exists(path):
            return path
    raise InputError(
        "the run has no predictions with gold labels",
        got="no such file",
        expected=" or ".join(names),
        next_step=_AGAIN,
        path=folder,
    )


def _damaged(path: str, *, line: int) -> InputError:
    return InputError(
        "a line of the predictions cannot be read",
        got="another number of columns, or other names",
        expected="a file as the run wrote it",
        next_step=_AGAIN,
        path=path,
        line=line,
    )
