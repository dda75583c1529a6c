"""Training and predicting relations: the kit beside transformers.

  python benchmarks/classification_speed.py --model_dir=MINILM \
    --data_dir=../shared/data/re/chemprot-scibert \
    --transformers_python=/path/to/venv/bin/python

ChemProt as SciBERT has it: the same rows, evenly chosen, the same batch size
32, length 128, grouped by length, padded to the longest row of a batch, AdamW
and clipping. Runs both as child processes, interleaved. The time of training
is the last epoch's, of predicting the second pass's: all is compiled and all
pools are full; the times of a first update and of all are printed beside.
Files are read, and texts cut to pieces, before.
"""

from __future__ import annotations

import argparse
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from children import last_json_line, report

_HERE = pathlib.Path(__file__).resolve().parent
_KIT, _TRANSFORMERS = "kit", "transformers"
_EPOCHS = 2  # the first one warms up
# A whole run: rows trained on three times, and rows predicted.
_TRAIN_ROWS, _DEV_ROWS, _RUN_EPOCHS = 4169, 2427, 3


def main() -> None:
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("train.txt", "dev.txt"):
            write_some(
                options.data_dir / name,
                pathlib.Path(folder, name),
                number=options.rows,
            )
        for precision in options.precisions.split(","):
            compare(options, folder, precision=precision)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True, type=pathlib.Path)
    parser.add_argument("--transformers_python", default=sys.executable)
    parser.add_argument("--precisions", default="float32,bfloat16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--rows", type=int, default=512, help="of each file; whole batches"
    )
    return parser.parse_args()


def write_some(
    source: pathlib.Path, target: pathlib.Path, *, number: int
) -> None:
    """Writes evenly chosen lines of a file."""
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    chosen = [lines[i * len(lines) // number] for i in range(number)]
    target.write_text("".join(chosen), encoding="utf-8")


def compare(
    options: argparse.Namespace, folder: str, *, precision: str
) -> None:
    """Runs both in turn and prints medians and ratios."""
    training: dict[str, list[float]] = {_TRANSFORMERS: [], _KIT: []}
    predicting: dict[str, list[float]] = {_TRANSFORMERS: [], _KIT: []}
    whole: dict[str, list[float]] = {_TRANSFORMERS: [], _KIT: []}
    for number in range(options.rounds):
        for name, command in programs(options, folder, precision).items():
            result = last_json_line(command)
            result.pop("settings", None)
            print(f"round {number + 1}: {name}: {result}", flush=True)
            per_row = 1000.0 / options.rows
            training[name].append(result["epoch_seconds"][-1] * per_row)
            predicting[name].append(result["predict_seconds"] * per_row)
            whole[name].append(result["train_seconds"])
    run = {
        name: [
            (_RUN_EPOCHS * _TRAIN_ROWS * train + _DEV_ROWS * predict) / 1000.0
            for train, predict in zip(
                training[name], predicting[name], strict=True
            )
        ]
        for name in training
    }
    for what, values, unit in (
        ("training", training, "ms a row"),
        ("predicting", predicting, "ms a row"),
        ("training 3 epochs of ChemProt and predicting dev", run, "s"),
        (f"training, {_EPOCHS} epochs from the start", whole, "s"),
    ):
        print(f"\n{what}, {precision}")
        report(values, unit=unit)
        ours, theirs = (
            statistics.median(values[name]) for name in (_KIT, _TRANSFORMERS)
        )
        print(f"{precision}: {what}: {ours / theirs:.2f} of transformers")


def programs(
    options: argparse.Namespace, folder: str, precision: str
) -> dict[str, list[str]]:
    """Returns name -> command line of what is timed, yardstick first."""
    both = [
        f"--model_dir={options.model_dir}",
        f"--precision={precision}",
        f"--epochs={_EPOCHS}",
        "--learning_rate=1e-4",
        "--predict_rounds=2",
    ]
    return {
        _TRANSFORMERS: [
            options.transformers_python,
            str(_HERE / "classification_torch.py"),
            *both,
            f"--train_file={folder}/train.txt",
            f"--test_file={folder}/dev.txt",
            "--group_by_length",
        ],
        _KIT: [
            sys.executable,
            str(_HERE / "classification_speed_kit.py"),
            *both,
            f"--data_dir={folder}",
        ],
    }


if __name__ == "__main__":
    main()
