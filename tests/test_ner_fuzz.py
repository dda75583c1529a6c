"""One label a word for any text: user-demand.md, row 1; issue 3, figure 1.

An oracle, whose logits are right at first pieces and random elsewhere, must
get every entity, whatever the words are and wherever windows are cut.
"""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from evaluation.entities import score_entities
from preprocessing.tokenization import (
    Tokenizer,
    load_sentencepiece,
    load_wordpiece,
)
from tasks.catalog import find_corpus
from tasks.decoding import are_allowed, iob2_transitions
from tasks.labels import labels_from_train
from tasks.tag_decoder import CRF_END, CRF_START, CRF_TRANSITIONS
from tasks.tagging import TaggingOptions, TaggingTask
from tasks.tagging_features import Limits
from tests.odd_sentences import odd_sentences

LIMITS = Limits(64, doc_stride=31)
TYPES = {"typed": ("Disease", "cell-line", "x/y"), "untyped": ("",)}
MANY, FEW = 10_000, 150
SURE = 100.0  # above any random logit
SHARED = {
    "bert-base-cased": False,
    "bert-base-uncased": True,
    "scibert-scivocab-uncased": True,
}


def load(path: pathlib.Path, *, lower_case: bool) -> Tokenizer:
    if path.suffix == ".model":
        return load_sentencepiece(str(path), lower_case=lower_case)
    return load_wordpiece(
        str(path), lower_case=lower_case, control_characters="any"
    )


@pytest.fixture(scope="module", params=["cased", "uncased", "sentencepiece"])
def tokenizer(request, golden_dir):
    folder = golden_dir / "tokenization"
    if request.param == "sentencepiece":
        return load(folder / "spm_2k.model", lower_case=True)
    path = folder / f"vocab_{request.param}_2k.txt"
    return load(path, lower_case=request.param == "uncased")


def make_task(tokenizer, sentences, *, scheme="word", repair=True):
    return TaggingTask(
        find_corpus("ner"),
        "",
        tokenizer=tokenizer,
        label_map=labels_from_train(sentences, scheme=scheme),
        options=TaggingOptions(LIMITS, repairs_tags=repair),
    )


def oracle_logits(split, sentences, label_map, *, seed=0):
    """Right at first pieces, which the tests find by word index; or random."""
    rng = np.random.default_rng(seed)
    logits = []
    for example, sentence in zip(split.examples, sentences, strict=True):
        for row in example.rows:
            values = rng.normal(0, 5, (len(row.input_ids), len(label_map)))
            for position in row.first_pieces:
                tag = sentence.tags[row.word_index[position]]
                values[position, label_map.id_of(tag)] = SURE
            logits.append(values.astype(np.float32))
    return logits


def zero_crf(num_labels):
    return {
        CRF_TRANSITIONS: np.zeros((num_labels, num_labels), np.float32),
        CRF_START: np.zeros(num_labels, np.float32),
        CRF_END: np.zeros(num_labels, np.float32),
    }


def check_features(split, sentences, *, tokenizer, label_map):
    """Windows show each piece, and label each word, exactly once."""
    for example, sentence in zip(split.examples, sentences, strict=True):
        expected = [
            tokenizer.encode_word(word) or [tokenizer.unk_id]
            for word in sentence.words
        ]
        decided = [r.input_ids[slice(*r.decided)] for r in example.rows]
        pieces = [piece for of_word in expected for piece in of_word]
        assert np.concatenate(decided).tolist() == pieces
        words = [r.word_index[r.first_pieces] for r in example.rows]
        assert np.concatenate(words).tolist() == list(range(len(expected)))
        labels = [r.label_ids[r.first_pieces] for r in example.rows]
        tags = [label_map.labels[i] for i in np.concatenate(labels)]
        assert tuple(tags) == sentence.tags
        if label_map.scheme == "word":
            every = np.concatenate([r.label_ids for r in example.rows])
            assert (every >= 0).sum() == len(sentence.words)
        first = [r.input_ids[r.first_pieces] for r in example.rows]
        assert np.concatenate(first).tolist() == [p[0] for p in expected]
        for row in example.rows:
            assert len(row.input_ids) <= LIMITS.max_seq_length
            assert row.input_ids[0] == tokenizer.cls_id
            assert row.input_ids[-1] == tokenizer.sep_id


def check_oracle(predictions, sentences, *, label_map):
    """As many labels as words, all of them right."""
    assert len(predictions) == len(sentences)
    gold = [s.tags for s in sentences]
    for found, sentence in zip(predictions, sentences, strict=True):
        count = len(sentence.words)
        assert tuple(found.words) == sentence.words
        assert found.num_words_kept == count
        assert len(found.raw) == len(found.predicted) == count
        assert len(found.probabilities) == count
        assert all(0.99 < p <= 1 for p in found.probabilities)
    for tags in ("raw", "predicted"):
        got = [getattr(p, tags) for p in predictions]
        for convention in ("conlleval", "strict"):
            scores = score_entities(gold, got, convention=convention)
            assert scores.micro.f1 == 1.000
            assert scores.micro.gold > len(sentences) / 2
    assert {tag for s in sentences for tag in s.tags} == set(label_map.tags)


