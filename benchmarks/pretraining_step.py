"""A pretraining update: the kit beside transformers and PyTorch.

  python benchmarks/pretraining_step.py --model=bert --precision=float32 \
    --transformers_python=/path/to/venv/bin/python

BERT-base or ALBERT-base from random weights, 8 records of 128 pieces with 20
predictions each, dropout 0.1, AdamW, gradients clipped at a global norm of 1:
figures 1 and 2 of run_pretraining.py's issue. Runs both as child processes,
interleaved; prints medians, their ratio, and the kit's share of the peak that
it measures beside its updates. Other work on the machine slows both, but not
equally: it has to be quiet.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from children import last_json_line, report

_HERE = Path(__file__).resolve().parent
_KIT, _TRANSFORMERS = "kit", "transformers"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", choices=["bert", "albert"], default="bert")
    parser.add_argument(
        "--precision", choices=["float32", "bfloat16"], default="float32"
    )
    parser.add_argument("--transformers_python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {_TRANSFORMERS: [], _KIT: []}
    shares = []
    for number in range(options.rounds):
        for name, command in programs(options).items():
            result = last_json_line(command)
            print(f"round {number + 1}: {name}: {result}", flush=True)
            seconds[name].append(result["seconds_per_step"])
            if name == _KIT:
                shares.append(result["share_of_peak"])
    report(seconds, unit="s/step")
    ours, theirs = (
        statistics.median(seconds[name]) for name in (_KIT, _TRANSFORMERS)
    )
    print(
        f"{options.model}, {options.precision}: {ours / theirs:.2f} of "
        f"transformers, {statistics.median(shares):.0%} of the peak"
    )


def programs(options: argparse.Namespace) -> dict[str, list[str]]:
    """Returns name -> command line of what is timed, yardstick first."""
    both = [
        f"--model={options.model}",
        f"--precision={options.precision}",
        f"--steps={options.steps}",
    ]
    theirs = str(_HERE / "pretraining_step_transformers.py")
    ours = str(_HERE / "pretraining_step_kit.py")
    return {
        _TRANSFORMERS: [options.transformers_python, theirs, *both],
        _KIT: [sys.executable, ours, *both],
    }


if __name__ == "__main__":
    main()
