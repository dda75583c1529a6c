"""A ledger with run folders: real sentences, a clinical one, classes."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence

from tasks.readers import read_tagged_sentences
from tests.canaries import CANARY
from tests.reporting import ledgers

HOSTILE = (
    "</script></style><script>document.title='hacked'</script>"
    "<img src=x onerror=\"document.title='hacked'\"> & &lt; \"a\" 'b' "
    "\u202e reversed \x00"
)
SCORES = (80.0, 80.8, 82.2)  # of three seeds: mean 81.0, sd 1.1136
_KINDS = 4


def conll(
    folder: pathlib.Path, sentences: Sequence[Sequence[tuple[str, str, str]]]
) -> None:
    """Writes NER_result_conll.txt; a sentence is words with two tags."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(
        "".join(f"{word} {gold} {guess}\n" for word, gold, guess in sentence)
        + "\n"
        for sentence in sentences
    )
    (folder / "NER_result_conll.txt").write_text(text, "utf-8")


def with_errors(path: pathlib.Path) -> list[list[tuple[str, str, str]]]:
    """Returns real sentences whose predictions have all kinds of errors.

    By turns an entity is right, missed, begins a word late, or has a type of
    its own; each ninth sentence has an entity that is none.
    """
    made = []
    turn = 0
    for number, sentence in enumerate(read_tagged_sentences(str(path))):
        gold = [t if t == "O" else f"{t[0]}-Disease" for t in sentence.tags]
        guess = list(gold)
        starts = [i for i, tag in enumerate(gold) if tag[0] == "B"]
        for start in starts:
            end = start + 1
            while end < len(gold) and gold[end][0] == "I":
                end += 1
            turn += 1
            if turn % _KINDS == 1:
                guess[start:end] = ["O"] * (end - start)
            elif turn % _KINDS == 2 and end > start + 1:
                guess[start : start + 2] = ["O", "B-Disease"]
            elif turn % _KINDS == 3:
                guess[start:end] = [
                    tag.replace("Disease", "Gene") for tag in gold[start:end]
                ]
        if number % 9 == 0 and gold[0] == "O":
            guess[0] = "B-Disease"
        made.append(list(zip(sentence.words, gold, guess, strict=True)))
    return made


def metrics(folder: pathlib.Path, score: float) -> None:
    """Writes metrics.jsonl: a falling loss, scores on dev that rise."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.jsonl").open("w") as file:
        for step in range(10, 341, 10):
            row = {"step": step, "loss": 5 / step, "epoch": step / 34}
            if step % 30 == 0:
                row["dev_entity_f1"] = score / 100 * (1 - 3 / step)
            file.write(json.dumps(row) + "\n")


def make(folder: pathlib.Path, fixtures: pathlib.Path) -> pathlib.Path:
    """Writes ledger and folders; returns the ledger.

    NCBI disease with three seeds and real sentences; PortugueseClinicalNER,
    whose words are canaries; HealthVer with classes; an experiment of no known
    table, whose names are hostile.
    """
    rows = []
    for seed, score in enumerate(SCORES, 1):
        row = ledgers.row(
            seed=seed,
            score=score,
            warnings=["22 of 940 test rows are also in train"],
        )
        rows.append(row)
        metrics(folder / row.folder, score)
    ncbi = fixtures / "ncbi_disease" / "test.tsv"
    conll(folder / rows[0].folder, with_errors(ncbi))
    clinical = ledgers.row(
        table="portuguese_clinical",
        experiment="portuguese_clinical",
        score=61.5,
        per_type={
            kind: {"precision": 0.5, "recall": 0.7, "f1": 0.58, "support": 9}
            for kind in ("C", "AS", "T")
        },
    )
    rows.append(clinical)
    words = [(f"{CANARY}{i}", "B-C", "O") for i in range(5)]
    conll(folder / clinical.folder, [words, words])
    rows.append(_classes(folder))
    strange = ledgers.row(table=HOSTILE, experiment=HOSTILE, folder="gone")
    rows.append(strange)
    return ledgers.write(folder, rows)


def _classes(folder: pathlib.Path) -> ledgers.LedgerRow:
    row = ledgers.row(
        table="public_standins",
        experiment="healthver",
        metric="accuracy",
        split="dev",
        score=66.67,
        scores={"accuracy": 2 / 3},
        changed={},
    )
    place = folder / row.folder
    place.mkdir(parents=True)
    (place / "predictions_eval.tsv").write_text(
        "id\tgold\tprediction\tneutral\tcontradiction\n"
        "1\tneutral\tneutral\t0.9\t0.1\n"
        "2\tneutral\tcontradiction\t0.4\t0.6\n"
        "3\tcontradiction\tcontradiction\t0.2\t0.8\n"
    )
    return row
