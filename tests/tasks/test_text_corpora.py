"""Every corpus of texts in tasks/corpora is tested because it exists."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re

import numpy as np
import pytest

from tasks.catalog import CLASSIFIER, RELATION, corpus_names, find_text_corpus
from tasks.class_labels import ClassLabels, labels_of_corpus
from tasks.text_corpus import KINDS
from tasks.text_predictions import TextPredictions
from tasks.text_reading import read_split
from tasks.text_scores import definitions, majority_scores, score_texts

GENERIC = {"text", "relation"}
WITHOUT_DEV = {"gad", "euadr"}  # dev.tsv is there and has no bytes
CORPORA = [
    (script, name)
    for script in (CLASSIFIER, RELATION)
    for name in corpus_names(script)
]
PUBLISHED = {  # words of a docstring -> headlines
    "accuracy": {"accuracy"},
    "Matthews": {"matthews"},
    "Pearson": {"pearson"},
    "micro F1": {"micro_f1"},
    "macro F1": {"macro_f1"},
    "F1 of class 1": {"f1"},
    "F1: none": {"f1"},
    "example-based F1 of documents": {"document_example_f1"},
}


@pytest.fixture(params=CORPORA, ids=[name for _, name in CORPORA])
def corpus(request):
    script, name = request.param
    return find_text_corpus(name, script)


@pytest.fixture
def data_dir(corpus, fixtures_dir):
    folder = fixtures_dir / "corpora" / corpus.name
    assert folder.is_dir(), f"add a few rows in {folder}"
    return str(folder)


def splits_of(corpus, data_dir):
    names = ["train", "dev", "test"]
    if corpus.name in WITHOUT_DEV:
        names.remove("dev")
    return {n: read_split(corpus, data_dir, n)[0] for n in names}


def test_the_issues_corpora_are_there():
    assert {
        *("mednli", "hoc", "hoc_documents", "biosses", "medsts", "sts_b"),
        *("cola", "mnli", "mnli_mismatched", "mrpc", "xnli", "sst2", "qqp"),
        *("qnli", "rte", "wnli", "pubmedqa", "race", "text"),
    } <= set(corpus_names(CLASSIFIER))
    assert {
        *("gad", "euadr", "chemprot", "chemprot_scibert", "ddi"),
        *("i2b2_2010_relations", "polysearch", "mirnadisease", "relation"),
    } <= set(corpus_names(RELATION))


def test_file_says_what_it_is(corpus):
    module = importlib.import_module(f"tasks.corpora.{corpus.name}")
    assert module.TASK is corpus
    assert len(inspect.getsource(module).splitlines()) < 60
    assert corpus.description
    assert corpus.kind in KINDS
    if corpus.name in GENERIC:
        return
    text = " ".join(module.__doc__.split())
    assert "Source: " in text
    published = re.findall(r"Published (.*?)(?=Published |$)", text)
    allowed = [
        headlines
        for line in published
        for words, headlines in PUBLISHED.items()
        if words in line
    ]
    assert any(corpus.headline in headlines for headlines in allowed)


def test_every_split_is_found_and_read(corpus, data_dir):
    for split in ("train", "dev", "test"):
        if split == "dev" and corpus.name in WITHOUT_DEV:
            continue
        examples, used = read_split(corpus, data_dir, split)
        assert len(examples) >= 2
        assert all(len(file.sha256) == 64 for file in used)
        if not corpus.joins_documents:
            assert sum(file.num_examples for file in used) == len(examples)
        ids = [example.example_id for example in examples]
        assert len(set(ids)) == len(ids)
        for example in examples:
            assert example.text_a
            assert (example.text_b is None) == (not corpus.test[0].text_b) or (
                corpus.name == "text"
            )
            assert len(example.choices) == len(corpus.test[0].choices)
            if split != "test":
                assert example.label is not None


def test_train_has_every_label(corpus, data_dir):
    train, _ = read_split(corpus, data_dir, "train")
    labels = labels_of_corpus(corpus, train, data_dir)
    if corpus.kind == "score":
        numbers = [example.label for example in train]
        assert (min(numbers), max(numbers)) == corpus.score_range
        assert labels.names == ()
        return
    held = {name for e in train for name in np.atleast_1d(e.label)}
    assert held == set(labels.names)
    if corpus.labels is not None:
        assert labels.names == corpus.labels


def test_an_oracle_scores_1_and_a_constant_less(corpus, data_dir):
    splits = splits_of(corpus, data_dir)
    train = splits["train"]
    labels = labels_of_corpus(corpus, train, data_dir)
    scored = splits.get("dev", splits["test"])
    values = np.zeros([len(scored), len(labels.names) or 1])
    predictions = TextPredictions(
        labels=labels,
        examples=tuple(scored),
        values=values,
        predicted=tuple(example.label for example in scored),
        loss=0.0,
        num_cut=0,
    )
    scores = score_texts(predictions, corpus)
    share = len({e.label for e in scored} - {corpus.negative})
    classes = [n for n in labels.names if n != corpus.negative]
    best = share / len(classes) if corpus.headline == "macro_f1" else 1.0
    assert scores[corpus.headline] == pytest.approx(best)
    assert majority_scores(predictions, corpus)[corpus.headline] < best
    assert corpus.headline in definitions(corpus, labels.names)


def test_splits_do_not_share_texts(corpus, data_dir):
    splits = splits_of(corpus, data_dir)
    seen = {example.texts for example in splits["train"]}
    assert not any(e.texts in seen for e in splits["test"])
    seen |= {example.texts for example in splits["test"]}
    assert not any(e.texts in seen for e in splits.get("dev", []))


def test_labels_are_saved_and_found_again(corpus, data_dir, tmp_path):
    train, _ = read_split(corpus, data_dir, "train")
    labels = labels_of_corpus(corpus, train, data_dir)
    labels.save(str(tmp_path / "out"))
    assert ClassLabels.load(str(tmp_path / "out")) == labels


@pytest.mark.parametrize("name", ["mnli", "sts_b", "race"])
def test_folders_of_glue_may_be_the_data_dir_itself(name, fixtures_dir):
    corpus = find_text_corpus(name, CLASSIFIER)
    folder = fixtures_dir / "corpora" / name
    inside, _ = read_split(corpus, str(folder / corpus.folder), "train")
    outside, _ = read_split(corpus, str(folder), "train")
    assert inside == outside


@pytest.mark.parametrize(
    ("name", "script", "found"),
    [
        ("MRPC", CLASSIFIER, "mrpc"),
        ("mismnli", CLASSIFIER, "mnli_mismatched"),
        ("SST-2", CLASSIFIER, "sst2"),
        ("sts-b", CLASSIFIER, "sts_b"),
        ("sts", CLASSIFIER, "medsts"),
        ("PubMedQA", CLASSIFIER, "pubmedqa"),
        ("MedNLI", CLASSIFIER, "mednli"),
        ("ddi13", RELATION, "ddi"),
        ("EU-ADR", RELATION, "euadr"),
        ("i2b2_2010", RELATION, "i2b2_2010_relations"),
        ("ChemProt", RELATION, "chemprot"),
    ],
)
def test_names_are_found_as_people_write_them(name, script, found):
    assert find_text_corpus(name, script).name == found


def test_a_corpus_is_frozen(corpus):
    with pytest.raises(dataclasses.FrozenInstanceError):
        corpus.name = "x"
