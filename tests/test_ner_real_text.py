"""Every predicted span is its surface, on real text: issue 3, figure 3.

1,000 documents: notes in English with their line ends, and Portuguese texts.
The models are tiny and random, and find entities everywhere.
"""

from __future__ import annotations

import csv
import json

import pytest

from inference.documents import read_blocks
from inference.entities import find_entities
from inference.entity_writers import write_entities
from inference.tagger import load_tagger
from preprocessing.brat_annotations import read_brat
from tests.ner_runs import json_lines
from tests.random_tagger import write_tagger
from tests.tiny_configs import tiny_albert, tiny_bert

pytestmark = [pytest.mark.slow, pytest.mark.shared]

PER_SOURCE = 500
VOCABULARIES = {
    "bert-base-cased": ("vocab.txt", False),
    "bert-base-uncased": ("vocab.txt", True),
    "albert-30k": ("30k-clean.model", True),
}
SIZES = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}


@pytest.fixture(scope="module")
def documents(shared_dir, tmp_path_factory):
    """The documents by name, and a .jsonl file with them."""
    data = shared_dir / "data"
    path = data / "clinical" / "noteevents-shaped" / "NOTEEVENTS.csv"
    with path.open(encoding="utf-8", newline="") as file:
        notes = [row["TEXT"] for row in csv.DictReader(file)]
    path = data / "corpus" / "pt-neurology" / "pt_neurology_docs.txt"
    texts = path.read_text("utf-8").split("\n\n")
    made = {
        f"{name}/{number}": text
        for name, source in (("note", notes), ("pt", texts))
        for number, text in enumerate(source[:PER_SOURCE])
    }
    assert len(made) == 2 * PER_SOURCE
    path = tmp_path_factory.mktemp("documents") / "all.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": n, "text": t}) + "\n" for n, t in made.items()
        )
    )
    return path, made


@pytest.mark.parametrize("name", VOCABULARIES)
def test_every_span_is_its_surface(documents, shared_dir, tmp_path, name):
    path, texts = documents
    file_name, lower_case = VOCABULARIES[name]
    make = tiny_albert if name.startswith("albert") else tiny_bert
    vocabulary = shared_dir / "data" / "vocab" / name / file_name
    size = 30_000
    if file_name == "vocab.txt":
        size = len(vocabulary.read_text("utf-8").splitlines())
    folder = write_tagger(
        tmp_path / "model",
        make(vocab_size=size, max_position_embeddings=64, **SIZES),
        vocabulary,
        lower_case=lower_case,
    )
    tagger = load_tagger(str(folder))
    out = tmp_path / "out"
    out.mkdir()
    with write_entities(str(out), str(path)) as writers:
        for tagged in find_entities(read_blocks(str(path)), tagger.tag):
            writers.add(tagged)
    found = json_lines(out / "predictions.jsonl")
    assert len(found) > 20 * len(texts)
    for e in found:
        assert texts[e["document"]][e["start"] : e["end"]] == e["surface"]
    assert {e["document"] for e in found} == set(texts)
    names = {
        x["document"]: x["file"]
        for x in json_lines(out / "brat" / "file_names.jsonl")
    }
    num_annotations = 0
    for document, text in texts.items():
        stem = out / "brat" / names[document]
        with open(f"{stem}.txt", encoding="utf-8", newline="") as file:
            assert file.read() == text
        for annotation in read_brat(f"{stem}.ann").entities.values():
            parts = [text[a:b] for a, b in annotation.fragments]
            assert " ".join(parts) == annotation.surface
            num_annotations += 1
    assert num_annotations == len(found)
