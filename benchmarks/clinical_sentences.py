"""Sentence splitters on clinical notes: agreement with a person, and speed.

  python benchmarks/clinical_sentences.py --shared=../shared/data \
    --splitters=rules,nltk,spacy

Precision, recall and F1 of boundaries on the sentences marked by hand in
tests/fixtures/clinical_sentences, and notes a second of CPU time over the
whole table. NLTK and spaCy are not in `.venv`: run it with the Python of an
environment that has them (and NLTK's punkt_tab); the kit is found beside this
file and needs nothing there. "+ layout" gives a library one paragraph at a
time, as our rules for breaks of line find them: what is left is what it makes
of full stops. "nltk trained here" is Punkt without English, trained on all
notes of the table.
"""

from __future__ import annotations

import argparse
import csv
import json
import pathlib
import sys
import time
from collections.abc import Iterator, Mapping

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from preprocessing.clinical.boundary_agreement import Agreement, agreement
from preprocessing.clinical.sentences import SentenceSplitter, find_splitter
from preprocessing.line_breaks import paragraph_spans

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_MARKED = _ROOT / "tests" / "fixtures" / "clinical_sentences"
_TRAINED = "nltk trained here"
_LAYOUT = " + layout"
_SLOW_SAMPLE = 200  # notes that a library is timed on


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--splitters", default="rules")
    parser.add_argument("--sets", default="dev,test")
    return parser.parse_args()


def main() -> None:
    """Prints a table in Markdown."""
    arguments = _parse_arguments()
    folder = pathlib.Path(arguments.shared) / "clinical" / "noteevents-shaped"
    with (folder / "NOTEEVENTS.csv").open(newline="") as file:
        notes = {row["ROW_ID"]: row["TEXT"] for row in csv.DictReader(file)}
    sets = arguments.sets.split(",")
    titles = [f"{name} P / R / F1" for name in sets]
    print("| splitter |", " | ".join(titles), "| notes/s |")
    print("|---" * (len(sets) + 2) + "|")
    for name, split in _splitters(arguments.splitters.split(","), notes):
        counts = [_on_marked(split, one, notes) for one in sets]
        shown = [
            f"{c.precision:.3f} / {c.recall:.3f} / {c.f1:.3f}" for c in counts
        ]
        sample = None if name == "rules" else _SLOW_SAMPLE
        speed = _notes_per_second(split, list(notes.values())[:sample])
        print(f"| {name} |", " | ".join(shown), f"| {speed:,.0f} |", flush=True)


def _splitters(
    names: list[str], notes: Mapping[str, str]
) -> Iterator[tuple[str, SentenceSplitter]]:
    for name in names:
        split = find_splitter(name)
        yield name, split
        if name.startswith("rules"):
            continue
        yield name + _LAYOUT, _by_paragraph(split)
        if name == "nltk":
            trained = _punkt_of(notes)
            yield _TRAINED, trained
            yield _TRAINED + _LAYOUT, _by_paragraph(trained)


def _by_paragraph(split: SentenceSplitter) -> SentenceSplitter:
    def by_paragraph(text: str) -> list[tuple[int, int]]:
        return [
            (start + first, start + last)
            for start, end in paragraph_spans(text)
            for first, last in split(text[start:end])
        ]

    return by_paragraph


def _punkt_of(notes: Mapping[str, str]) -> SentenceSplitter:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    tokenizer = PunktSentenceTokenizer("\n\n".join(notes.values()))

    def split(text: str) -> list[tuple[int, int]]:
        return list(tokenizer.span_tokenize(text))

    return split


def _on_marked(
    split: SentenceSplitter, name: str, notes: Mapping[str, str]
) -> Agreement:
    counts = Agreement()
    with (_MARKED / f"{name}.jsonl").open(encoding="utf-8") as file:
        for excerpt in map(json.loads, file):
            text = notes[str(excerpt["row_id"])]
            text = text[excerpt["start"] : excerpt["end"]]
            counts += agreement(split(text), excerpt["spans"])
    return counts


def _notes_per_second(split: SentenceSplitter, texts: list[str]) -> float:
    start = time.process_time()
    for text in texts:
        split(text)
    return len(texts) / (time.process_time() - start)


if __name__ == "__main__":
    main()
