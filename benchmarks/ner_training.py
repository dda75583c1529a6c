"""Fine-tuning a tagger: the kit beside transformers, and beside padding.

  python benchmarks/ner_training.py --model_dir=MINILM \
    --data_dir=../shared/data/ner/mtl-format/NCBI-disease-IOB \
    --transformers_python=/path/to/venv/bin/python

Settings of golden/baselines.json: batch 32, length 128. Runs all programs as
child processes, interleaved, and prints medians and ratios. The kit runs a
whole epoch; the others, whose steps are alike, a part of one.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from children import interleaved, report

_HERE = pathlib.Path(__file__).parent
_PADDED = "kit padded, float32"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--transformers_python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=1.0)
    options = parser.parse_args()
    commands = programs(options)
    values = interleaved(
        commands, rounds=options.rounds, key="seconds_per_step"
    )
    report(values, unit="s/step")
    medians = {n: statistics.median(v) for n, v in values.items()}
    for precision in ("float32", "bfloat16"):
        ours = medians[f"kit, {precision}"]
        theirs = medians[f"transformers, {precision}"]
        print(
            f"{precision}: {ours / theirs:.2f} of transformers, "
            f"{ours / medians[_PADDED]:.2f} of padding to 128 in float32"
        )


def programs(options: argparse.Namespace) -> dict[str, list[str]]:
    """Returns name -> command line of what is timed."""
    both = [
        f"--model_dir={options.model_dir}",
        f"--data_dir={options.data_dir}",
    ]
    kit = [sys.executable, str(_HERE / "ner_training_kit.py"), *both]
    yardstick = [
        options.transformers_python,
        str(_HERE / "ner_training_transformers.py"),
        *both,
        "--max_steps=45",
    ]
    commands = {
        _PADDED: [*kit, "--pad_to_max", "--epochs=0.15"],
    }
    for precision in ("float32", "bfloat16"):
        commands[f"transformers, {precision}"] = [
            *yardstick,
            f"--precision={precision}",
        ]
        commands[f"kit, {precision}"] = [
            *kit,
            f"--precision={precision}",
            f"--epochs={options.epochs}",
        ]
    return commands


if __name__ == "__main__":
    main()
