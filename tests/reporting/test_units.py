"""A run's files to counts whose score is that of its results.json."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from evaluation.unit_sums import UnitSums
from foundation.errors import InputError
from reporting import units
from tasks import text_outputs, text_scores
from tasks.catalog import find_text_corpus
from tasks.ner_scores import score_tags
from tasks.tagging_outputs import conll_lines, write_lines
from tasks.text_report import scores_by_class
from tests.evaluation.test_unit_counts import TYPED, UNTYPED, random_tags
from tests.tasks.test_tagging_outputs import TYPED as SENTENCE
from tests.tasks.test_text_outputs import CASES, random_predictions

EXACT = 1e-12


def write_results(folder, scores, **facts):
    """Writes what cli.once writes of a run's scores."""
    value = {"scores": scores, **facts}
    (folder / "results.json").write_text(json.dumps(value), "utf-8")


def write_tags(folder, *, gold, predicted, name="NER_result_conll.txt"):
    """Writes the tags of sentences of made-up words."""
    sentences = [
        replace(
            SENTENCE,
            words=[f"Zimbul{i}" for i in range(len(right))],
            gold=right,
            raw=guess,
        )
        for right, guess in zip(gold, predicted, strict=True)
    ]
    write_lines(str(folder / name), conll_lines(sentences))


def write_texts(folder, name, script):
    """Writes a run of a corpus; returns its scores."""
    corpus = find_text_corpus(name, script)
    predictions = random_predictions(corpus)
    scores = text_scores.score_texts(predictions, corpus)
    write_results(
        folder,
        {"test": scores, "dev": scores},
        task=name,
        labels=list(predictions.labels.names),
    )
    predictions.labels.save(str(folder))
    text_outputs.write_all(str(folder), predictions)
    text_outputs.write_dev(str(folder), predictions)
    return predictions, scores


@pytest.mark.parametrize("tags", [TYPED, UNTYPED])
@pytest.mark.parametrize(
    ("split", "name"),
    [("test", "NER_result_conll.txt"), ("dev", "NER_result_conll_eval.txt")],
)
def test_a_taggers_files_give_its_scores(tmp_path, tags, split, name):
    gold, predicted = random_tags(tags, seed=1)
    scores = score_tags(gold, predicted)
    write_results(tmp_path, {split: scores}, label_scheme="word")
    write_tags(tmp_path, gold=gold, predicted=predicted, name=name)
    for metric in scores:
        if not units.is_summable(metric):
            continue
        found = units.units_of_run(str(tmp_path), metric=metric, split=split)
        assert found.score() == pytest.approx(scores[metric], abs=EXACT)
        assert (len(found), found.unit) == (len(gold), "sentence")
    of_types = units.per_type_of_run(str(tmp_path), split=split)
    assert (
        sum(t["support"] for t in of_types.values())
        == (scores["num_entities_gold"])
    )
    if tags is UNTYPED:
        assert list(of_types) == ["entity"]
        assert of_types["entity"]["f1"] == scores["entity_f1"]
    else:
        assert of_types["Disease"]["f1"] == scores["entity_f1_Disease"]


@pytest.mark.parametrize("split", ["test", "dev"])
@pytest.mark.parametrize(("name", "script"), CASES)
def test_a_classifiers_files_give_its_scores(tmp_path, name, script, split):
    predictions, scores = write_texts(tmp_path, name, script)
    counted = set()
    for metric in scores:
        if not units.is_summable(metric):
            continue
        found = units.units_of_run(str(tmp_path), metric=metric, split=split)
        assert found.score() == pytest.approx(scores[metric], abs=EXACT)
        documents = len(predictions.examples) // 3
        is_document = metric.startswith("document")
        assert len(found) == documents * (1 if is_document else 3)
        counted.add(metric)
    assert set(scores) - counted <= {"spearman"}
    assert find_text_corpus(name, script).headline in counted
    of_classes = units.per_type_of_run(str(tmp_path), split=split)
    expected = {str(k): v for k, v in scores_by_class(predictions).items()}
    assert list(of_classes) == list(expected)
    for key, score in expected.items():
        assert of_classes[key] == {
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.f1,
            "support": score.gold,
        }


