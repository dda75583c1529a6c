"""Times training and predicting of run_re.py itself; prints one JSON line.

Calls what the script calls, with its own flags: files are read, then the
model is trained to the end, checkpoint included, then dev is predicted.
Every update's time is in metrics.jsonl. `classification_speed.py` runs it.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))


def main() -> None:
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        result = timed(options, folder)
    result["what"] = f"run_re.py, {options.precision}"
    print(json.dumps(result))


def timed(options: argparse.Namespace, folder: str) -> dict[str, object]:
    """Trains and predicts in a folder; returns the times."""
    from absl import flags

    import run_re
    from cli import classification_inputs, once

    fv = flags.FlagValues()
    run_re.define_flags(fv)
    fv(["run_re.py", *flags_of(options), f"--output_dir={folder}"])
    start = time.perf_counter()
    inputs = classification_inputs.read(
        fv, label_folder=folder, script="relation"
    )
    inputs.prepare_folder(folder)
    read = time.perf_counter()
    tuning = once.start(inputs, folder, seed=1)
    built = time.perf_counter()
    tuning.train(inputs.splits["train"], None)
    trained = time.perf_counter()
    for _ in range(options.predict_rounds):
        began = time.perf_counter()
        scores = tuning.score(inputs.splits["dev"])
        predict_seconds = time.perf_counter() - began
    seconds = seconds_of_updates(folder)
    per_epoch = len(seconds) // options.epochs
    epochs = [
        sum(seconds[i : i + per_epoch])
        for i in range(0, per_epoch * options.epochs, per_epoch)
    ]
    return {
        "read_seconds": round(read - start, 3),
        "load_seconds": round(built - read, 3),
        "updates": len(seconds),
        "train_seconds": round(trained - built, 3),
        "first_update_seconds": round(seconds[0], 3),
        "epoch_seconds": [round(epoch, 3) for epoch in epochs],
        "predict_seconds": round(predict_seconds, 3),
        "micro_f1": scores["micro_f1"],
    }


def flags_of(options: argparse.Namespace) -> list[str]:
    """Returns the script's flags."""
    return [
        "--task_name=chemprot_scibert",
        f"--data_dir={options.data_dir}",
        f"--init_checkpoint={options.model_dir}",
        f"--num_train_epochs={options.epochs}",
        f"--precision={options.precision}",
        f"--learning_rate={options.learning_rate}",
        "--train_batch_size=32",
        "--max_seq_length=128",
        "--adam_bias_correction=true",
        "--adam_epsilon=1e-8",
        "--do_train",
        "--do_eval",
        "--log_every_steps=1",
        "--seed=1",
    ]


def seconds_of_updates(folder: str) -> list[float]:
    """Returns the seconds of every update; the first one's compiles."""
    metrics = pathlib.Path(folder, "metrics.jsonl")
    lines = metrics.read_text(encoding="utf-8").splitlines()
    return [1.0 / json.loads(line)["steps_per_second"] for line in lines]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--learning_rate", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--predict_rounds", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
