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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--pad_to_max", action="store_true")
    parser.add_argument("--epochs", type=float, default=1.0)
    options = parser.parse_args()
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
                f"--num_train_epochs={options.epochs}",
                f"--output_dir={folder}",
                "--do_predict=false",
                "--log_every_steps=1",
                "--seed=1",
            ],
            check=True,
            capture_output=True,
        )
        lines = pathlib.Path(folder, "metrics.jsonl").read_text().splitlines()
    rates = [json.loads(line)["steps_per_second"] for line in lines]
    seconds = [1.0 / rate for rate in rates[_WARMUP:]]
    per_step = sum(seconds) / len(seconds)
    result = {
        "what": f"run_ner.py, {options.precision}"
        + (", padded to 128" if options.pad_to_max else ""),
        "steps": len(seconds),
        "seconds_per_step": round(per_step, 4),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
