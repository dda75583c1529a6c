"""Labels in a fixed order, kept beside the model, and never a text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from foundation.errors import InputError
from tasks.catalog import find_text_corpus
from tasks.class_labels import ClassLabels, labels_of_corpus
from tasks.text_examples import TextExample

GENERIC = find_text_corpus("text", "classifier")
SECRET = "Zimbul"


def examples_of(*labels):
    return [TextExample("0", "a", label=label) for label in labels]


def labels_of(*labels, kind="classes"):
    corpus = replace(GENERIC, kind=kind)
    return labels_of_corpus(corpus, examples_of(*labels), "train.tsv")


def test_the_corpus_has_its_order_whatever_train_has():
    corpus = find_text_corpus("chemprot", "relation")
    labels = labels_of_corpus(corpus, examples_of("false", "CPR:9"), "x")
    assert labels.names == corpus.labels
    assert labels.num_outputs == 6


def test_labels_of_train_are_sorted_numbers_by_value():
    assert labels_of("b", "a", "b").names == ("a", "b")
    assert labels_of("10", "9", "-1", "2.5").names == ("-1", "2.5", "9", "10")
    assert labels_of("x", "10", "9").names == ("9", "10", "x")
    assert labels_of(("b", "a"), (), ("c",), kind="labels").names == (
        *("a", "b", "c"),
    )


def test_outputs_of_each_kind():
    assert labels_of(1.5, 2.0, kind="score") == ClassLabels("score")
    assert ClassLabels("score").num_outputs == 1
    race = find_text_corpus("race", "classifier")
    assert labels_of_corpus(race, [], "x").num_outputs == 1
    hoc = find_text_corpus("hoc", "classifier")
    assert labels_of_corpus(hoc, [], "x").num_outputs == 10


def test_ids():
    labels = ClassLabels("labels", ("a", "b", "c"))
    (several, one, none, unknown) = examples_of(("c", "a"), ("b",), (), None)
    assert labels.ids_of(several) == [2, 0]
    assert labels.ids_of(one) == [1]
    assert labels.ids_of(none) == labels.ids_of(unknown) == []
    assert ClassLabels("classes", ("a", "b")).ids_of(examples_of("b")[0]) == [1]


TEXTS = {
    "one label": ["a"] * 9,
    "sentences": ["He is well.", f"Mr {SECRET} has a fever, and is in bed."]
    * 4,
    "long sentences without a comma": [
        "a",
        f"{SECRET} was seen at home and had no more fever",
    ],
    "long words": ["a", SECRET * 11],
    "over 200": [f"{SECRET}{n}" for n in range(201) for _ in range(3)],
    "names of people": [f"{SECRET} {n}" for n in range(21)],
    "quotes": ["a", f'"{SECRET}"'],
    "line ends": ["a", f"{SECRET}\nb"],
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_may_be_texts_is_refused_and_not_shown(case):
    with pytest.raises(InputError, match="cannot be labels") as caught:
        labels_of(*TEXTS[case])
    assert SECRET not in str(caught.value)
    assert "--label_col" in str(caught.value)


@pytest.mark.parametrize(
    "labels",
    [
        ["yes", "no"],
        ["0", "1"],
        ["CPR:3", "false"],
        ["entailment", "not_entailment"],
        ["genomic instability and mutation", "B/C (late)"],
        ["infecção", "lesão"],
        [f"C{n}" for n in range(200) for _ in range(2)],
        [f"C{n}" for n in range(20)],
    ],
)
def test_what_are_labels(labels):
    assert len(labels_of(*labels).names) == len(set(labels))


def test_check_names_the_line_and_not_the_label():
    labels = ClassLabels("classes", ("a", "b"))
    known, unknown = examples_of("a", SECRET)
    labels.check([known, *examples_of(None)], "dev.tsv")
    with pytest.raises(InputError) as caught:
        labels.check([known, replace(unknown, line=7)], "dev.tsv")
    assert "dev.tsv:7: unknown label" in str(caught.value)
    assert "expected one of a, b" in str(caught.value)
    assert SECRET not in str(caught.value)
    with pytest.raises(InputError, match="unknown label"):
        ClassLabels("labels", ("a",)).check(examples_of(("a", "b")), None)
    ClassLabels("score").check(examples_of(2.5), "dev.tsv")


def test_saved_labels_are_found_again_and_defended(tmp_path):
    folder = str(tmp_path / "out")
    labels = ClassLabels("labels", ("ção", "b"))
    labels.save(folder)
    labels.save(folder)
    assert ClassLabels.load(folder) == labels
    for other in (
        ClassLabels("labels", ("b", "ção")),
        ClassLabels("classes", ("ção", "b")),
    ):
        with pytest.raises(InputError, match="belongs to another label set"):
            other.save(folder)


@pytest.mark.parametrize(
    "value",
    [
        {"scheme": "word", "labels": ["O"]},  # of run_ner.py
        {"scheme": "classes", "labels": [1]},
        {"scheme": "classes"},
        {"scheme": ["classes"], "labels": []},
    ],
)
def test_other_label_maps_are_refused(tmp_path, value):
    (tmp_path / "label_map.json").write_text(json.dumps(value))
    with pytest.raises(InputError, match="not a classifier's label map"):
        ClassLabels.load(str(tmp_path))
