"""What trains, how fast, and what starts anew: the flags through run_ner.py."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from foundation.errors import InputError
from preprocessing.tokenization import load_wordpiece
from tasks.catalog import find_corpus
from tasks.class_weights import class_weights
from tasks.labels import labels_from_train
from tasks.tagging import TaggingOptions, TaggingTask
from tasks.tagging_features import Limits
from tests import toy_corpus
from tests.ner_runs import checkpoint, json_lines, read_json, run, values_of

COMBINED = {
    "train_batch_size": 8,
    "learning_rate": 3e-3,
    "num_train_epochs": 2,
    "layerwise_lr_decay": 0.9,
    "freeze": "embeddings,0",
    "reinit_layers": 1,
    "class_weights": "balanced",
}
FROZEN = ("bert/embeddings/", "bert/encoder/layer_0/")
FRESH = "bert/encoder/layer_1/"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return toy_corpus.write_corpus(
        tmp_path_factory.mktemp("data") / "data", train=80
    )


@pytest.fixture(scope="module")
def combined_dir(bert_dir, data_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("combined") / "out"
    assert run(bert_dir, data_dir, out, **COMBINED) == 0
    return out


@pytest.mark.slow
def test_frozen_tensors_stay_and_have_no_slots(combined_dir, bert_dir):
    before = checkpoint(bert_dir, 1000000)
    after = checkpoint(combined_dir, 20)
    frozen = [name for name in before if name.startswith(FROZEN)]
    assert len(frozen) == 5 + 16
    for name in frozen:
        np.testing.assert_array_equal(after[name], before[name], name)
    slots = {n for n in after if n.endswith(("/adam_m", "/adam_v"))}
    assert not any(name.startswith((*FROZEN, "bert/pooler/")) for name in slots)
    trained = {name.rpartition("/")[0] for name in slots}
    assert trained == {
        *(n for n in before if n.startswith("bert/encoder/layer_1/")),
        "output_weights",
        "output_bias",
    }
    assert values_of(combined_dir / "test_results.txt")["global_step"] == 20
    losses = [x["loss"] for x in json_lines(combined_dir / "metrics.jsonl")]
    assert losses[-1] < 0.7 * losses[0]  # the top alone learns too


@pytest.mark.slow
def test_a_frozen_run_goes_on_with_the_same_flags_only(
    combined_dir, bert_dir, data_dir, tmp_path
):
    out = shutil.copytree(combined_dir, tmp_path / "out")
    for name, value in (
        ("layerwise_lr_decay", 0.8),
        ("freeze", "embeddings"),
        ("reinit_layers", 0),
        ("class_weights", "none"),
    ):
        with pytest.raises(InputError, match=f"{name} differs"):
            run(bert_dir, data_dir, out, **{**COMBINED, name: value})
    run(bert_dir, data_dir, out, **{**COMBINED, "num_train_epochs": 3})
    start, end = checkpoint(combined_dir, 20), checkpoint(out, 30)
    for name in start:
        if name.startswith((*FROZEN, "bert/pooler/")):
            np.testing.assert_array_equal(start[name], end[name], name)
    # Reinitialised at the start of the run, not when it goes on.
    name = "bert/encoder/layer_1/output/dense/kernel"
    assert np.abs(end[name] - start[name]).max() < 0.05


@pytest.mark.slow
def test_top_layers_start_anew(bert_dir, data_dir, tmp_path):
    """A step of nearly no length shows what a run starts from."""
    given = {
        **COMBINED,
        "learning_rate": 1e-12,
        "num_train_epochs": 0.1,
        "freeze": "none",
        "do_predict": False,
    }
    before = checkpoint(bert_dir, 1000000)
    starts = {}
    for seed in (3, 4):
        out = tmp_path / str(seed)
        run(bert_dir, data_dir, out, **{**given, "seed": seed})
        starts[seed] = checkpoint(out, 1)
    for name, value in before.items():
        one, other = starts[3][name], starts[4][name]
        # A tagger has no use for the pooler, which nothing reaches.
        if not name.startswith(FRESH):
            np.testing.assert_allclose(one, value, atol=1e-9, err_msg=name)
        elif name.endswith("kernel"):
            assert np.abs(one - value).max() > 0.01
            assert np.abs(one - other).max() > 0.01
            assert 0.015 < one.std() < 0.025  # initializer_range 0.02
        else:
            expected = 1.0 if name.endswith("gamma") else 0.0
            np.testing.assert_allclose(one, expected, atol=1e-9, err_msg=name)


@pytest.mark.slow
def test_lower_layers_take_shorter_steps(bert_dir, data_dir, tmp_path):
    """One update of Adam moves a bias by 3.16 times its rate, or less.

    m / sqrt(v) of the first step is 0.1 / sqrt(0.001), whatever the gradient.
    Of two steps in all, the first has half of the rate, the last none.
    """
    run(
        bert_dir,
        data_dir,
        tmp_path,
        train_batch_size=8,
        num_train_epochs=0.2,
        save_checkpoints_steps=1,
        learning_rate=2e-3,
        warmup_proportion=0,
        layerwise_lr_decay=0.5,
        do_predict=False,
    )
    before, after = checkpoint(bert_dir, 1000000), checkpoint(tmp_path, 1)
    shares = {
        "bert/encoder/layer_1/output/dense/bias": 0.5**2,
        "bert/encoder/layer_0/output/dense/bias": 0.5**3,
        "bert/embeddings/LayerNorm/beta": 0.5**4,
    }
    for name, share in shares.items():
        step = np.abs(after[name] - before[name]).max()
        assert step == pytest.approx(
            share * 1e-3 * 0.1 / 0.001**0.5, rel=0.02
        ), name
    step = np.abs(after["output_bias"]).max()
    assert step == pytest.approx(1e-3 * 0.1 / 0.001**0.5, rel=0.02)


@pytest.mark.slow
def test_balanced_weights_change_the_training(
    combined_dir, bert_dir, data_dir, tmp_path
):
    """Another loss from the second update on; the scores' loss has none."""
    run(bert_dir, data_dir, tmp_path, **{**COMBINED, "class_weights": "none"})
    balanced, plain = (
        [row["loss"] for row in json_lines(folder / "metrics.jsonl")]
        for folder in (combined_dir, tmp_path)
    )
    assert len(balanced) == len(plain) == 20
    assert all(a != b for a, b in zip(balanced, plain, strict=True))
    found = [
        read_json(folder / "results.json")["scores"]["test"]["loss"]
        for folder in (combined_dir, tmp_path)
    ]
    assert found[0] != found[1]


