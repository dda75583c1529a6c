"""run_pretraining.py on records and models of the original programs.

They have no manifest and no vocabulary beside them, as a user's own have not;
tests/lm_runs.py runs on records of this repository. TensorFlow is imported
where a run starts, not before.
"""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
from typing import Any
from unittest import mock

import numpy as np

from cli import lm_run
from preprocessing.records import RecordFormat, write_records
from tests import lm_world, ner_runs, tiny_run
from tests.preprocessing.record_tables import table_of

# Of each recorded model, the records that it was trained on.
RECORDS = {
    "bert_tiny": "bert_plain",
    "albert_tiny": "albert_default",
    "albert_tiny_adamw": "albert_default",
}


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A recorded model and its records, ready for the script.

    Attributes:
      model: folder of the original's checkpoints, losses and final weights.
      records: TFRecord file that it was trained on.
    """

    model: pathlib.Path
    records: pathlib.Path

    @property
    def config(self) -> pathlib.Path:
        """The model's config."""
        (path,) = self.model.glob("*config.json")
        return path

    @property
    def weights(self) -> pathlib.Path:
        """The checkpoint that the trajectory starts from."""
        return self.model / "model.ckpt-200"

    @property
    def trajectory(self) -> dict[str, Any]:
        """Losses and settings of 20 steps, by the original."""
        return ner_runs.read_json(self.model / "trajectory.json")

    def arguments(self, output: pathlib.Path, **values: object) -> list[str]:
        """Returns the original's command line; None leaves a flag out."""
        told = self.trajectory
        given = {
            "do_train": True,
            "input_file": self.records,
            "output_dir": output,
            "bert_config_file": self.config,
            "init_checkpoint": self.weights,
            "gelu": "tanh",
            "optimizer": told["optimizer"],
            "train_batch_size": told["batch_size"],
            "learning_rate": told["learning_rate"],
            "num_train_steps": told["num_train_steps"],
            "num_warmup_steps": told["num_warmup_steps"],
            "shuffle": False,
            "log_every_steps": 1,
            "seed": 1,
        }
        return lm_world.World(self.model, told["family"], given).arguments(
            **values
        )

    def run(self, output: pathlib.Path, **values: object) -> pathlib.Path:
        """Runs the script in this process; returns its output folder."""
        assert run_flags(*self.arguments(output, **values)) == 0
        return output

    def start(
        self, output: pathlib.Path, *, log: pathlib.Path, **values: object
    ) -> subprocess.Popen[bytes]:
        """Starts the script in a process; what it says is added to `log`."""
        return tiny_run.launch(
            "run_pretraining.py", self.arguments(output, **values), log
        )


def run_flags(*arguments: str) -> int:
    """Runs a command line in this process; returns the exit code.

    The peak is not measured and the curves are not drawn: those take longer
    than 20 updates. tests/test_run_pretraining_files.py has both.
    """
    from training import peak

    with (
        mock.patch.object(peak, "measure_peak", return_value=0.0),
        mock.patch.object(lm_run, "write_pretraining_curves"),
    ):
        return lm_run.run_all(lm_world.parsed(*arguments))


def read_recorded(
    recorded_dir: pathlib.Path, name: str, folder: pathlib.Path
) -> Recorded | None:
    """Writes a recorded model's records into a folder, in their order.

    Args:
      recorded_dir: of recorded runs.
      name: a key of `RECORDS`.
      folder: receives the records; those there already stay.

    Returns:
      None where the model is not there: BERT's is in the shared folder alone.
    """
    path = folder / f"{RECORDS[name]}.tfrecord"
    arrays = recorded_dir / "pretraining_data" / f"{RECORDS[name]}.npz"
    if not (recorded_dir / name).is_dir() or not arrays.exists():
        return None
    if not path.exists():
        write_features(dict(np.load(arrays)), path)
    return Recorded(recorded_dir / name, path)


def write_features(features: dict[str, np.ndarray], path: pathlib.Path) -> None:
    """Writes padded features as a record file, and no manifest beside it."""
    table = table_of(features)
    lengths = [
        features[name].shape[1] for name in ("input_ids", "masked_lm_ids")
    ]
    order = np.arange(len(features["input_ids"]))
    write_records(
        table, order, [str(path)], record_format=RecordFormat(*lengths)
    )


def rows(output: pathlib.Path, name: str) -> list[dict[str, Any]]:
    """Returns the lines of metrics.jsonl that have a value of this name."""
    lines = ner_runs.json_lines(output / "metrics.jsonl")
    return [line for line in lines if name in line]
