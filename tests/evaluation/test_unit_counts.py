"""Counts by unit against the scorers that results.json comes from."""

from __future__ import annotations

import random

import numpy as np
import pytest

from evaluation import unit_counts
from evaluation.bioasq import score_factoids
from evaluation.classes import score_examples
from evaluation.conlleval import BOUNDARY, count
from evaluation.correlation import mean_squared_error, pearson
from evaluation.unit_counts import METRICS, Classes
from evaluation.unit_sums import EXAMPLES, MEAN, UnitSums, score_of
from foundation.errors import InputError
from tasks.catalog import find_text_corpus
from tasks.ner_scores import score_tags
from tasks.text_scores import headlines, score_texts
from tests.tasks.text_predictions_of import predictions_of

EXACT = 1e-12
OF_TAGS = [name for name in METRICS if name.startswith(("entity", "strict"))]
TYPED = [f"{p}-{t}" for p in "BI" for t in ("Disease", "Drug", "0")] + ["O"]
UNTYPED = ["B", "I", "O"]
IOBES = [f"{p}-{t}" for p in "BIES" for t in ("x", "y")] + ["O", "O"]


def random_tags(tags, *, seed, number=60):
    """Returns gold and predicted tags that agree on two words of three."""
    rng = random.Random(seed)
    gold = [
        [rng.choice(tags) for _ in range(rng.randrange(12))]
        for _ in range(number)
    ]
    predicted = [
        [t if rng.random() < 0.67 else rng.choice(tags) for t in sentence]
        for sentence in gold
    ]
    return gold, predicted


@pytest.mark.parametrize("metric", sorted(OF_TAGS))
@pytest.mark.parametrize("tags", [TYPED, UNTYPED, IOBES])
def test_entities_by_sentence_score_as_all_together(metric, tags):
    for seed in range(5):
        gold, predicted = random_tags(tags, seed=seed)
        units = unit_counts.count_tags(gold, predicted, metric=metric)
        assert len(units) == len(gold)
        expected = score_tags(gold, predicted)[metric]
        assert units.score() == pytest.approx(expected, abs=EXACT)
        assert 0 < expected < 1


@pytest.mark.parametrize("metric", sorted(OF_TAGS))
def test_a_drawn_set_scores_as_its_sentences(metric):
    # What a bootstrap does: a sentence may come twice, and types may go.
    gold, predicted = random_tags(TYPED, seed=7, number=9)
    units = unit_counts.count_tags(gold, predicted, metric=metric)
    rng = np.random.default_rng(1)
    for _ in range(50):
        drawn = rng.integers(0, len(gold), rng.integers(1, 5))
        score = score_of(metric, units.counts[drawn].sum(axis=0), units.names)
        expected = score_tags(
            [gold[i] for i in drawn], [predicted[i] for i in drawn]
        )[metric]
        assert score == pytest.approx(expected, abs=EXACT)


def test_recorded_outputs_of_conlleval_are_summed_up(golden_dir):
    """The Perl script's own test files, sentence by sentence."""
    cases = sorted((golden_dir / "conlleval").glob("*.conll"))
    assert cases
    for case in cases:
        lines = case.read_text("utf-8").split("\n")
        sentences = [[]]
        for line in lines:
            columns = line.split()
            if columns and columns[0] != BOUNDARY:
                sentences[-1].append(columns[-2:])
            elif sentences[-1]:
                sentences.append([])
        gold, predicted = (
            [[pair[i] for pair in sentence] for sentence in sentences]
            for i in (0, 1)
        )
        units = unit_counts.count_tags(gold, predicted, metric="entity_f1")
        counts = count(lines)
        assert units.counts.sum(axis=0).tolist() == [
            counts.correct.total(),
            counts.found.total(),
            counts.gold.total(),
        ]


def test_without_entities_the_score_is_0():
    for metric in OF_TAGS:
        units = unit_counts.count_tags([["O"]], [["O"]], metric=metric)
        assert units.score() == 0.0


@pytest.mark.parametrize(
    ("name", "script"),
    [("chemprot", "relation"), ("ddi", "relation"), ("gad", "relation")],
)
def test_classes_score_as_the_task_scores(name, script):
    corpus = find_text_corpus(name, script)
    names = corpus.labels
    rng = random.Random(3)
    gold = rng.choices(names, k=200)
    predicted = [g if rng.random() < 0.6 else rng.choice(names) for g in gold]
    scores = score_texts(predictions_of(corpus, gold, predicted), corpus)
    classes = Classes(
        names, [n for n in names if n != corpus.negative], corpus.positive
    )
    for metric in scores:
        units = unit_counts.count_classes(
            gold, predicted, metric=metric, classes=classes
        )
        assert units.score() == pytest.approx(scores[metric], abs=EXACT)
        fewer = units.reduced()
        assert fewer.score() == units.score()
        needs_all = "macro" in metric or metric == "matthews"
        assert (len(fewer.names) == 3) == (not needs_all)
    assert set(headlines(corpus)) <= set(scores)


