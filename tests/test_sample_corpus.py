"""The bundled corpus: the words it says it has, and nothing wrong with them."""

import itertools

import pytest

from preprocessing.corpus_files import FilePart
from preprocessing.doctor import PairRules, check_corpus
from preprocessing.documents import line_encoder
from preprocessing.tokenization import load_wordpiece

# Sentences of the source that are left out, counted from 0: one abstract.
LEFT_OUT = range(139, 176)


@pytest.fixture(scope="module")
def path(fixtures_dir):
    return fixtures_dir / "sample_corpus" / "abstracts.txt"


@pytest.fixture(scope="module")
def documents(path):
    text = path.read_text("utf-8")
    assert text.endswith("\n")
    return [part.splitlines() for part in text.split("\n\n")]


def test_its_size(documents):
    assert len(documents) == 40
    assert sum(map(len, documents)) == 367
    assert all(line.strip() for document in documents for line in document)


def test_its_words_are_those_of_the_source(fixtures_dir, documents):
    source = (fixtures_dir / "ncbi_disease" / "train.tsv").read_text("utf-8")
    sentences = [
        [line.split("\t")[0] for line in part.splitlines()]
        for part in source.split("\n\n")
    ]
    kept = [s for i, s in enumerate(sentences) if i not in LEFT_OUT]
    words = [w for document in documents for s in document for w in s.split()]
    whole = itertools.chain.from_iterable(kept)
    assert words == list(itertools.islice(whole, len(words)))
    ends = set(itertools.accumulate(map(len, kept)))
    # Every line, and so every abstract, ends where a sentence does.
    lengths = (len(s.split()) for document in documents for s in document)
    assert set(itertools.accumulate(lengths)) <= ends


def test_the_doctor_finds_nothing_wrong(fixtures_dir, path):
    vocabulary = fixtures_dir / "demo_checkpoint" / "vocab.txt"
    encoder = line_encoder(load_wordpiece(str(vocabulary), lower_case=True))
    findings = check_corpus([FilePart(str(path))], encoder, rules=PairRules())
    assert {finding.severity for finding in findings} == {"note"}
