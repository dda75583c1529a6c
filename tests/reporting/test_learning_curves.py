import json
import logging
import math
import subprocess
import sys

import numpy as np
import pytest

from reporting import pictures
from reporting.curves import running_mean
from reporting.learning_curves import FILE_NAME, write_learning_curves

PNG = b"\x89PNG\r\n\x1a\n"


def write_log(folder, rows):
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    return str(folder)


def training(num_steps=100, factor=1.0):
    return [
        {
            "step": step,
            "loss": factor * (1 + math.exp(-step / 20)),
            "learning_rate": 1e-4 * step / num_steps,
            "gradient_norm": 1.0,
            "epoch": step / 50,
        }
        for step in range(1, num_steps + 1)
    ]


def scores(values, every=20):
    return [
        {"step": every * n, "dev_entity_f1": value, "dev_loss": 1.5}
        for n, value in enumerate(values, 1)
    ]


def labels(axes):
    return [line.get_label() for line in axes.lines]


def test_a_whole_run(tmp_path, figures):
    folder = write_log(tmp_path, training() + scores([0.2, 0.6, 0.7, 0.7]))
    path = write_learning_curves(folder, headline="entity_f1")
    assert path == str(tmp_path / FILE_NAME)
    assert (tmp_path / FILE_NAME).read_bytes().startswith(PNG)
    loss, score, rate, norm = figures[0].axes
    assert [a.get_ylabel() for a in (loss, score, rate, norm)] == [
        "loss (mean)",
        "dev entity_f1",
        "learning rate",
        "gradient norm",
    ]
    assert labels(loss) == [
        "training (single batches)",
        "training (running mean of 5 logged)",
        "dev",
    ]
    ring = score.lines[-1]
    assert ring.get_label() == "best: 0.7000 at step 60"
    assert (ring.get_xdata(), ring.get_ydata()) == ([60], [0.7])
    assert norm.get_xlabel() == "step (updates of the weights)"
    epochs = loss.child_axes[0]
    assert epochs.get_xlim() == pytest.approx(np.array(loss.get_xlim()) / 50)


@pytest.mark.usefixtures("figures")
def test_the_picture_has_150_dots_an_inch(tmp_path):
    folder = write_log(tmp_path, training())
    path = write_learning_curves(folder, headline="entity_f1")
    image = pytest.importorskip("PIL.Image").open(path)
    assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    assert image.width == 8 * 150


def test_without_dev_scores_there_is_no_diagram_of_them(tmp_path, figures):
    write_learning_curves(write_log(tmp_path, training()), headline="f1")
    assert len(figures[0].axes) == 3
    assert "dev" not in labels(figures[0].axes[0])


def test_several_seeds_share_one_picture(tmp_path, figures):
    runs = {
        f"seed {n}": write_log(
            tmp_path / f"seed_{n}", training() + scores([0.1 * n])
        )
        for n in range(1, 10)
    }
    assert write_learning_curves(
        str(tmp_path), headline="entity_f1", runs=runs
    ) == str(tmp_path / FILE_NAME)
    loss, score = figures[0].axes[:2]
    assert len(loss.lines) == 9
    assert loss.lines[8].get_label().startswith("seed 9 training")
    looks = {(line.get_color(), line.get_linestyle()) for line in loss.lines}
    assert len(looks) == 9
    assert score.lines[-1].get_label() == "seed 9 best: 0.9000 at step 20"


def test_a_seed_that_has_not_begun_is_left_out(tmp_path, figures):
    runs = {
        "seed 1": str(tmp_path / "none"),
        "seed 2": write_log(tmp_path / "two", training()),
    }
    write_learning_curves(str(tmp_path), headline="f1", runs=runs)
    assert figures[0].axes[0].lines[-1].get_color() == pictures.COLOURS[1]


def test_values_that_are_not_finite_are_said(tmp_path, figures):
    rows = training()
    rows[10]["loss"] = math.nan
    rows[11]["loss"] = math.inf
    write_learning_curves(write_log(tmp_path, rows), headline="f1")
    loss = figures[0].axes[0]
    assert [t.get_text() for t in loss.texts] == [
        "2 values are not finite and not drawn"
    ]
    assert np.isfinite(loss.lines[1].get_ydata()).all()


def test_a_sum_is_not_drawn_beside_a_mean(tmp_path, figures):
    folder = write_log(tmp_path, training() + scores([0.5]))
    write_learning_curves(folder, headline="entity_f1", sums_loss=True)
    loss = figures[0].axes[0]
    assert loss.get_ylabel() == "loss (sum of a batch)"
    assert "dev" not in labels(loss)


def test_a_loss_of_many_sizes_has_a_log_scale(tmp_path, figures):
    rows = training()
    for row in rows[:50]:
        row["loss"] *= 1000
    write_learning_curves(write_log(tmp_path, rows), headline="f1")
    assert figures[0].axes[0].get_yscale() == "log"
    assert figures[0].axes[0].get_ylabel().endswith("log scale")


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize(
    "rows",
    [
        [{"step": 0, "loss": 0.0, "dev_f1": 0.0}],
        [{"step": 5, "dev_f1": 0.5}],
        [{"step": 5, "loss": 1.0, "dev_f1": math.nan}],
        [{"step": 5, "loss": -1.0}, {"step": 6, "loss": 1e30}],
    ],
)
def test_odd_logs_are_drawn(tmp_path, rows):
    folder = write_log(tmp_path, rows)
    assert write_learning_curves(folder, headline="f1")


@pytest.mark.parametrize(
    "rows", [[], [{"step": 5}], [{"step": 5, "loss": math.nan}]]
)
def test_without_numbers_there_is_a_line_in_the_log(tmp_path, caplog, rows):
    folder = write_log(tmp_path, rows)
    with caplog.at_level(logging.INFO):
        assert write_learning_curves(folder, headline="f1") is None
    assert "no learning_curves.png: no numbers were logged in" in caplog.text
    assert not (tmp_path / FILE_NAME).exists()


def test_without_matplotlib_a_run_ends_well(tmp_path, caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    folder = write_log(tmp_path, training())
    assert write_learning_curves(folder, headline="f1") is None
    assert len(caplog.records) == 1
    assert "matplotlib cannot be imported" in caplog.text
    assert "pip install matplotlib" in caplog.text


@pytest.mark.usefixtures("figures")
def test_a_folder_that_takes_no_file_is_said(tmp_path, caplog):
    folder = write_log(tmp_path, training())
    (tmp_path / FILE_NAME).mkdir()
    assert write_learning_curves(folder, headline="f1") is None
    assert "no picture: " in caplog.text


def test_pictures_cost_nothing_until_they_are_drawn(root_dir):
    program = (
        "import sys\n"
        "from reporting import classification_report, confusion\n"
        "from reporting import learning_curves, per_entity\n"
        "heavy = {'matplotlib', 'seqeval', 'sklearn', 'tensorflow'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_running_mean():
    values = np.arange(100.0) ** 2
    mean, window = running_mean(values)
    assert window == 5
    assert mean[0] == 0.0
    assert mean[1] == pytest.approx(np.mean(values[:3]))
    assert mean[50] == pytest.approx(np.mean(values[48:53]))
    assert mean[-1] == pytest.approx(np.mean(values[-3:]))
    few, window = running_mean(np.array([3.0, 1.0]))
    assert (few.tolist(), window) == ([3.0, 1.0], 1)
