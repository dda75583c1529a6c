"""run_pretraining.py from first to last: run here, or started to be killed.

Each run has a folder of its own, with its files in folder/out, as those of
tiny_run.py have. TensorFlow is imported where a run starts, not before.
"""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
from typing import Any
from unittest import mock

import numpy as np

from cli import lm_run
from tests import lm_world, ner_runs, tiny_run

GOLDEN = lm_world.ROOT / "tests" / "golden"
NUM_STEPS = 20


@dataclasses.dataclass(frozen=True)
class Runs:
    """Runs on the same records, from the same weights.

    Attributes:
      world: has records, config and flags.
      folder: of all runs, one folder each.
    """

    world: lm_world.World
    folder: pathlib.Path

    def arguments(self, name: str, **values: object) -> list[str]:
        """Returns the flags of a run into folder/name/out."""
        out = self.folder / name / "out"
        out.parent.mkdir(exist_ok=True)
        return self.world.arguments(output_dir=out, **values)

    def run(self, name: str, **values: object) -> pathlib.Path:
        """Runs in this process; returns folder/name.

        Without what takes longest of all here: the curves' picture and the
        measurement of the device.
        """
        parsed = lm_world.parsed(*self.arguments(name, **values))
        with (
            mock.patch.object(lm_run, "write_pretraining_curves"),
            mock.patch("training.peak.measure_peak", return_value=1e9),
        ):
            assert lm_run.run_all(parsed) == 0
        return self.folder / name

    def start(
        self,
        name: str,
        *,
        log: str = "log",
        environment: dict[str, str] | None = None,
        **values: object,
    ) -> subprocess.Popen[bytes]:
        """Starts a process; what it says is added to folder/name/log."""
        return tiny_run.launch(
            "run_pretraining.py",
            self.arguments(name, **values),
            self.folder / name / log,
            **(environment or {}),
        )


def make_runs(
    root: pathlib.Path, family: str = "bert", *, dropout: float, **flags: object
) -> Runs:
    """Makes records and a config with `flags` in place of the usual ones.

    An ALBERT starts from weights that an original program has trained.
    """
    root.mkdir(parents=True, exist_ok=True)
    made = root / "made"
    made.mkdir()
    lm_world.make_records(made, family)
    world = lm_world.make_world(root / "world", family, records=made)
    rates = dict.fromkeys(
        ("hidden_dropout_prob", "attention_probs_dropout_prob"), dropout
    )
    world.write_config(**rates)
    if family == "albert":
        golden = GOLDEN / "albert_tiny"
        config = ner_runs.read_json(golden / "albert_config.json")
        world.write_config(**{**config, **rates})
        world.flags["init_checkpoint"] = golden / "model.ckpt-200"
    world.flags |= {
        "num_train_steps": NUM_STEPS,
        "learning_rate": 5e-5,
        "log_every_steps": 1,
        **flags,
    }
    del world.flags["output_dir"]
    return Runs(world, root)


def make_saving_runs(
    root: pathlib.Path, family: str = "bert", **flags: object
) -> Runs:
    """Makes what is killed: every second update is saved, with dropout.

    Records that are held out are scored every 20 updates.
    """
    runs = make_runs(root, family, dropout=0.1)
    runs.world.flags |= {
        "input_file": runs.world.records / "a.tfrecord",
        "eval_input_file": runs.world.records / "b.tfrecord",
        "num_train_steps": 40,
        "save_checkpoints_steps": 2,
        "eval_every_steps": 20,
        "max_eval_steps": 2,
        **flags,
    }
    return runs


def weights(folder: pathlib.Path) -> dict[str, np.ndarray]:
    """Returns what the newest checkpoint of a run holds, without slots."""
    step = tiny_run.pointed_step(folder)
    tensors = ner_runs.checkpoint(folder / "out", step)
    del tensors["global_step"]
    return {n: v for n, v in tensors.items() if "/adam_" not in n}


def largest_difference(first: pathlib.Path, second: pathlib.Path) -> float:
    """Returns by how much weights of two runs differ at most."""
    one, other = weights(first), weights(second)
    assert set(one) == set(other)
    return max(float(np.abs(one[n] - other[n]).max()) for n in one)


def values(folder: pathlib.Path, name: str) -> list[Any]:
    """Returns what a run has logged under a name, step by step."""
    rows = tiny_run.metrics(folder)
    return [row[name] for row in rows if name in row]
