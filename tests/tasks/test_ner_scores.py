import pytest

from tasks.ner_scores import (
    conlleval_table,
    count_cut,
    one_class_warning,
    score_tags,
)

GOLD = [["B-X", "I-X", "O"], ["B-Y", "O", "B-X"]]
PREDICTED = [["B-X", "I-X", "O"], ["I-Y", "O", "B-Y"]]


def test_names_and_values():
    metrics = score_tags(GOLD, PREDICTED, num_words_cut=2, num_entities_cut=1)
    assert list(metrics) == sorted(metrics)
    assert metrics["entity_f1"] == pytest.approx(2 / 3)
    assert metrics["entity_f1_X"] == pytest.approx(2 / 3)
    assert metrics["entity_f1_Y"] == pytest.approx(2 / 3)
    assert metrics["entity_macro_f1"] == pytest.approx(2 / 3)
    assert metrics["strict_f1"] == pytest.approx(2 / 5)
    assert metrics["strict_f1_Y"] == 0.0
    assert metrics["token_accuracy"] == pytest.approx(4 / 6)
    assert metrics["num_words"] == 6
    assert metrics["num_words_cut"] == 2
    assert metrics["num_entities_cut"] == 1
    assert metrics["num_entities_gold"] == 3
    assert metrics["num_entities_found"] == 3
    assert metrics["num_entities_correct"] == 2


def test_without_types_there_are_no_type_names():
    metrics = score_tags([["B", "I"]], [["B", "O"]])
    assert not any(name.startswith("entity_f1_") for name in metrics)
    assert metrics["token_f1"] == pytest.approx(0.5)


def test_table():
    table = conlleval_table(GOLD, PREDICTED)
    assert table.startswith("processed 6 tokens with 3 phrases; found: 3")


@pytest.mark.parametrize(
    ("kept", "expected"),
    [(6, (0, 0)), (5, (1, 0)), (3, (3, 1)), (2, (4, 1)), (0, (6, 2))],
)
def test_what_truncation_took(kept, expected):
    tags = ["B", "O", "B", "I", "I", "O"]
    assert count_cut(tags, kept) == expected


def test_one_class_is_said_with_causes():
    text = one_class_warning([["O", "O"], ["O"]])
    assert text is not None
    for cause in ("all 3 words were predicted O", "learning rate", "separator"):
        assert cause in text
    assert one_class_warning([["O", "B"]]) is None
    assert one_class_warning([]) is None


def test_types_of_words_count_b_and_i_alike():
    gold = [["B-P", "I-P", "O", "B-I"], ["O", "B-O"]]
    predicted = [["I-P", "B-P", "O", "B-O"], ["O", "B-O"]]
    # P 2 of 2; I missed; O found twice, once right: F1 2/3.
    scores = score_tags(gold, predicted)
    assert scores["word_type_f1"] == pytest.approx((1 + 0 + 2 / 3) / 3)
    assert score_tags([["B", "O"]], [["I", "O"]])["word_type_f1"] == 1.0