def test_spearman_is_refused(tmp_path):
    write_texts(tmp_path, "biosses", "classifier")
    with pytest.raises(InputError, match="no sum over rows"):
        units.units_of_run(str(tmp_path), metric="spearman", split="test")
    assert not units.is_summable("spearman")


def test_kind_is_that_of_the_model_not_of_the_corpus(tmp_path):
    # --label_kind: results.json does not say it, label_map.json does.
    predictions, scores = write_texts(tmp_path, "hoc", "classifier")
    value = json.loads((tmp_path / "results.json").read_text("utf-8"))
    (tmp_path / "results.json").write_text(
        json.dumps({**value, "task": "text"})
    )
    found = units.units_of_run(str(tmp_path), metric="macro_f1", split="test")
    assert found.score() == pytest.approx(scores["macro_f1"], abs=EXACT)
    assert len(found) == len(predictions.examples)


def test_a_test_set_that_was_set_aside_is_found(tmp_path):
    # run_classifier.py --predict_file moves it, and writes texts without gold.
    _, scores = write_texts(tmp_path, "gad", "relation")
    (tmp_path / "of_test").mkdir()
    shutil.move(tmp_path / "predictions.tsv", tmp_path / "of_test")
    (tmp_path / "predictions.tsv").write_text("id\tprediction\t0\t1\n")
    found = units.units_of_run(str(tmp_path), metric="f1", split="test")
    assert found.score() == pytest.approx(scores["f1"], abs=EXACT)


def test_questions_are_counted_by_rank(tmp_path):
    ranks = [1, 0, 3, 1]
    write_results(tmp_path, {}, answer_type="span", definitions={})
    (tmp_path / "bioasq_results.json").write_text(
        json.dumps(
            {
                "scores": {
                    "bioasq_mrr": (1 + 1 / 3 + 1) / 4,
                    "bioasq_strict_accuracy": 0.5,
                    "bioasq_lenient_accuracy": 0.75,
                },
                "questions": [
                    {"id": f"q{i}", "rank": rank}
                    for i, rank in enumerate(ranks)
                ],
            }
        )
    )
    for metric in (
        "bioasq_mrr",
        "bioasq_strict_accuracy",
        "bioasq_lenient_accuracy",
    ):
        found = units.units_of_run(str(tmp_path), metric=metric, split="test")
        assert (len(found), found.unit) == (4, "question")
    assert units.per_type_of_run(str(tmp_path), split="test") == {}


def test_other_scores_of_questions_are_refused(tmp_path):
    write_results(tmp_path, {"test": {"f1": 0.5}}, answer_type="span")
    with pytest.raises(InputError, match=r"BioASQ's scores .*bioasq_mrr"):
        units.units_of_run(str(tmp_path), metric="f1", split="test")


def test_predictions_of_another_scoring_are_refused(tmp_path):
    gold, predicted = random_tags(TYPED, seed=1)
    scores = score_tags(gold, gold)
    write_results(tmp_path, {"test": scores}, label_scheme="word")
    write_tags(tmp_path, gold=gold, predicted=predicted)
    with pytest.raises(InputError, match=r"not those .*expected 1\.000000"):
        units.units_of_run(str(tmp_path), metric="entity_f1", split="test")