def test_one_class_of_each_side_has_no_matthews_correlation():
    units = unit_counts.count_classes(
        "aaaa", "aaaa", metric="matthews", classes=Classes("ab", "ab")
    )
    assert units.score() == 0.0


def test_label_sets_score_as_the_task_scores():
    corpus = find_text_corpus("hoc", "classifier")
    rng = random.Random(5)

    def some():
        return tuple(n for n in corpus.labels if rng.random() < 0.15)

    gold, predicted = ([some() for _ in range(80)] for _ in range(2))
    ids = [f"{i // 4}_{i}" for i in range(80)]
    scores = score_texts(
        predictions_of(corpus, gold, predicted, ids=ids), corpus
    )
    for metric in scores:
        if metric.startswith("document"):
            continue  # tests/reporting/test_units.py
        if metric.startswith(("example", "exact")):
            units = unit_counts.count_examples(gold, predicted, metric=metric)
        else:
            units = unit_counts.count_label_sets(
                gold, predicted, metric=metric, names=corpus.labels
            )
        assert units.score() == pytest.approx(scores[metric], abs=EXACT)


def test_an_example_without_gold_adds_nothing():
    gold, predicted = [{1, 2}, set(), {3}], [{1}, {1}, set()]
    units = unit_counts.count_examples(gold, predicted, metric="example_f1")
    np.testing.assert_array_equal(
        units.counts, [[1, 0.5, 1], [0, 0, 0], [0, 0, 1]]
    )
    assert units.score() == score_examples(gold, predicted).f1


def test_numbers_correlate_far_from_0():
    rng = np.random.default_rng(2)
    gold = 1e6 + rng.normal(size=100)  # squares of 1e12 would lose digits
    predicted = 3 * gold + rng.normal(size=100)
    for metric, score in (("pearson", pearson), ("mse", mean_squared_error)):
        units = unit_counts.count_numbers(gold, predicted, metric=metric)
        expected = score(gold, predicted)
        assert units.score() == pytest.approx(expected, rel=EXACT)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1 / 3, 2.5])
def test_a_constant_side_does_not_correlate(constant):
    gold = np.arange(7.0)
    for sides in ((gold, [constant] * 7), ([constant] * 7, gold)):
        units = unit_counts.count_numbers(*sides, metric="pearson")
        assert units.score() == 0.0
        drawn = units.counts[[0, 0, 3]].sum(axis=0)
        assert score_of("pearson", drawn, units.names) == 0.0
    units = unit_counts.count_numbers(gold, gold, metric="pearson")
    alone = units.counts[[4, 4, 4]].sum(axis=0)  # one row, drawn thrice
    assert score_of("pearson", alone, units.names) == 0.0


def test_ranks_score_as_bioasq():
    answers = [["x", "y"], ["z"], ["a", "b", "c", "d", "x"], ["x"] * 9, []]
    ranks = [1, 0, 5, 1, 0]
    scores = score_factoids([["X"]] * len(answers), answers)
    for metric, expected in (
        ("bioasq_mrr", scores.mrr),
        ("bioasq_strict_accuracy", scores.strict_accuracy),
        ("bioasq_lenient_accuracy", scores.lenient_accuracy),
    ):
        units = unit_counts.count_ranks(ranks, metric=metric)
        assert units.score() == pytest.approx(expected, abs=EXACT)


def test_spearman_is_refused_with_a_way_out():
    with pytest.raises(InputError, match=r"no sum .* Next: .*pearson"):
        unit_counts.count_numbers([1, 2], [1, 2], metric="spearman")


def test_unknown_scores_are_refused_with_those_there_are():
    with pytest.raises(InputError, match="expected one of entity_precision"):
        unit_counts.count_tags([["O"]], [["O"]], metric="token_f1")
    with pytest.raises(InputError, match="expected one of accuracy"):
        unit_counts.count_classes(
            "ab", "ab", metric="f1", classes=Classes("ab", "ab")
        )


def test_sums_need_a_form_and_a_name_for_each_column():
    with pytest.raises(ValueError, match="got shape"):
        UnitSums("accuracy", "row", MEAN, np.zeros([4, 3]))
    with pytest.raises(InputError, match="do not make this score"):
        UnitSums("example_f2", "row", EXAMPLES, np.zeros([4, 3]))
    with pytest.raises(InputError, match="do not make this score"):
        UnitSums("f1", "row", ("one", "two"), np.zeros([4, 2]))
