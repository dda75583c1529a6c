"""Offsets point at the text, whatever is in it."""

import csv
import json
import random

import pytest

from inference.documents import read_blocks, read_segments
from inference.entities import find_entities
from preprocessing.sentence_spans import sentence_spans
from preprocessing.word_spans import word_spans
from tasks.readers import read_tagged_sentences
from tests.inference.word_list_tagger import WordListTagger

INSERTED = (
    "     ",
    "\t \t",
    "\n\n\n",
    "\r\n",
    "\r",
    "\u00a0\u00a0",
    "\u200b",
    "\ufeff",
    "\x01\x1f\x7f\x85\x0c",
    "\u2028",
    "😀👩‍⚕️🏽",
    "e\u0301",
    "患者恢复。",
    "x" * 120,
    '"\\',
)


def mutated(text, drawn):
    """Returns the text with odd things put in and parts taken out."""
    for _ in range(drawn.randint(0, 6)):
        place = drawn.randint(0, len(text))
        if drawn.random() < 0.3:
            text = text[:place] + text[place + drawn.randint(1, 30) :]
        text = text[:place] + drawn.choice(INSERTED) + text[place:]
    return drawn.choice(
        [text, text, text.replace("\n", "\r\n"), "\ufeff" + text]
    )


def check(texts, folder):
    drawn = random.Random(7)
    documents = {
        f"d{number:04}": mutated(drawn.choice(texts), drawn)
        for number in range(999)
    }
    documents["empty"] = ""
    for text in documents.values():
        check_spans(text)
    for name, text in documents.items():
        (folder / f"{name}.txt").write_bytes(text.encode())
    jsonl = folder.parent / "documents.jsonl"
    with open(jsonl, "w", encoding="utf-8") as file:
        for name, text in documents.items():
            line = {"id": name, "text": text}
            file.write(json.dumps(line, ensure_ascii=name < "d0500") + "\n")
    of_folder = list(read_segments(str(folder)))
    assert of_folder == list(read_segments(str(jsonl)))
    assert len(of_folder) > 1000
    for segment in of_folder:
        text = documents[segment.document]
        end = segment.start + len(segment.text)
        assert text[segment.start : end] == segment.text
    blocks = read_blocks(str(jsonl))
    assert {block.document: block.text for block in blocks} == documents
    check_entities(documents, jsonl)


def check_spans(text):
    words = word_spans(text)
    of_sentences = []
    for start, end in sentence_spans(text):
        assert text[start:end].strip() == text[start:end] != ""
        for a, b in word_spans(text[start:end]):
            assert 0 <= a < b <= end - start
            of_sentences.append((start + a, start + b))
    assert of_sentences == words


def check_entities(documents, path):
    tagger = WordListTagger(dict.fromkeys(["the", "of", "a", "o", "de"], "x"))
    num_entities = 0
    for tagged in find_entities(read_blocks(str(path)), tagger):
        for entity in tagged.entities:
            text = documents[entity.document]
            assert text[entity.start : entity.end] == entity.surface
            assert entity.surface.startswith(tuple(tagger.type_of_word))
            num_entities += 1
    assert num_entities > 1000


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "documents"
    path.mkdir()
    return path


def test_offsets_of_abstracts(fixtures_dir, folder):
    path = fixtures_dir / "ncbi_disease" / "train.tsv"
    lines = [" ".join(s.words) for s in read_tagged_sentences(str(path))]
    check(["\n".join(lines[i : i + 5]) for i in range(0, 1200, 5)], folder)


@pytest.mark.shared
def test_offsets_of_clinical_text(shared_dir, folder):
    data = shared_dir / "data"
    notes = data / "clinical" / "noteevents-shaped" / "NOTEEVENTS.csv"
    with open(notes, encoding="utf-8", newline="") as file:
        texts = [row["TEXT"][:2000] for row in csv.DictReader(file)][:600]
    cases = data / "corpus" / "pt-neurology" / "pt_neurology_docs.txt"
    texts += cases.read_text("utf-8").split("\n\n")[:600]
    check(texts, folder)