DECODINGS = {
    "constrained": {"repair": True},
    "raw": {"repair": False},
    "crf": {"repair": True},
    "crf raw": {"repair": False},
    "biobert": {"scheme": "biobert", "repair": False},
}


def run_oracle(tokenizer, sentences, decoding):
    """Returns an oracle's predictions through featurize and decode."""
    task = make_task(tokenizer, sentences, **DECODINGS[decoding])
    split = task.featurize("test", sentences, [])
    check_features(
        split, sentences, tokenizer=tokenizer, label_map=task.label_map
    )
    logits = oracle_logits(split, sentences, task.label_map)
    crf = decoding.startswith("crf")
    head = zero_crf(task.num_labels) if crf else {}
    predictions = task.decode(split, logits, head).sentences
    check_oracle(predictions, sentences, label_map=task.label_map)
    return task, predictions


@pytest.mark.parametrize("decoding", DECODINGS)
@pytest.mark.parametrize("types", TYPES)
def test_every_way_of_decoding(tokenizer, types, decoding):
    sentences = odd_sentences(FEW, types=TYPES[types], seed=1)
    run_oracle(tokenizer, sentences, decoding)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_sentences(tokenizer):
    """Figure 1; the other ways of decoding have a test of fewer sentences."""
    types = TYPES["untyped" if tokenizer.lower_case else "typed"]
    sentences = odd_sentences(MANY, types=types, seed=2)
    way = "crf" if tokenizer.family == "albert" else "constrained"
    run_oracle(tokenizer, sentences, way)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("name", [*SHARED, "albert-30k"])
def test_real_vocabularies(shared_dir, name):
    folder = shared_dir / "data" / "vocab" / name
    path = folder / ("vocab.txt" if name in SHARED else "30k-clean.model")
    tokenizer = load(path, lower_case=SHARED.get(name, True))
    sentences = odd_sentences(MANY // 4, types=TYPES["typed"], seed=3)
    run_oracle(tokenizer, sentences, "constrained")


def test_constrained_tags_of_wild_logits_are_valid(tokenizer):
    """No I after O in `tags`, whatever the model says; raw tags stay."""
    sentences = odd_sentences(FEW, types=TYPES["typed"], seed=4)
    task = make_task(tokenizer, sentences)
    split = task.featurize("test", sentences, [])
    rng = np.random.default_rng(5)
    logits = [
        rng.normal(size=(n, task.num_labels)).astype(np.float32)
        for n in split.table.lengths
    ]
    rules = iob2_transitions(task.label_map.labels)
    for head in ({}, zero_crf(task.num_labels)):
        predictions = task.decode(split, logits, head).sentences
        valid = [
            are_allowed(
                [
                    np.array(list(map(task.label_map.id_of, getattr(p, tags))))
                    for p in predictions
                    if p.words
                ],
                rules,
            )
            for tags in ("raw", "predicted")
        ]
        assert not valid[0].all()
        assert valid[1].all()
        # What was valid as it was is left alone.
        kept = [p for p in predictions if p.words]
        for ok, found in zip(valid[0], kept, strict=True):
            if ok:
                assert found.predicted == found.raw


def test_files_have_a_line_for_each_word(tokenizer, tmp_path):
    """The detokenize step that aborted or shifted labels is not needed."""
    sentences = odd_sentences(FEW, types=TYPES["typed"], seed=6)
    task = make_task(tokenizer, sentences)
    split = task.featurize("test", sentences, [])
    logits = oracle_logits(split, sentences, task.label_map)
    task.write_predictions(task.decode(split, logits, {}), str(tmp_path))
    lines = {
        path.name: path.read_bytes().decode().split("\n")[:-1]
        for path in tmp_path.iterdir()
    }
    assert len(lines["token_test.txt"]) == len(lines["label_test.txt"])
    tags = [tag for s in sentences for tag in s.tags]
    rows = [x.split() for x in lines["NER_result_conll.txt"] if x]
    assert [row[1:] for row in rows] == [[tag, tag] for tag in tags]
    assert lines["NER_result_conll.txt"].count("") == len(sentences)
    objects = [json.loads(x) for x in lines["predictions.jsonl"]]
    assert [tuple(o["words"]) for o in objects] == [s.words for s in sentences]
    assert [tuple(o["tags"]) for o in objects] == [s.tags for s in sentences]
