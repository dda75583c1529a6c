"""Scores of texts: scikit-learn 1.9.1, scipy 1.17.1, tables by hand.

The numbers of the two packages were computed once, with `zero_division=0`
and the labels that each corpus scores.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.catalog import find_text_corpus
from tasks.text_report import report, scores_by_class
from tasks.text_scores import definitions, majority_scores, score_texts
from tests.tasks.text_predictions_of import TEXT, of_digits, predictions_of

# Index 2 (CPR:5) is in neither, 3 (CPR:6) is never predicted, 5 is "false".
CHEMPROT = (
    "311154515005055501514013530501411533515115055501510555115013",
    "511154511555155501541015550501405545551115055505510550115014",
)
# precision_recall_fscore_support(labels=[0, 1, 2, 3, 4], average=...)
OF_CHEMPROT = {
    "micro_precision": 0.71875,
    "micro_recall": 0.6052631578947368,
    "micro_f1": 0.6571428571428571,
    "macro_precision": 0.39294117647058824,
    "macro_recall": 0.4232323232323232,
    "macro_f1": 0.40095238095238095,
    "accuracy": 0.7,  # accuracy_score
    "matthews": 0.5865011721800139,  # matthews_corrcoef
}
DDI = (  # index 4 is DDI-false
    "011014103414334431334403424140110340011303302101344420334130",
    "011010203444234431234400424140110344111343302141340220331030",
)
OF_DDI = {
    "micro_f1": 0.7777777777777778,
    "macro_precision": 0.7417582417582418,
    "macro_recall": 0.8195054945054945,
    "macro_f1": 0.749002849002849,
    "accuracy": 0.7666666666666667,
    "matthews": 0.705745613137566,
}
GAD = (
    "0011111100111010011111011100010111000111",
    "0010111000101010101001011101010111011111",
)
OF_GAD = {  # average="binary", pos_label=1; specificity: recall of 0
    "precision": 0.8260869565217391,
    "recall": 0.76,
    "f1": 0.7916666666666666,
    "specificity": 0.7333333333333333,
    "matthews": 0.48313412715852977,
    "accuracy": 0.75,
    "macro_f1": 0.7395833333333333,
}


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("chemprot", CHEMPROT, OF_CHEMPROT),
        ("ddi", DDI, OF_DDI),
        ("gad", GAD, OF_GAD),
    ],
)
def test_classes_are_as_in_scikit_learn(name, labels, expected):
    corpus, predictions = of_digits(name, "relation", *labels)
    scores = score_texts(predictions, corpus)
    for key, value in expected.items():
        assert scores[key] == pytest.approx(value, abs=1e-12), key
    assert ("specificity" in scores) == (name == "gad")
    assert corpus.headline in expected


def test_micro_f1_of_all_13_classes_is_accuracy():
    names = find_text_corpus("chemprot_scibert", "relation").labels
    corpus, predictions = of_digits(
        "chemprot_scibert", "relation", "0123456789", "0123450089"
    )
    scores = score_texts(predictions, corpus)
    assert scores["micro_f1"] == scores["accuracy"] == pytest.approx(0.8)
    assert definitions(corpus, names)["micro_f1"].endswith("13 classes")


def test_four_types_of_ddi_by_hand():
    # advise: 2 gold, 1 found, 1 right; effect: 1, 2, 1; int: 0, 1, 0;
    # mechanism: 1, 0, 0. F1s 2/3, 2/3, 0, 0; counts 4, 4, 2.
    corpus, predictions = of_digits("ddi", "relation", "001344", "011424")
    scores = score_texts(predictions, corpus)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 2 / 3) / 4)
    assert scores["micro_f1"] == pytest.approx(4 / 8)
    assert scores["accuracy"] == pytest.approx(3 / 6)


MULTI = (
    "0000 1001 0001 0101 0000 0001 0000 1000 0000 0011 "
    "0101 1001 0001 0000 0100 0001 0100 0010 0000 0110",
    "1000 1001 0001 0000 1010 0000 0000 0100 0000 0111 "
    "0100 1000 0001 0000 0100 0110 0100 0100 1000 1111",
)
OF_MULTI = {
    "micro_precision": 0.5217391304347826,
    "micro_recall": 0.6,
    "micro_f1": 0.5581395348837209,
    "macro_precision": 0.5333333333333333,
    "macro_recall": 0.6444444444444444,
    "macro_f1": 0.5506715506715507,
    # average="samples" of the 14 rows that have a label
    "example_precision": 0.5833333333333333,
    "example_recall": 0.5714285714285714,
    "exact_match": 0.4,  # accuracy_score
}


def sets_of(rows, names):
    return [
        tuple(n for n, bit in zip(names, row, strict=True) if bit == "1")
        for row in rows.split()
    ]


def test_labels_are_as_in_scikit_learn():
    corpus = replace(
        find_text_corpus("text", "classifier"),
        kind="labels",
        labels=("a", "b", "c", "d"),
        headline="micro_f1",
    )
    gold, predicted = (sets_of(rows, corpus.labels) for rows in MULTI)
    scores = score_texts(predictions_of(corpus, gold, predicted), corpus)
    for key, value in OF_MULTI.items():
        assert scores[key] == pytest.approx(value, abs=1e-12), key
    precision = OF_MULTI["example_precision"]
    recall = OF_MULTI["example_recall"]
    f1 = 2 * precision * recall / (precision + recall)
    assert scores["example_f1"] == pytest.approx(f1)
    assert "document_example_f1" not in scores


SCORES = [
    *((2.6, 1.5), (1.4, 0.75), (2.4, 3.0), (2.6, 2.5), (0.4, -0.25)),
    *((2.2, 3.0), (2.4, 1.5), (0.4, 0.0), (0.8, 1.5), (0.2, -0.25)),
    *((0.8, 1.0), (0.2, 0.25), (2.4, 1.25), (3.2, 2.75), (0.4, -0.0)),
    *((3.6, 3.0), (1.0, 2.0), (0.0, -0.0), (1.6, 1.0), (1.2, -0.25)),
    *((1.4, 1.0), (1.2, 2.5), (3.2, 2.75), (1.4, 2.0)),
]


def test_numbers_are_as_in_scipy():
    corpus = find_text_corpus("biosses", "classifier")
    scores = score_texts(
        predictions_of(corpus, *zip(*SCORES, strict=True)), corpus
    )
    assert scores == {
        "pearson": pytest.approx(0.7944754327018808, abs=1e-12),
        "spearman": pytest.approx(0.7635971522369716, abs=1e-12),
        "mse": pytest.approx(0.52875, abs=1e-12),
    }


@pytest.mark.parametrize(
    ("gold", "predicted", "mse"),
    [([1.0, 2.0], [1.5, 1.5], 0.25), ([1.0], [3.0], 4.0)],
)
def test_correlations_that_are_not_defined_are_0(gold, predicted, mse):
    corpus = find_text_corpus("biosses", "classifier")
    scores = score_texts(predictions_of(corpus, gold, predicted), corpus)
    assert scores == {"pearson": 0.0, "spearman": 0.0, "mse": mse}


def hallmarks(*ids):
    names = find_text_corpus("hoc", "classifier").labels
    return tuple(names[i] for i in ids)


# Two documents, several sentences, an empty prediction; and one document
# without any hallmark, which BLUE's script would divide by zero for.
HOC = [
    # id, gold, predicted
    ("11_s0", hallmarks(0), hallmarks(0)),
    ("11_s1", hallmarks(0, 7), hallmarks(3)),
    ("11_s2", hallmarks(), hallmarks(3)),
    ("12_s0", hallmarks(5), hallmarks()),
    ("12_s1", hallmarks(), hallmarks()),
    ("13_s0", hallmarks(), hallmarks(2)),
]


def test_hallmarks_by_hand():
    corpus = find_text_corpus("hoc", "classifier")
    ids, gold, predicted = zip(*HOC, strict=True)
    scores = score_texts(
        predictions_of(corpus, gold, predicted, ids=list(ids)), corpus
    )
    # Document 11: gold {0, 7}, found {0, 3}: P 1/2, R 1/2. Document 12: gold
    # {5}, found nothing: P 0, R 0. Document 13 is left out.
    assert scores["document_example_precision"] == pytest.approx(1 / 4)
    assert scores["document_example_recall"] == pytest.approx(1 / 4)
    assert scores["document_example_f1"] == pytest.approx(1 / 4)
    # Rows with gold: P 1, 0, 0; R 1, 0, 0.
    assert scores["example_f1"] == pytest.approx(1 / 3)
    # Counts: 4 in gold, 4 found, 1 right.
    assert scores["micro_f1"] == pytest.approx(2 / 8)
    assert scores["macro_f1"] == pytest.approx((2 / 3) / 10)
    # 11_s0 and 12_s1.
    assert scores["exact_match"] == pytest.approx(2 / 6)


def test_whole_documents_score_as_the_union_of_their_rows():
    corpus = find_text_corpus("hoc_documents", "classifier")
    gold = [hallmarks(0, 7), hallmarks(5), hallmarks()]
    predicted = [hallmarks(0, 3), hallmarks(), hallmarks(2)]
    scores = score_texts(
        predictions_of(corpus, gold, predicted, ids=["11", "12", "13"]), corpus
    )
    assert scores["document_example_f1"] == pytest.approx(1 / 4)
    assert scores["document_example_f1"] == scores["example_f1"]


def test_the_majority_is_scored_as_a_prediction():
    corpus, predictions = of_digits("gad", "relation", "1101", "0000")
    scores = majority_scores(predictions, corpus)
    assert scores["accuracy"] == pytest.approx(3 / 4)
    assert scores["f1"] == pytest.approx(6 / 7)
    assert scores["specificity"] == 0
    corpus = find_text_corpus("hoc", "classifier")
    gold = [hallmarks(), hallmarks(), hallmarks(4), hallmarks(4, 5)]
    scores = majority_scores(predictions_of(corpus, gold, gold), corpus)
    # {4} for each: P 1, 1; R 1, 1/2.
    assert scores["example_f1"] == pytest.approx(2 * 0.75 / 1.75)
    corpus = find_text_corpus("sts_b", "classifier")
    gold = [1.0, 2.0, 4.5]
    scores = majority_scores(predictions_of(corpus, gold, gold), corpus)
    assert scores["pearson"] == 0
    assert scores["mse"] == pytest.approx(6.5 / 3)  # the variance


def test_every_score_has_its_definition():
    for name, script, gold in (
        ("gad", "relation", "0110"),
        ("ddi", "relation", "0123"),
    ):
        corpus, predictions = of_digits(name, script, gold, gold)
        meaning = definitions(corpus, corpus.labels)
        scores = score_texts(predictions, corpus)
        assert set(scores) <= set(meaning)
        assert "without DDI-false" in meaning["macro_f1"] or name == "gad"
    for name, gold in (("hoc", [hallmarks(1)] * 2), ("sts_b", [1.0, 2.0])):
        corpus = find_text_corpus(name, "classifier")
        scores = score_texts(predictions_of(corpus, gold, gold), corpus)
        assert set(scores) <= set(definitions(corpus, corpus.labels or ()))


# --- The report.


def report_of(corpus, predictions):
    scores = score_texts(predictions, corpus) | {"loss": 0.25}
    return report(predictions, corpus, scores=scores)


def test_the_report_says_what_is_what():
    corpus, predictions = of_digits("chemprot", "relation", *CHEMPROT)
    text = report_of(corpus, predictions)
    assert "* micro_f1 0.6571 (majority 0.0000): F1, of counts added" in text
    assert "(without false)" in text
    assert "CPR:5" in text
    assert "loss 0.2500; 60 rows" in text
    assert TEXT not in text
    by_class = scores_by_class(predictions)
    assert by_class["CPR:5"].gold == by_class["CPR:5"].found == 0
    assert sum(score.gold for score in by_class.values()) == 60


def test_the_report_warns():
    corpus, predictions = of_digits("gad", "relation", "0011", "1111")
    text = report_of(corpus, replace(predictions, num_cut=3))
    assert "the same label was predicted for every row" in text
    assert "the end of 3 of 4 texts" in text
    corpus = find_text_corpus("biosses", "classifier")
    predictions = predictions_of(corpus, [1.0, 4.0], [-0.5, 4.0])
    text = report_of(corpus, predictions)
    assert "1 of 2 scores are outside 0 to 4" in text
    assert "WARNING" not in text


def test_the_report_without_labels():
    corpus, predictions = of_digits("gad", "relation", "00", "10")
    examples = tuple(replace(e, label=None) for e in predictions.examples)
    predictions = replace(predictions, examples=examples, loss=None)
    text = report(predictions, corpus, scores={})
    assert text == "2 rows predicted; without labels, no scores.\n"
