"""The kind "classification" on every corpus: features, loss, decoding."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.errors import InputError
from tasks.catalog import CLASSIFIER, RELATION, corpus_names, find_text_corpus
from tasks.class_labels import ClassLabels, labels_of_corpus
from tasks.classification import ClassificationTask, TextOptions
from tasks.text_examples import TextExample
from tasks.text_predictions import targets_of
from tasks.text_reading import read_split
from tasks.text_rows import TextLimits
from tests.tasks.fake_tokenizer import FakeTokenizer

CORPORA = [
    (script, name)
    for script in (CLASSIFIER, RELATION)
    for name in corpus_names(script)
]


def task_of(corpus, data_dir, labels, **options):
    return ClassificationTask(
        corpus,
        str(data_dir),
        tokenizer=FakeTokenizer(),
        labels=labels,
        options=TextOptions(**options),
    )


@pytest.fixture(params=CORPORA, ids=[name for _, name in CORPORA])
def task(request, fixtures_dir):
    """Each corpus with windows of eight pieces, but where options are."""
    script, name = request.param
    corpus = find_text_corpus(name, script)
    folder = fixtures_dir / "corpora" / name
    train, _ = read_split(corpus, str(folder), "train")
    overflow = "truncate" if corpus.kind == "choice" else "window"
    return task_of(
        corpus,
        folder,
        labels_of_corpus(corpus, train, "train"),
        limits=TextLimits(max_seq_length=12, overflow=overflow),
    )


def gold_logits(task, split, *, height=9.0):
    """Returns logits that are right: the same for each row of an example."""
    examples = [each.example for each in split.examples]
    if task.labels.kind == "score":
        values = np.array([[example.label] for example in examples])
    else:
        values = (targets_of(examples, task.labels) * 2.0 - 1) * height
    if task.labels.kind == "choice":
        return list(values.reshape(-1, 1))
    sizes = [len(each.rows) for each in split.examples]
    return list(np.repeat(values, sizes, axis=0))


def test_what_is_featurized_is_decoded(task):
    split = task.read("train")
    assert len(split.table) == sum(len(each.rows) for each in split.examples)
    assert split.table.num_groups == len(split.examples)
    assert split.table.lengths.max() <= 12
    predictions = task.decode(split, gold_logits(task, split), {})
    assert [e.label for e in predictions.examples] == [
        *predictions.predicted,
    ]
    scores = task.score(predictions)
    assert scores[task.headline] == pytest.approx(1)
    assert scores["loss"] == scores["eval_loss"] < 0.01
    assert f"* {task.headline} 1.0000" in task.report(predictions)


def test_the_loss_of_a_batch_is_that_of_the_predictions(task):
    import tensorflow as tf

    split = task.read("train")
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 2, [len(split.table), task.num_labels])
    logits = logits.astype(np.float32)
    table = split.table
    batch = table.batch(range(len(table)), length=int(table.lengths.max()))
    batch = {name: tf.constant(values) for name, values in batch.items()}
    total, weight = task.loss(None, tf.constant(logits), batch)
    predictions = task.decode(split, list(logits), {})
    assert float(total / weight) == pytest.approx(predictions.loss, rel=1e-5)
    assert float(weight) == len(split.examples)


def test_test_data_without_labels_is_featurized_and_not_scored(task):
    examples = [TextExample("7", "a b", "c", choices=("d", "e", "f", "g"))]
    if task.corpus.kind != "choice":
        examples = [TextExample("7", "a b", "c")]
    split = task.featurize("test", examples, [])
    logits = np.zeros([len(split.table), task.num_labels])
    predictions = task.decode(split, list(logits), {})
    assert len(predictions.predicted) == 1
    assert task.score(predictions) == {}
    assert "1 rows predicted" in task.report(predictions)


@pytest.mark.parametrize("number", [1, 2, 5, 8, 9, 33])
def test_every_text_has_one_prediction_however_many_windows(number):
    labels = ClassLabels("classes", ("0", "1"))
    corpus = find_text_corpus("gad", "relation")
    limits = TextLimits(max_seq_length=6, overflow="window")
    task = task_of(corpus, "", labels, limits=limits)
    examples = [
        TextExample(str(n), " ".join(["ab"] * (1 + n % 9)), label=str(n % 2))
        for n in range(number)
    ]
    split = task.featurize("dev", examples, [])
    predictions = task.decode(split, gold_logits(task, split), {})
    assert [e.example_id for e in predictions.examples] == [
        str(n) for n in range(number)
    ]
    assert list(predictions.predicted) == [e.label for e in examples]


def test_errors_of_rows_name_the_line(tmp_path):
    (tmp_path / "test.tsv").write_text("index\tsentence\n1\ta\n2\tb b b b\n")
    corpus = find_text_corpus("gad", "relation")
    labels = ClassLabels("classes", ("0", "1"))
    limits = TextLimits(max_seq_length=5, overflow="error")
    task = task_of(corpus, tmp_path, labels, limits=limits)
    with pytest.raises(InputError, match=r"test.tsv:3: a text is too long"):
        task.read("test")


def test_labels_of_another_model_are_refused_with_the_line(tmp_path):
    (tmp_path / "dev.tsv").write_text("a\tyes\nb\tno\n")
    corpus = find_text_corpus("relation", "relation")
    labels = ClassLabels("classes", ("maybe", "yes"))
    task = task_of(corpus, tmp_path, labels)
    with pytest.raises(InputError, match=r"dev.tsv:2: unknown label"):
        task.read("dev")


def test_class_weights_reach_the_loss():
    import tensorflow as tf

    corpus = find_text_corpus("gad", "relation")
    labels = ClassLabels("classes", ("0", "1"))
    weights = np.array([0.5, 3.0], np.float32)
    task = task_of(corpus, "", labels, class_weights=weights)
    logits = np.array([[1.0, -1.0], [0.5, 0.0], [2.0, 2.0]], np.float32)
    batch = {"label_ids": tf.constant([[1], [0], [1]])}
    total, weight = task.loss(None, tf.constant(logits), batch)
    losses = np.log(np.exp(logits).sum(axis=1)) - logits[[0, 1, 2], [1, 0, 1]]
    assert float(weight) == pytest.approx(6.5)
    assert float(total) == pytest.approx(
        float(losses @ np.array([3.0, 0.5, 3.0])), rel=1e-6
    )
