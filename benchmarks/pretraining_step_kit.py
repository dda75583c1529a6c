"""Times updates of run_pretraining.py itself; prints one JSON line.

Runs the script as a user would, from random weights on records of random ids
whose predictions are all used, with a log line every update. Input, logging
and the optimizer are timed; compiling and the measuring of the peak, which
come before the updates that count, are not. With --save_every, a checkpoint of
all weights and moments is written after so many updates, and the pauses say
what training loses by it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from preprocessing.instance_table import InstanceTable
from preprocessing.records import RecordFormat, write_records

_ROOT = Path(__file__).resolve().parent.parent
BATCH_SIZE, SEQ_LENGTH, PREDICTIONS = 8, 128, 20
_WARMUP = 5  # updates left out
_BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "gelu_form": "erf",  # what "gelu" means to the yardstick
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "initializer_range": 0.02,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
}
# ALBERT's own dropout is 0; with it both sides do the same work.
CONFIGS = {
    "bert": {"vocab_size": 30522, **_BASE},
    "albert": {
        "vocab_size": 30000,
        **_BASE,
        "embedding_size": 128,
        "num_hidden_groups": 1,
        "inner_group_num": 1,
        "gelu_form": "tanh",  # as AlbertConfig's "gelu_new"
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=sorted(CONFIGS), default="bert")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--save_every", type=int, default=10**6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_inputs(Path(folder), options)
        rows = trained(Path(folder), options)[_WARMUP:]
    seconds = [1.0 / row["steps_per_second"] for row in rows]
    usual = statistics.median(seconds)
    result = {
        "what": f"run_pretraining.py, {options.model}, {options.precision}",
        "steps": len(rows),
        "seconds_per_step": usual,
        "share_of_peak": statistics.median(
            row["share_of_peak"] for row in rows
        ),
    }
    if options.save_every < options.steps:
        since_save = seconds[-options.save_every :]
        result["longest_pause"] = max(seconds) - usual
        result["pause_per_save"] = sum(since_save) - usual * len(since_save)
    print(json.dumps(result))


def write_inputs(folder: Path, options: argparse.Namespace) -> None:
    """Writes the config, and a record for each row of each update."""
    config = CONFIGS[options.model]
    (folder / "config.json").write_text(json.dumps(config))
    table = random_instances(
        options.steps * BATCH_SIZE, config["vocab_size"], options.model
    )
    write_records(
        table,
        np.arange(len(table.starts) - 1),
        [str(folder / "random.tfrecord")],
        record_format=RecordFormat(SEQ_LENGTH, PREDICTIONS),
    )


def random_instances(rows: int, vocab_size: int, family: str) -> InstanceTable:
    """Returns rows of full length; ids are drawn from all but the first."""
    random = np.random.default_rng(1)

    def ids(count: int) -> np.ndarray:
        return random.integers(5, vocab_size, rows * count, dtype=np.uint16)

    positions = [
        np.sort(random.choice(SEQ_LENGTH - 1, PREDICTIONS, replace=False)) + 1
        for _ in range(rows)
    ]
    boundary = np.ones(rows * SEQ_LENGTH, np.uint8)
    return InstanceTable(
        input_ids=ids(SEQ_LENGTH),
        starts=np.arange(rows + 1) * SEQ_LENGTH,
        segment_b=np.full(rows, SEQ_LENGTH // 2, np.int32),
        masked_lm_positions=np.concatenate(positions).astype(np.uint16),
        masked_lm_ids=ids(PREDICTIONS),
        masked_starts=np.arange(rows + 1) * PREDICTIONS,
        next_sentence_labels=random.integers(0, 2, rows, dtype=np.uint8),
        token_boundary=boundary if family == "albert" else None,
    )


def trained(folder: Path, options: argparse.Namespace) -> list[dict]:
    """Trains as a user would; returns metrics.jsonl's row of every update."""
    flags = {
        "do_train": "true",
        "input_file": folder / "random.tfrecord",
        f"{options.model}_config_file": folder / "config.json",
        "output_dir": folder / "out",
        "max_seq_length": SEQ_LENGTH,
        "max_predictions_per_seq": PREDICTIONS,
        "train_batch_size": BATCH_SIZE,
        "num_train_steps": options.steps,
        "num_warmup_steps": 0,
        "learning_rate": 1e-4,
        "optimizer": "adamw",
        "precision": options.precision,
        "log_every_steps": 1,
        "save_checkpoints_steps": options.save_every,
        "seed": 1,
    }
    command = [sys.executable, str(_ROOT / "run_pretraining.py")]
    command += [f"--{name}={value}" for name, value in flags.items()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    text = (folder / "out" / "metrics.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [row for row in rows if "steps_per_second" in row]


if __name__ == "__main__":
    main()
