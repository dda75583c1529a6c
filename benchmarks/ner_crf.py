"""What a CRF adds to a fine-tuning step of run_ner.py.

  python benchmarks/ner_crf.py --model_dir=MINILM \
    --data_dir=../shared/data/ner/mtl-format/NCBI-disease-IOB

Runs the script with and without --use_crf, interleaved, and prints medians
and the ratio for each precision.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from children import interleaved, report

_KIT = pathlib.Path(__file__).parent / "ner_training_kit.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=float, default=0.3)
    options = parser.parse_args()
    for precision in ("float32", "bfloat16"):
        softmax = [
            sys.executable,
            str(_KIT),
            f"--model_dir={options.model_dir}",
            f"--data_dir={options.data_dir}",
            f"--epochs={options.epochs}",
            f"--precision={precision}",
        ]
        values = interleaved(
            {"softmax": softmax, "CRF": [*softmax, "--use_crf"]},
            rounds=options.rounds,
            key="seconds_per_step",
        )
        print(f"\n{precision}")
        report(values, unit="s/step")
        medians = {n: statistics.median(v) for n, v in values.items()}
        print(f"CRF / softmax: {medians['CRF'] / medians['softmax']:.3f}")


if __name__ == "__main__":
    main()
