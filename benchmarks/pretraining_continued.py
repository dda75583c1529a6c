"""Continued pretraining: does the kit learn what transformers learns?

  python benchmarks/pretraining_continued.py --model_dir=MINILM \
    --input_file=records.tfrecord --eval_input_file=held_out.tfrecord \
    --transformers_python=/path/to/venv/bin/python

Both start from one folder, the encoder of --model_dir with fresh heads, and
take the same records in the same order at the same rates, without dropout.
Prints the held-out masked-LM loss of both after --steps updates and their
ratio: figure 4 of run_pretraining.py's issue.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.children import last_json_line
from preprocessing.records import iterate_examples

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--input_file", required=True)
    parser.add_argument("--eval_input_file", required=True)
    parser.add_argument("--transformers_python", default=sys.executable)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--learning_rate", type=float, default=1e-4)
    parser.add_argument("--warmup", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_batches(options, folder)
        theirs = last_json_line(
            [
                options.transformers_python,
                str(ROOT / "benchmarks/pretraining_continued_transformers.py"),
                f"--model_dir={options.model_dir}",
                f"--folder={folder}",
                f"--steps={options.steps}",
                f"--learning_rate={options.learning_rate}",
                f"--warmup={options.warmup}",
            ]
        )
        ours = _run_kit(options, folder)
    for step, what in ((0, "before"), (options.steps, "after")):
        print(f"{what} {options.steps} steps, held-out masked-LM loss:")
        a, b = ours[step], theirs[str(step)]
        print(f"  kit {a:.5f}, transformers {b:.5f}, ratio {a / b:.5f}")
    return 0


def _write_batches(options: argparse.Namespace, folder: Path) -> None:
    """Writes what both see as arrays: PyTorch reads no TFRecords."""
    needed = options.steps * options.batch_size
    for name, path, count in (
        ("train", options.input_file, needed),
        ("held_out", options.eval_input_file, None),
    ):
        rows = []
        for row in iterate_examples(path):
            rows.append({k: np.array(v) for k, v in row.items()})
            if count is not None and len(rows) == count:
                break
        np.savez(
            folder / f"{name}.npz",
            **{k: np.stack([row[k] for row in rows]) for k in rows[0]},
        )


def _run_kit(options: argparse.Namespace, folder: Path) -> dict[int, float]:
    """Returns step -> held-out masked-LM loss of run_pretraining.py."""
    output = folder / "kit"
    flags = {
        "input_file": options.input_file,
        "eval_input_file": options.eval_input_file,
        "init_checkpoint": folder / "start",
        "output_dir": output,
        "do_train": "true",
        "do_eval": "true",
        "shuffle": "false",
        "train_batch_size": options.batch_size,
        "eval_batch_size": options.batch_size,
        "max_eval_steps": 10**6,
        "num_train_steps": options.steps,
        "num_warmup_steps": options.warmup,
        "learning_rate": options.learning_rate,
        "adam_bias_correction": "true",
        "hidden_dropout": 0,
        "attention_dropout": 0,
        "eval_every_steps": options.steps,
        "save_checkpoints_steps": options.steps,
        "seed": 1,
    }
    command = [sys.executable, str(ROOT / "run_pretraining.py")]
    command += [f"--{name}={value}" for name, value in flags.items()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    losses = {}
    for line in (output / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        if "eval_masked_lm_loss" in row:
            losses[row["step"]] = row["eval_masked_lm_loss"]
    return losses


if __name__ == "__main__":
    sys.exit(main())
