"""Tagging sentences: the kit beside pipeline("ner") of transformers.

  python benchmarks/ner_prediction.py --model_dir=MINILM \
    --data_dir=../shared/data/ner/mtl-format/NCBI-disease-IOB \
    --transformers_python=/path/to/venv/bin/python

Runs both as child processes, interleaved, and prints medians and the ratio
to the best of the pipeline's batch sizes.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from children import interleaved, report

_HERE = pathlib.Path(__file__).parent
_BATCH_SIZES = (1, 8, 32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--transformers_python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for precision in ("float32", "bfloat16"):
        both = [
            f"--model_dir={options.model_dir}",
            f"--data_dir={options.data_dir}",
            f"--precision={precision}",
        ]
        yardstick = str(_HERE / "ner_prediction_transformers.py")
        commands = {
            f"pipeline, batch {size}": [
                options.transformers_python,
                yardstick,
                *both,
                f"--batch_size={size}",
            ]
            for size in _BATCH_SIZES
        }
        kit = str(_HERE / "ner_prediction_kit.py")
        commands["kit"] = [sys.executable, kit, *both]
        values = interleaved(
            commands, rounds=options.rounds, key="sentences_per_second"
        )
        print(f"\n{precision}")
        report(values, unit="sentences/s")
        medians = {n: statistics.median(v) for n, v in values.items()}
        ours = medians.pop("kit")
        print(f"ratio to the best pipeline: {ours / max(medians.values()):.2f}")


if __name__ == "__main__":
    main()
