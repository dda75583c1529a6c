"""Times fine-tuning steps of run_ner.py itself; prints one JSON line.

Runs the script as a user would, with a log line every step, and reads the
times from metrics.jsonl. The first steps, which compile, are left out.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_WARMUP = 5  # steps left out


def main() -> None:
    options = parse_options()
    rates = steps_per_second(options)
    seconds = [1.0 / rate for rate in rates[_WARMUP:]]
    result = {
        "what": f"run_ner.py, {options.precision}"
        + (", padded to 128" if options.pad_to_max else "")
        + (", CRF" if options.use_crf else ""),
        "steps": len(seconds),
        "seconds_per_step": round(sum(seconds) / len(seconds), 4),
    }
    print(json.dumps(result))


def steps_per_second(options: argparse.Namespace) -> list[float]:
    """Trains a tagger as a user would; returns the rate of every step."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                sys.executable,
                str(_ROOT / "run_ner.py"),
                f"--data_dir={options.data_dir}",
                f"--init_checkpoint={options.model_dir}",
                f"--precision={options.precision}",
                f"--pad_to_max={str(options.pad_to_max).lower()}",
                f"--group_by_length={str(not options.pad_to_max).lower()}",
                f"--use_crf={str(options.use_crf).lower()}",
                f"--num_train_epochs={options.epochs}",
                f"--output_dir={folder}",
                "--do_predict=false",
                "--log_every_steps=1",
                "--seed=1",
            ],
            check=True,
            capture_output=True,
        )
        metrics = pathlib.Path(folder, "metrics.jsonl")
        lines = metrics.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["steps_per_second"] for line in lines]


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--pad_to_max", action="store_true")
    parser.add_argument("--use_crf", action="store_true")
    parser.add_argument("--epochs", type=float, default=1.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
