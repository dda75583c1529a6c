import json
import logging
import math

import numpy as np
import pytest

from reporting.history import Standing, read_history


@pytest.fixture
def write(tmp_path):
    def _write(*lines):
        text = "".join(
            line if isinstance(line, str) else json.dumps(line) + "\n"
            for line in lines
        )
        (tmp_path / "metrics.jsonl").write_text(text, encoding="utf-8")
        return read_history(str(tmp_path))

    return _write


def test_lines_of_one_step_are_one_row(write):
    history = write(
        {"step": 2, "loss": 4.0}, {"step": 2, "dev_f": 0.5}, {"step": 4}
    )
    assert history.rows == {2: {"loss": 4.0, "dev_f": 0.5}, 4: {}}


def test_a_run_without_a_log_has_no_history(tmp_path):
    history = read_history(str(tmp_path / "nowhere"))
    assert not history.rows
    assert not len(history.series("loss"))
    assert history.best("dev_f") is None
    assert history.at(3) == Standing(None, None, None)


def test_half_a_line_of_a_killed_run_is_left_out_and_said(write, caplog):
    with caplog.at_level(logging.WARNING):
        history = write({"step": 1, "loss": 1}, '{"step": 2, "lo')
    assert list(history.rows) == [1]
    assert "1 lines" in caplog.text
    assert "line 2" in caplog.text


def test_what_is_no_row_of_numbers_is_left_out(write):
    history = write(
        "[1]\n", '{"loss": 1}\n', '{"step": "x"}\n', "\n",
        {"step": 1, "loss": 2, "name": "x", "flag": True, "none": None},
    )  # fmt: skip
    assert history.rows == {1: {"loss": 2}}


def test_values_that_are_not_finite_are_counted_and_left_out(write):
    history = write(
        {"step": 1, "loss": math.nan},
        {"step": 2, "loss": 2.0},
        {"step": 3, "loss": math.inf},
    )
    series = history.series("loss")
    assert series.steps.tolist() == [2]
    assert series.values.tolist() == [2.0]
    assert series.num_not_finite == 2


def test_a_step_that_was_logged_again_counts_once_and_steps_rise(write):
    history = write(
        {"step": 4, "loss": 4.0}, {"step": 2, "loss": 1}, {"step": 4, "loss": 3}
    )
    assert history.series("loss").steps.tolist() == [2, 4]
    assert history.series("loss").values.tolist() == [1, 3]


def test_the_first_of_equal_scores_is_the_best_one(write):
    history = write(
        {"step": 1, "dev_f": math.nan},
        {"step": 2, "dev_f": 0.7},
        {"step": 3, "dev_f": 0.9},
        {"step": 4, "dev_f": 0.9},
    )
    assert history.best("dev_f") == (3, 0.9)


def test_epochs_between_and_beyond_logged_steps(write):
    history = write({"step": 10, "epoch": 1.0}, {"step": 20, "epoch": 2.0})
    epochs = history.epochs_at(np.array([0, 5, 10, 15, 25]))
    assert epochs.tolist() == [0.0, 0.5, 1.0, 1.5, 2.5]


def test_the_training_loss_is_the_mean_of_the_epoch_that_ends(write):
    history = write(
        *({"step": s, "loss": s, "epoch": s / 10} for s in range(2, 31, 2)),
        {"step": 20, "dev_loss": 0.5},
    )
    assert history.at(20) == Standing(2.0, (12 + 14 + 16 + 18 + 20) / 5, 0.5)
    assert history.at(15).training_loss == (6 + 8 + 10 + 12 + 14) / 5
    assert history.at(15).dev_loss is None
