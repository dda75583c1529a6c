"""run_ner.py run in this process, and its files read back.

TensorFlow is imported where a model is written or run, not before.
"""

from __future__ import annotations

import json
import pathlib
import signal
from typing import Any

import pytest
from absl import flags

import run_ner
from cli import ner_run
from tests.pictures import drawn

# Of an encoder that trains in no time, on rows long enough for a sentence.
SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
}


def write_model(folder: pathlib.Path, config: Any) -> None:
    """Writes a random encoder as a TF1 checkpoint, as BioBERT's folder."""
    from modeling.config import config_to_json
    from modeling.encoder import build_encoder
    from modeling.weights import tf1

    encoder = build_encoder(config, gelu_form="tanh", seed=1)
    tf1.write_bundle(str(folder / "model.ckpt-1000000"), encoder.named)
    (folder / "bert_config.json").write_text(
        config_to_json(config), encoding="utf-8"
    )


def run(model_dir, data_dir, output_dir, **values: Any) -> int:
    """Trains from a folder that `write_model` made; returns the exit code."""
    return run_flags(
        **{
            "data_dir": data_dir,
            "output_dir": output_dir,
            "vocab_file": model_dir / "vocab.txt",
            "bert_config_file": model_dir / "bert_config.json",
            "init_checkpoint": model_dir / "model.ckpt-1000000",
            "max_seq_length": 48,
            "num_train_epochs": 2,
            "learning_rate": 1e-3,
            "seed": 3,
            "log_every_steps": 1,
            **values,
        }
    )


def run_flags(*, pictures: bool = False, **values: object) -> int:
    """Runs the script's main with these flags alone; None leaves one out.

    Args:
      pictures: whether they are drawn.
      **values: of the flags.
    """
    fv = flags.FlagValues()
    run_ner.define_flags(fv)
    given = [f"--{k}={v}" for k, v in values.items() if v is not None]
    fv(["run_ner.py", *given])
    with drawn(pictures):
        return ner_run.run_all(fv)


def values_of(path: pathlib.Path) -> dict[str, float]:
    """Reads a file of sorted `key = value` lines."""
    lines = lines_of(path)
    assert lines == sorted(lines)
    return {
        key: float(value)
        for key, value in (line.split(" = ") for line in lines)
    }


def lines_of(path: pathlib.Path) -> list[str]:
    """Returns the lines of a UTF-8 file; only a line feed ends one."""
    text = path.read_bytes().decode("utf-8")
    return text.removesuffix("\n").split("\n") if text else []


def json_lines(path: pathlib.Path) -> list[dict[str, Any]]:
    """Reads a .jsonl file."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def read_json(path: pathlib.Path) -> Any:
    """Reads a .json file."""
    return json.loads(path.read_text(encoding="utf-8"))


def checkpoint(folder: pathlib.Path, step: int) -> dict[str, Any]:
    """Returns all tensors of a checkpoint by name."""
    from modeling.weights import tf1

    bundle = tf1.Tf1Bundle(str(folder / f"model.ckpt-{step}"))
    return {name: bundle.read(name) for name in bundle.shapes}


def final_files(folder: pathlib.Path) -> dict[str, bytes]:
    """Returns the newest checkpoint's files, resume.json too, as bytes."""
    text = (folder / "checkpoint").read_text(encoding="utf-8")
    prefix = text.split('"')[1].rpartition("/")[2] + "."
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.name.startswith(prefix)
    }


def run_with_sigterm(monkeypatch: Any, step: int, *given: Any, **values: Any):
    """Runs until SIGTERM comes after a step, then the same again to the end.

    Signals are looked at between pieces of up to ten seconds, and at each
    checkpoint: those are made here so often that some steps are left.
    """
    from training.interruption import Interrupted
    from training.metrics_log import MetricsLog

    values["save_checkpoints_steps"] = 4
    whole = MetricsLog.write

    def write(self, at: int, logged: Any) -> None:
        whole(self, at, logged)
        if at == step:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patched:
        patched.setattr(MetricsLog, "write", write)
        with pytest.raises(Interrupted):
            run(*given, **values)
    assert run(*given, **values) == 0