def test_the_loss_has_balanced_weights(golden_dir):
    """Against numpy: each label weighs n / (labels * how often it is)."""
    import tensorflow as tf

    corpus = toy_corpus.sentences(12, seed=4)
    labels = labels_from_train(corpus, scheme="word")
    counts = [
        sum(s.tags.count(label) for s in corpus) for label in labels.labels
    ]
    weights = class_weights("balanced", labels.labels, counts)
    path = golden_dir / "tokenization" / "vocab_uncased_2k.txt"
    task = TaggingTask(
        find_corpus("ner"),
        "",
        tokenizer=load_wordpiece(str(path), lower_case=True),
        label_map=labels,
        options=TaggingOptions(Limits(32, 15), class_weights=weights),
    )
    table = task.featurize("train", corpus, []).table
    batch = table.batch(np.arange(len(table)), length=32)
    logits = np.random.default_rng(6).normal(size=(len(table), 32, 5))
    total, sum_of_weights = task.loss(
        None,
        tf.constant(logits, tf.float32),
        {"label_ids": tf.constant(batch["label_ids"])},
    )
    num_words = sum(counts)
    of_label = np.array([num_words / (5 * count) for count in counts])
    expected = expected_weights = 0.0
    for row, position in zip(*np.nonzero(batch["label_ids"] >= 0), strict=True):
        label = batch["label_ids"][row, position]
        scores = logits[row, position]
        loss = np.log(np.exp(scores).sum()) - scores[label]
        expected += of_label[label] * loss
        expected_weights += of_label[label]
    assert float(total) == pytest.approx(expected, rel=1e-5)
    assert float(sum_of_weights) == pytest.approx(expected_weights, rel=1e-5)
