"""Runs that are killed, restarted and compared; run_ner.py's on a tiny model.

run_pretraining.py's are in lm_runs.py. For the tests of resuming and for
benchmarks/kill_test.py; imports no TensorFlow.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_VOCABULARY = ROOT / "tests/golden/tokenization/vocab_uncased_2k.txt"
_CONFIG = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 32,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "initializer_range": 0.02,
}
STEPS_AN_EPOCH = 150  # 1,200 sentences in batches of 8
_POLL_SECONDS = 0.002
PARTIAL_MARKS = (".partial-", ".tmp-")  # in names of files being written


def arguments(folder: Path, **flags: object) -> list[str]:
    """Returns the flags of a short training into folder/out.

    Dropout is on, a checkpoint is saved every second update, dev is scored
    every 20.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "bert_config.json"
    num_pieces = len(_VOCABULARY.read_text(encoding="utf-8").splitlines())
    config.write_text(json.dumps({**_CONFIG, "vocab_size": num_pieces}))
    values = {
        "task_name": "ncbi_disease",
        "data_dir": ROOT / "tests/fixtures/ncbi_disease",
        "vocab_file": _VOCABULARY,
        "bert_config_file": config,
        "output_dir": folder / "out",
        "do_train": "true",
        "do_eval": "false",
        "do_predict": "false",
        "max_seq_length": 32,
        "overflow": "truncate",  # a sentence is a row: so many steps
        "train_batch_size": 8,
        "learning_rate": 1e-3,
        "num_train_epochs": 0.4,
        "eval_every_steps": 20,
        "save_checkpoints_steps": 2,
        "log_every_steps": 1,
        "seed": 5,
        **flags,
    }
    return [f"--{name}={value}" for name, value in values.items()]


def start(folder: Path, **flags: object) -> subprocess.Popen[bytes]:
    """Starts run_ner.py; what it says is added to folder/log."""
    return launch("run_ner.py", arguments(folder, **flags), folder / "log")


def launch(
    script: str, flags: list[str], log: Path, **environment: str
) -> subprocess.Popen[bytes]:
    """Starts a script with these flags; what it says is added to a file."""
    settings = {
        **os.environ,
        "TF_USE_LEGACY_KERAS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    command = [sys.executable, script, *flags]
    with log.open("ab") as file:
        return subprocess.Popen(
            command, cwd=ROOT, env=settings, stdout=file, stderr=file
        )


def finish(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Waits for the end; raises with the log's tail unless it ended well."""
    if process.wait() != 0:
        tail = (folder / "log").read_text(errors="replace")[-3000:]
        raise AssertionError(f"exit code {process.returncode}:\n{tail}")


def signal_when(
    process: subprocess.Popen[bytes], moment: Callable[[], bool], number: int
) -> int:
    """Sends a signal once `moment` has come; returns the exit code.

    Raises:
      AssertionError: the program ended before.
    """
    while not moment():
        if process.poll() is not None:
            raise AssertionError(f"ended by itself: {process.returncode}")
        time.sleep(_POLL_SECONDS)
    process.send_signal(number)
    return process.wait()


def kill_when(
    process: subprocess.Popen[bytes], moment: Callable[[], bool]
) -> None:
    """Kills, as `kill -9` does, once `moment` has come."""
    signal_when(process, moment, signal.SIGKILL)


def logged_steps(folder: Path) -> int:
    """Returns the last step in metrics.jsonl; 0 without one.

    Not the number of lines: each scoring of dev adds one of its own.
    """
    path = folder / "out" / "metrics.jsonl"
    if not path.exists():
        return 0
    whole_lines = path.read_bytes().split(b"\n")[:-1]
    return json.loads(whole_lines[-1])["step"] if whole_lines else 0


def is_saving(folder: Path) -> bool:
    """Returns whether a file is being written."""
    out = folder / "out"
    names = os.listdir(out) if out.exists() else []
    return any(mark in name for name in names for mark in PARTIAL_MARKS)


def pointed_step(folder: Path) -> int:
    """Returns the step of the newest checkpoint; 0 without one."""
    path = folder / "out" / "checkpoint"
    if not path.exists():
        return 0
    return int(path.read_text().split('"')[1].rpartition("-")[2])


def final_files(folder: Path) -> dict[str, bytes]:
    """Returns the last checkpoint's bytes: weights, slots, resume.json."""
    prefix = f"model.ckpt-{pointed_step(folder)}."
    return {
        path.name: path.read_bytes()
        for path in sorted((folder / "out").iterdir())
        if path.name.startswith(prefix)
    }


def metrics(folder: Path) -> list[dict[str, float]]:
    """Returns metrics.jsonl without what time has a part in."""
    text = (folder / "out" / "metrics.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    timed = (
        *("steps_per_second", "tokens_per_second"),
        *("seconds_left", "share_of_peak"),
    )
    return [{k: v for k, v in r.items() if k not in timed} for r in rows]
