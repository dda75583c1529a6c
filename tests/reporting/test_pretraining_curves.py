import json
import logging
import math
import subprocess
import sys

import numpy as np
import pytest

from reporting.pretraining_curves import write_pretraining_curves

PNG = b"\x89PNG\r\n\x1a\n"


def write_log(folder, rows):
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    return str(folder)


def training(num_rows=100, *, task="next_sentence", factor=1.0):
    """As the trainer logs it: a row each ten updates."""
    rows = []
    for step in range(10, 10 * num_rows + 1, 10):
        row = {
            "step": step,
            "loss": 9.0,
            "masked_lm_loss": factor * (6 + 4 * math.exp(-step / 200)),
            "masked_lm_accuracy": 0.1 * step / 1000,
            "learning_rate": 1e-4 * step / 1000,
            "gradient_norm": 2.0,
            "tokens_per_second": 1234.5,
            "epoch": step / 500,
        }
        if task:
            row |= {f"{task}_loss": 0.6, f"{task}_accuracy": 0.7}
        rows.append(row)
    return rows


def held_out(*losses, every=500, task="next_sentence"):
    """As evaluation in between logs it, before the first update too."""
    return [
        {
            "step": every * index,
            "eval_loss": loss + 0.65,
            "eval_masked_lm_loss": loss,
            "eval_masked_lm_accuracy": 0.05,
            f"eval_{task}_loss": 0.65,
            f"eval_{task}_accuracy": 0.62,
        }
        for index, loss in enumerate(losses)
    ]


def labels(axes):
    return [line.get_label() for line in axes.lines]


def legend(axes):
    found = axes.get_legend()
    return [text.get_text() for text in found.get_texts()] if found else []


def names(figure):
    return [axes.get_ylabel() for axes in figure.axes]


def test_a_whole_run(tmp_path, figures):
    folder = write_log(tmp_path, training() + held_out(10.3, 7.0, 6.25))
    path = write_pretraining_curves(folder, reference=6.43)
    assert path == str(tmp_path / "learning_curves.png")
    assert (tmp_path / "learning_curves.png").read_bytes().startswith(PNG)
    assert names(figures[0]) == [
        "masked LM loss (nats)",
        "masked LM accuracy",
        "next sentence loss (nats)",
        "next sentence accuracy",
        "learning rate",
        "gradient norm",
    ]
    loss, accuracy, sentence_loss, sentence = figures[0].axes[:4]
    assert legend(loss) == [
        "training (as logged)",
        "training (running mean of 5 logged)",
        "held out, last: 6.250",
    ]
    assert legend(accuracy) == ["held out, last: 0.050"]
    assert legend(sentence_loss) == ["held out, last: 0.650"]
    evaluated = loss.lines[2]
    assert evaluated.get_xdata().tolist() == [0, 500, 1000]
    assert evaluated.get_ydata().tolist() == [10.3, 7.0, 6.25]
    assert sentence.lines[2].get_ydata().tolist() == [0.62] * 3


def test_what_curves_are_compared_with_stands_on_a_line(tmp_path, figures):
    folder = write_log(tmp_path, training())
    write_pretraining_curves(folder, reference=6.43, reference_label="entropy")
    write_pretraining_curves(folder)
    loss, accuracy, sentence_loss, sentence = figures[0].axes[:4]
    for axes, text, value in (
        (loss, "entropy: 6.430", 6.43),
        (sentence_loss, "guessing: ln 2", math.log(2)),
        (sentence, "guessing", 0.5),
    ):
        assert [t.get_text() for t in axes.texts] == [text]
        assert list(axes.lines[-1].get_ydata()) == [value, value]
    assert not accuracy.texts
    assert not figures[1].axes[0].texts


def test_a_reference_far_from_the_curve_is_in_the_picture(tmp_path, figures):
    write_pretraining_curves(write_log(tmp_path, training()), reference=2.0)
    low, high = figures[0].axes[0].get_ylim()
    assert low < 2.0
    assert high > 9.9


def test_losses_do_not_begin_at_zero_and_accuracies_do(tmp_path, figures):
    write_pretraining_curves(write_log(tmp_path, training()))
    loss, accuracy, _, sentence = figures[0].axes[:4]
    assert loss.get_ylim()[0] > 5
    assert accuracy.get_ylim()[0] == 0
    assert sentence.get_ylim()[0] > 0.4


def test_sentence_order_has_its_own_name(tmp_path, figures):
    rows = training(task="sentence_order")
    rows += held_out(9.0, 8.0, task="sentence_order")
    write_pretraining_curves(write_log(tmp_path, rows))
    assert names(figures[0])[2:4] == [
        "sentence order loss (nats)",
        "sentence order accuracy",
    ]
    assert legend(figures[0].axes[3]) == ["held out, last: 0.620"]


