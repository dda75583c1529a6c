"""ALBERT taggers: words that are encoded alone, from pieces and back.

originals.md 9.4, N21: no original says how a SentencePiece model tags words.
Each word is encoded by itself; its first piece, even a lone "▁", has the label.
"""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from evaluation.entities import score_entities
from preprocessing.sentence_piece import preprocess_text
from preprocessing.tokenization import load_sentencepiece
from tasks.catalog import corpus_names, find_corpus
from tasks.corpus import read_split
from tasks.labels import labels_from_train
from tasks.tag_schemes import to_iob2
from tasks.tagging import TaggingOptions, TaggingTask
from tasks.tagging_features import Limits
from tests import toy_corpus
from tests.ner_runs import (
    checkpoint,
    final_files,
    json_lines,
    read_json,
    run,
    run_flags,
    run_with_sigterm,
    values_of,
)

START = "▁"


@pytest.fixture(scope="module")
def tokenizer(golden_dir):
    path = golden_dir / "tokenization" / "spm_2k.model"
    return load_sentencepiece(str(path), lower_case=True)


@pytest.mark.parametrize("name", corpus_names())
def test_every_corpus_goes_round(name, tokenizer, fixtures_dir):
    """Words -> pieces -> labels -> words, nothing lost, nothing shifted."""
    corpus = find_corpus(name)
    folder = str(fixtures_dir / "corpora" / name)
    train, _ = read_split(corpus, folder, "train")
    for length in (8, 128):  # 8: many windows
        task = TaggingTask(
            corpus,
            folder,
            tokenizer=tokenizer,
            label_map=labels_from_train(train, scheme="word"),
            options=TaggingOptions(Limits(length, (length - 2) // 2)),
        )
        for part in ("train", "dev", "test"):
            split = task.read(part)
            sentences, _ = read_split(corpus, folder, part)
            check_words(split.examples, sentences, tokenizer)
            check_oracle(task, split, sentences)


def check_words(examples, sentences, tokenizer):
    for example, sentence in zip(examples, sentences, strict=True):
        assert example.words == sentence.words
        pieces = tokenizer.pieces(example.input_ids()[1:-1])
        words = {}
        index = example.word_index()[1:-1]
        for word, piece in zip(index, pieces, strict=True):
            words.setdefault(word, []).append(piece)
        assert list(words) == list(range(len(sentence.words)))
        for number, word in enumerate(sentence.words):
            # Each as if it stood alone, with a "▁" before it.
            assert words[number][0].startswith(START)
            alone = tokenizer.pieces(tokenizer.encode_word(word))
            assert words[number] == alone
            text = "".join(alone).replace(START, " ").strip()
            if "<unk>" not in alone:
                assert text == preprocess_text(word, lower_case=True)


def check_oracle(task, split, sentences):
    rng = np.random.default_rng(0)
    logits = []
    for example in split.examples:
        for row in example.rows:
            values = rng.normal(size=(len(row.input_ids), task.num_labels))
            for position in row.first_pieces:
                tag = example.gold[row.word_index[position]]
                values[position, task.label_map.id_of(tag)] = 50.0
            logits.append(values.astype(np.float32))
    found = task.decode(split, logits, {}).sentences
    gold = [to_iob2(s.tags) for s in sentences]
    assert [f.predicted for f in found] == gold
    assert [f.raw for f in found] == gold
    scores = score_entities(gold, [f.predicted for f in found])
    assert scores.micro.f1 == 1.0
    assert scores.micro.gold > 0


def test_a_lone_word_start_has_the_label(tokenizer):
    """The README's example of N21: "▁" and "(" are two pieces."""
    words, tags = ("(", "IL-2", ")", "½"), ("B-X", "I-X", "I-X", "O")
    sentence = type(toy_corpus.sentences(1, seed=0)[0])(words, tags, line=1)
    task = TaggingTask(
        find_corpus("ner"),
        "",
        tokenizer=tokenizer,
        label_map=labels_from_train([sentence], scheme="word"),
        options=TaggingOptions(Limits(32, 15)),
    )
    ((row,),) = [e.rows for e in task.featurize("x", [sentence], []).examples]
    pieces = tokenizer.pieces(row.input_ids.tolist())
    lone = [i for i, piece in enumerate(pieces) if piece == START]
    assert lone
    for position in lone:
        assert position in row.first_pieces
        assert row.label_ids[position] >= 0
        assert row.label_ids[position + 1] == -1
    labels = [task.label_map.labels[i] for i in row.label_ids[row.first_pieces]]
    assert tuple(labels) == tags


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory, golden_dir):
    """The ALBERT that the original program trained, in BioALBERT's files."""
    folder = tmp_path_factory.mktemp("albert")
    for name in (
        "albert_config.json",
        "model.ckpt-200.index",
        "model.ckpt-200.data-00000-of-00001",
    ):
        shutil.copy(golden_dir / "albert_tiny" / name, folder)
    model = golden_dir / "tokenization" / "spm_2k.model"
    shutil.copy(model, folder / "30k-clean.model")
    return folder


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_corpus.write_corpus(
        tmp_path_factory.mktemp("data") / "data", train=128, long_words=200
    )


@pytest.fixture(scope="module")
def given(model_dir):
    return {
        "init_checkpoint": model_dir / "model.ckpt-200",
        "bert_config_file": model_dir / "albert_config.json",
        "vocab_file": model_dir / "vocab.txt",  # is not there
        "max_seq_length": 64,
        "train_batch_size": 16,
        "num_train_epochs": 3,
        "learning_rate": 2e-3,
        "do_eval": True,
        "use_crf": True,
    }


@pytest.fixture(scope="module")
def trained(model_dir, data_dir, given, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "out"
    assert run(model_dir, data_dir, out, **given) == 0
    return out


@pytest.mark.slow
def test_training_and_scoring(trained, model_dir):
    for name in ("eval_results.txt", "test_results.txt"):
        scores = values_of(trained / name)
        assert scores["entity_f1"] > 0.8
        assert scores["num_words_cut"] == 0
    step = json_lines(trained / "metrics.jsonl")[-1]["step"]
    before = checkpoint(model_dir, 200)
    after = checkpoint(trained, step)
    scope = "bert/encoder/transformer/group_0/inner_group_0"
    name = f"{scope}/attention_1/self/query/kernel"
    assert (before[name] != after[name]).any()
    settings = read_json(trained / "tagger.json")
    assert settings["vocabulary"] == "30k-clean.model"
    names = {path.name for path in trained.iterdir()}
    assert {"30k-clean.model", "albert_config.json"} <= names
    assert "bert_config.json" not in names


@pytest.mark.slow
def test_a_stopped_run_ends_as_a_whole_one(
    trained, model_dir, data_dir, given, tmp_path, monkeypatch
):
    run_with_sigterm(monkeypatch, 9, model_dir, data_dir, tmp_path, **given)
    assert final_files(tmp_path) == final_files(trained)
    for name in ("eval_results.txt", "test_results.txt", "predictions.jsonl"):
        assert (tmp_path / name).read_bytes() == (trained / name).read_bytes()


@pytest.mark.slow
def test_predicting_from_the_folder_alone(trained, data_dir, tmp_path):
    out = shutil.copytree(trained, tmp_path / "out")
    scores = values_of(out / "test_results.txt")
    run_flags(
        data_dir=data_dir, output_dir=out, do_train=False, do_predict=True
    )
    again = values_of(out / "test_results.txt")
    assert again == pytest.approx(scores, abs=1e-5)
    text = (
        "The patient (with  Wilson\u00a0disease)\r\nwas given aspirin, "
        "folic acid and\tcopper.\n\nNo ataxia 😀, no breast cancer."
    )
    path = tmp_path / "note.txt"
    path.write_bytes(text.encode())
    run_flags(predict_file=path, output_dir=out)
    found = json_lines(out / "predictions.jsonl")
    for e in found:
        assert text[e["start"] : e["end"]] == e["surface"]
    got = {(e["surface"], e["type"]) for e in found}
    expected = {
        ("aspirin", "Chemical"),
        ("folic acid", "Chemical"),
        ("copper", "Chemical"),
        ("ataxia", "Disease"),
        ("breast cancer", "Disease"),
        ("Wilson\u00a0disease", "Disease"),
    }
    assert len(got & expected) >= 5
    assert (out / "brat" / "note.txt").read_bytes() == text.encode()
