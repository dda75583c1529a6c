import itertools
import logging
import random

import numpy as np
import pytest

from reporting.confusion import count_confusion, write_confusion

GOLD = [["B-X", "I-X", "O", "B-Y"], ["O", "O"]]
PREDICTED = [["B-X", "B-Y", "O", "O"], ["O", "I-Z"]]


def test_words_are_counted_by_type():
    confusion = count_confusion(GOLD, PREDICTED)
    assert confusion.classes == ["X", "Y", "Z", "O"]
    assert confusion.counts.tolist() == [
        [1, 1, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 1, 2],
    ]
    assert confusion.shares().tolist() == [
        [0.5, 0.5, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 1 / 3, 2 / 3],
    ]


def test_tags_without_type_are_one_class_and_a_type_o_is_not_outside():
    confusion = count_confusion([["B", "I", "O"]], [["B", "O", "O"]])
    assert confusion.classes == ["entity", "O"]
    assert confusion.counts.tolist() == [[1, 1], [0, 1]]
    confusion = count_confusion([["B-O", "O"]], [["O", "O"]])
    assert confusion.classes == ["O", "O"]
    assert confusion.counts.tolist() == [[0, 1], [0, 1]]


def test_counts_are_those_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = random.Random(4)
    tags = ["O", "B-X", "I-X", "B-a-b", "I-a-b", "B-c"]
    gold = [[rng.choice(tags) for _ in range(50)] for _ in range(20)]
    predicted = [[rng.choice(tags) for _ in s] for s in gold]
    confusion = count_confusion(gold, predicted)
    theirs = metrics.confusion_matrix(
        *(
            [tag[2:] or "O" for tag in itertools.chain(*sentences)]
            for sentences in (gold, predicted)
        ),
        labels=confusion.classes,
    )
    assert np.array_equal(confusion.counts, theirs)


def test_different_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        count_confusion([["O", "O"]], [["O"]])


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_a_small_picture_has_counts(tmp_path, figures):
    path = str(tmp_path / "confusion.png")
    assert write_confusion(count_confusion(GOLD, PREDICTED), path) == path
    axes = figures[0].axes[0]
    assert "50.0%\n1" in texts(axes)
    assert "66.7%\n2" in texts(axes)
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows == ["X (2)", "Y (1)", "Z (0)", "O (3)"]
    columns = [label.get_text() for label in axes.get_xticklabels()]
    assert columns == ["X (1)", "Y (1)", "Z (1)", "O (3)"]


@pytest.mark.parametrize("num_types", [20, 45])
def test_with_many_types_nothing_overlaps(tmp_path, figures, num_types):
    rng = random.Random(2)
    kinds = [f"Sign_or_symptom_{n}" for n in range(num_types)]
    gold = [[f"B-{kind}" for kind in kinds for _ in range(2)]]
    predicted = [[rng.choice([tag, "O"]) for tag in gold[0]]]
    confusion = count_confusion(gold, predicted)
    write_confusion(confusion, str(tmp_path / "confusion.png"))
    figure = figures[0]
    axes = figure.axes[0]
    figure.draw_without_rendering()
    for ticks, side in (
        (axes.get_yticklabels(), 1),
        (axes.get_xticklabels(), 0),
    ):
        boxes = [label.get_window_extent() for label in ticks]
        assert len(boxes) == num_types + 1
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)
        cell = abs(
            axes.transData.transform((1, 1))[side]
            - axes.transData.transform((0, 0))[side]
        )
        sizes = [t.get_window_extent().size[side] for t in axes.texts]
        assert max(sizes) < cell
    whole = figure.bbox
    assert all(
        whole.contains(*corner)
        for label in [*axes.get_yticklabels(), *axes.get_xticklabels()]
        for corner in label.get_window_extent().corners()
    )


def test_without_words_there_is_a_line_in_the_log(tmp_path, caplog):
    path = tmp_path / "confusion.png"
    with caplog.at_level(logging.INFO):
        assert write_confusion(count_confusion([[]], [[]]), str(path)) is None
    assert "there are no words" in caplog.text
    assert not path.exists()