def test_masked_lm_alone_has_no_sentence_diagrams(tmp_path, figures):
    write_pretraining_curves(write_log(tmp_path, training(task="")))
    assert names(figures[0]) == [
        "masked LM loss (nats)",
        "masked LM accuracy",
        "learning rate",
        "gradient norm",
    ]
    # Without held-out records nothing is left to say in a second legend.
    assert not legend(figures[0].axes[1])


def test_several_runs_share_one_picture(tmp_path, figures):
    runs = {
        f"seed {n}": write_log(
            tmp_path / f"seed_{n}",
            training(factor=n) + held_out(10.3, 7.0 + n),
        )
        for n in (1, 2)
    }
    write_pretraining_curves(str(tmp_path), runs=runs)
    loss = figures[0].axes[0]
    assert legend(loss) == [
        "seed 1 training (running mean of 5 logged)",
        "seed 2 training (running mean of 5 logged)",
        "seed 1 held out, last: 8.000",
        "seed 2 held out, last: 9.000",
    ]
    one, two, one_held_out, two_held_out = loss.lines
    assert one.get_color() == one_held_out.get_color() != two.get_color()
    assert two.get_color() == two_held_out.get_color()
    assert one.get_linestyle() != one_held_out.get_linestyle()


def test_runs_of_both_sentence_tasks_have_diagrams_of_both(tmp_path, figures):
    runs = {
        task: write_log(tmp_path / task, training(task=task))
        for task in ("next_sentence", "sentence_order")
    }
    write_pretraining_curves(str(tmp_path), runs=runs)
    assert len(figures[0].axes) == 8
    for axes, label in zip(figures[0].axes[2::2], runs, strict=False):
        drawn = [line for line in axes.lines[:2] if len(line.get_xdata())]
        assert len(drawn) == 1, label


def test_epochs_are_above_both_columns(tmp_path, figures):
    write_pretraining_curves(write_log(tmp_path, training()))
    loss, accuracy = figures[0].axes[:2]
    for axes in (loss, accuracy):
        epochs = axes.child_axes[0]
        assert epochs.get_xlim() == pytest.approx(
            np.array(axes.get_xlim()) / 500
        )


def test_phases_that_count_epochs_anew_have_no_epoch_axis(tmp_path, figures):
    rows = training()
    for row in rows[60:]:
        row["epoch"] -= 1.2
    write_pretraining_curves(write_log(tmp_path, rows))
    assert not figures[0].axes[0].child_axes


def test_an_odd_number_of_diagrams_keeps_its_steps(tmp_path, figures):
    rows = training()
    for row in rows:
        del row["gradient_norm"]
    write_pretraining_curves(write_log(tmp_path, rows))
    assert len(figures[0].axes) == 5
    sentence, rate = figures[0].axes[3:]
    for axes in (sentence, rate):
        assert axes.get_xlabel() == "step (updates of the weights)"
        assert axes.xaxis.get_tick_params()["labelbottom"]


def test_a_run_that_diverged_is_drawn(tmp_path, figures):
    rows = training()
    for row in rows[90:]:
        row["masked_lm_loss"] = 5e4
    rows[99]["masked_lm_loss"] = math.nan
    write_pretraining_curves(write_log(tmp_path, rows))
    loss = figures[0].axes[0]
    assert loss.get_yscale() == "log"
    assert loss.texts[0].get_text() == ("1 values are not finite and not drawn")


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize(
    "rows",
    [
        training(1),
        [{"step": 0, "masked_lm_loss": 0.0, "masked_lm_accuracy": 0.0}],
        [{"step": 5, "learning_rate": 0.0}],
        [*held_out(9.0), {"step": 3, "masked_lm_loss": 8.0}],
    ],
)
def test_short_logs_are_drawn(tmp_path, rows):
    assert write_pretraining_curves(write_log(tmp_path, rows))


@pytest.mark.parametrize(
    "rows", [[], [{"step": 5}], [{"step": 5, "loss": 1.0}]]
)
def test_without_numbers_there_is_a_line_in_the_log(tmp_path, caplog, rows):
    folder = write_log(tmp_path, rows)
    with caplog.at_level(logging.INFO):
        assert write_pretraining_curves(folder) is None
    assert "no learning_curves.png: no numbers were logged in" in caplog.text


def test_without_matplotlib_a_run_ends_well(tmp_path, caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert write_pretraining_curves(write_log(tmp_path, training())) is None
    assert "pip install matplotlib" in caplog.text


def test_the_picture_costs_nothing_until_it_is_drawn(root_dir):
    program = (
        "import sys\n"
        "from reporting import pretraining_curves\n"
        "print(sorted({'matplotlib', 'tensorflow'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
