"""run_classifier.py on two replicas: no row is lost, and none is moved.

Two logical CPUs; a process divides its CPU once and for all, so the script
runs in one of its own.
"""

from __future__ import annotations

import pytest

from tests import tiny_run
from tests.ner_runs import read_json
from tests.text_runs import run_flags, table_of, toy_rows, write_table

pytestmark = pytest.mark.slow
NUM_ROWS = 13  # odd: a replica has a row more than there are


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Toy splits of three classes."""
    folder = tmp_path_factory.mktemp("toy")
    for seed, (name, number) in enumerate(
        {"train": 24, "dev": 5, "test": NUM_ROWS}.items()
    ):
        rows = toy_rows(number, seed=seed)
        write_table(folder / f"{name}.tsv", rows, "id,text,label")
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory, bert_dir, data_dir):
    """Two seeds in one process, each on both replicas, dropout and all."""
    folder = tmp_path_factory.mktemp("trained")
    flags = {
        "task_name": "text",
        "data_dir": data_dir,
        "output_dir": folder / "out",
        "vocab_file": bert_dir / "vocab.txt",
        "bert_config_file": bert_dir / "bert_config.json",
        "init_checkpoint": bert_dir / "model.ckpt-1000000",
        "do_train": "true",
        "do_eval": "true",
        "do_predict": "true",
        "max_seq_length": 32,
        "train_batch_size": 4,
        "gradient_accumulation_steps": 2,
        "predict_batch_size": 8,
        "learning_rate": 1e-3,
        "num_train_epochs": 4,
        "num_seeds": 2,
        "seed": 3,
        "distribution_strategy": "mirrored",
        "logical_cpus": 2,
    }
    process = tiny_run.launch(
        "run_classifier.py",
        [f"--{name}={value}" for name, value in flags.items()],
        folder / "log",
    )
    tiny_run.finish(process, folder)
    return folder


def test_both_devices_are_used(trained):
    log = (trained / "log").read_text("utf-8")
    assert log.count("2 replicas, MirroredStrategy") == 2  # seeds


@pytest.mark.parametrize("seed", [3, 4])
def test_predictions_have_the_rows_of_the_test_file(trained, data_dir, seed):
    folder = trained / "out" / f"seed_{seed}"
    rows, given = (
        table_of(path)
        for path in (folder / "predictions.tsv", data_dir / "test.tsv")
    )
    assert [row["id"] for row in rows] == [row["id"] for row in given]
    assert [row["gold"] for row in rows] == [row["label"] for row in given]
    right = [row["gold"] == row["prediction"] for row in rows]
    scores = read_json(folder / "results.json")["scores"]["test"]
    assert scores["accuracy"] == pytest.approx(sum(right) / NUM_ROWS)


def test_one_device_predicts_the_same_from_their_checkpoint(trained, data_dir):
    folder = trained / "out" / "seed_3"
    before = table_of(folder / "predictions.tsv")
    code = run_flags(
        "classifier",
        task_name="text",
        predict_file=data_dir / "test.tsv",
        output_dir=folder,
        predict_batch_size=1,
        distribution_strategy="one_device",
    )
    assert code == 0
    after = table_of(folder / "predictions.tsv")
    assert [row["id"] for row in after] == [row["id"] for row in before]
    for row, expected in zip(after, before, strict=True):
        assert row["prediction"] == expected["prediction"]
        for name in ("maybe", "no", "yes"):
            chance = pytest.approx(float(expected[name]), abs=1e-5)
            assert float(row[name]) == chance
