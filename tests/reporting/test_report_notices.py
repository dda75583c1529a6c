"""What makes a number incomparable is said."""

import dataclasses

import pytest

from reporting import experiments
from reporting.report_data import collect
from reporting.report_notices import CAREFUL, NOTE, SERIOUS, notices
from tests.reporting.ledgers import DIGEST, row


def labels(*rows):
    (table,) = collect(rows)
    (group,) = table.groups
    return {n.label: n.level for n in notices(group)}


def test_two_seeds_of_the_published_settings_have_no_warning_of_their_own():
    found = labels(row(changed={}), row(changed={}, seed=2))
    assert found == {"published: best of runs": CAREFUL}


@pytest.mark.parametrize(
    ("changes", "label", "level"),
    [
        (
            {"warnings": ["3 of 9 test rows are also in train"]},
            "33.3 % of test seen in training",
            SERIOUS,
        ),
        (
            {"warnings": ["22 of 940 test rows are also in dev"]},
            "2.3 % of test seen in dev",
            SERIOUS,
        ),
        (  # so few do not move a score
            {"warnings": ["2 of 940 test rows are also in train"]},
            "0.2 % of test seen in training",
            CAREFUL,
        ),
        (
            {"warnings": ["2 of the test rows are also in train"]},
            "test seen in training",
            SERIOUS,
        ),
        ({"warnings": ["something else"]}, "warning", CAREFUL),
        ({"split": "dev"}, "dev used as test", SERIOUS),
        ({}, "one seed", NOTE),
        ({}, "2 settings changed", CAREFUL),
        (
            {"tuned": [{"settings": {"a": "1"}, "score": 70.0}]},
            "tuned on dev",
            NOTE,
        ),
        (
            {"code": {"commit": "a", "clean": False, "sources": "b"}},
            "code not committed",
            CAREFUL,
        ),
        (
            {"table": "biobert_re", "experiment": "gad", "fold": 1},
            "1 of 10 folds",
            CAREFUL,
        ),
    ],
)
def test_it_is_said(changes, label, level):
    assert labels(row(**changes))[label] == level


@pytest.mark.parametrize(
    ("kind", "label", "level"),
    [
        (experiments.BEST_RUN, "published: best of runs", CAREFUL),
        (experiments.SINGLE_RUN, "published: one run", NOTE),
        (experiments.DEV_SCORE, "published: on dev", CAREFUL),
        (experiments.TUNED_ON_TEST, "published: chosen on test", CAREFUL),
        (experiments.MEAN, None, None),
    ],
)
def test_what_the_published_number_is_of_is_said(kind, label, level):
    (table,) = collect([row()])
    group = table.groups[0]

    def labels_with(*cells):
        published = dataclasses.replace(group.published, published=cells)
        changed = dataclasses.replace(group, published=published)
        found = {n.label: n.level for n in notices(changed)}
        return {k: v for k, v in found.items() if k.startswith("published")}

    expected = {label: level} if label else {}
    assert labels_with(experiments.Cell("BERT", 80, kind)) == expected
    # What is said of an honest number stands beside it.
    assert labels_with(experiments.Cell("BERT", 80, kind, honest=True)) == {}


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"processor": {"name": "another", "threads": 2}}, "processors differ"),
        ({"code": {"sources": "other", "clean": True}}, "code differs"),
        ({"recipe": {"path": "p", "sha256": "other"}}, None),
        (
            {"files": {"test": [{"path": "t", "sha256": "other"}]}},
            "files differ",
        ),
    ],
)
def test_differences_between_seeds_are_said(changes, label):
    recipe = {"path": "p", "sha256": DIGEST}
    second = {"recipe": recipe, **changes, "seed": 2}
    found = labels(row(recipe=recipe), row(**second))
    if label is None:
        label = "recipe differs"
    assert label in found
    assert label not in labels(row(recipe=recipe), row(recipe=recipe, seed=2))


def test_repeated_runs_are_said():
    (table,) = collect([row(score=79), row(score=80)])
    (notice,) = [n for n in notices(table.groups[0]) if n.label == "repeated"]
    assert notice.level == CAREFUL
    assert "80.00" in notice.text
    assert labels(row(), row())["repeated"] == NOTE


@pytest.mark.parametrize(
    ("score", "warned"), [(66.2, True), (69.6, True), (69.7, False)]
)
def test_a_score_that_a_constant_has_is_called_so(score, warned):
    of_runs = row(
        metric="accuracy",
        score=score,
        scores={"accuracy": score / 100, "majority_accuracy": 0.696},
    )
    found = labels(of_runs)
    assert ("no better than a constant" in found) == warned
    assert found.get("no better than a constant", SERIOUS) == SERIOUS


@pytest.mark.parametrize(("count", "warned"), [(37, True), (100, False)])
def test_a_small_test_set_is_said(count, warned):
    files = {"test": [{"path": "t", "sha256": DIGEST, "num_examples": count}]}
    assert (labels(row(files=files)).get("37 test rows") == CAREFUL) == warned


def test_what_the_runs_say_of_dev_is_said_once():
    said = "there is no test data: dev is used as test; it chose nothing"
    (table,) = collect([row(split="dev", warnings=[said])])
    of_dev = [n for n in notices(table.groups[0]) if "dev" in n.text]
    assert [(n.label, n.text) for n in of_dev] == [("dev used as test", said)]


def test_changed_settings_are_said_in_words():
    changed = {"a": ["1", "2"], "b": [None, "bfloat16"], "c": ["3", None]}
    (table,) = collect([row(changed=changed)])
    (notice,) = [n for n in notices(table.groups[0]) if "changed" in n.label]
    assert notice.text.endswith(
        "a 2 instead of 1; b bfloat16, which the recipe does not set; "
        "c not set, the recipe has 3"
    )