def test_what_is_missing_or_damaged_is_named_without_text(tmp_path):
    folder = str(tmp_path)
    with pytest.raises(InputError, match="results is missing"):
        units.units_of_run(folder, metric="entity_f1", split="test")
    write_results(tmp_path, {"test": {"entity_f1": 0}}, label_scheme="word")
    with pytest.raises(InputError, match="not scored by this on dev"):
        units.units_of_run(folder, metric="entity_f1", split="dev")
    with pytest.raises(InputError, match=r"no predictions .*NER_result_conll"):
        units.units_of_run(folder, metric="entity_f1", split="test")
    path = tmp_path / "NER_result_conll.txt"
    path.write_text("Zimbul O O\nZimbul O\n\n")
    with pytest.raises(InputError, match=r"conll\.txt:2: .*cannot") as error:
        units.units_of_run(folder, metric="entity_f1", split="test")
    assert "Zimbul" not in str(error.value)
    write_texts(tmp_path, "gad", "relation")
    (tmp_path / "predictions.tsv").write_text("id\tgold\tprediction\n1\t0\n")
    with pytest.raises(InputError, match=r"predictions\.tsv:2: "):
        units.units_of_run(folder, metric="f1", split="test")


def test_counts_are_kept_in_a_file_without_text(tmp_path):
    gold, predicted = random_tags(TYPED, seed=2)
    write_results(
        tmp_path, {"test": score_tags(gold, predicted)}, label_scheme="word"
    )
    write_tags(tmp_path, gold=gold, predicted=predicted)
    counted = units.units_of_run(
        str(tmp_path), metric="entity_macro_f1", split="test"
    )
    paths = [tmp_path / name for name in ("a.npz", "b.npz")]
    for path in paths:
        units.save(str(path), counted)
    again = units.load(str(paths[0]))
    np.testing.assert_array_equal(again.counts, counted.counts)
    assert (again.metric, again.unit) == ("entity_macro_f1", "sentence")
    assert again.names == counted.names
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with np.load(paths[0], allow_pickle=False) as arrays:
        shown = " ".join(str(arrays[name]) for name in arrays)
    assert "Zimbul" not in shown
    assert "Disease" not in shown


def test_files_that_are_no_counts_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(InputError, match="file of counts by unit is missing"):
        units.load(str(path))
    good = UnitSums("accuracy", "row", ("total", "units"), np.ones([4, 2]))
    units.save(str(path), good)
    whole = path.read_bytes()
    for bad in (b"x", whole[:-40], whole.replace(b"counts.npy", b"amount.npy")):
        path.write_bytes(bad)
        with pytest.raises(InputError, match="damaged"):
            units.load(str(path))
    np.savez(path, counts=np.array([{}], object))  # a pickle
    with pytest.raises(InputError, match="damaged"):
        units.load(str(path))


@pytest.mark.slow
def test_the_files_of_a_real_tagger(trained_dir):
    results = json.loads((trained_dir / "results.json").read_text("utf-8"))
    assert results["scores"]
    for split, scores in results["scores"].items():
        found = units.units_of_run(
            str(trained_dir), metric="entity_f1", split=split
        )
        assert found.score() == pytest.approx(scores["entity_f1"], abs=EXACT)
        assert len(found) == scores["num_sentences"]


@pytest.mark.parametrize(
    ("name", "script", "metric"),
    [
        ("gad", "relation", "f1"),
        ("mednli", "classifier", "accuracy"),
        ("chemprot", "relation", "micro_f1"),
        ("hoc", "classifier", "document_example_f1"),
    ],
)
def test_the_majority_is_that_of_the_report(tmp_path, name, script, metric):
    write_texts(tmp_path, name, script)
    corpus = find_text_corpus(name, script)
    expected = text_scores.majority_scores(random_predictions(corpus), corpus)
    found = units.majority_of_run(str(tmp_path), metric=metric, split="test")
    assert found == pytest.approx(expected[metric], abs=EXACT)


def test_numbers_and_tags_have_no_majority(tmp_path):
    write_texts(tmp_path, "biosses", "classifier")
    found = units.majority_of_run(str(tmp_path), metric="pearson", split="test")
    assert found is None
    write_results(tmp_path, {"test": {"entity_f1": 0.5}}, label_scheme="word")
    found = units.majority_of_run(
        str(tmp_path), metric="entity_f1", split="test"
    )
    assert found is None
