import pytest

from evaluation.tokens import score_tokens


def test_macro_f1_is_the_mean_of_f1s():
    gold = [["B", "I", "O"], ["B", "B", "O"]]
    predicted = [["B", "I", "I"], ["O", "O", "O"]]
    scores = score_tokens(gold, predicted, classes=("B", "I"))
    assert scores.precision == pytest.approx((1 + 1 / 2) / 2)
    assert scores.recall == pytest.approx((1 / 3 + 1) / 2)
    assert scores.f1 == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert scores.accuracy == pytest.approx(3 / 6)
    assert scores.histogram == {"B": 1, "I": 2, "O": 3}


def test_ids_do_as_well_and_nothing_is_zero():
    scores = score_tokens([[3, 3]], [[3, 3]], classes=(1, 2))
    assert (scores.f1, scores.accuracy) == (0.0, 1.0)
    assert score_tokens([], [], classes=()).accuracy == 0.0


def test_different_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        score_tokens([["O", "O"]], [["O"]], classes=("O",))
