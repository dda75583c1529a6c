"""Scores of relations and similarity: the kit beside transformers.

  python benchmarks/classification_scores.py --model_dir=MINILM \
    --shared=../shared/data --transformers_python=/path/to/venv/bin/python

ChemProt (SciBERT's 13 classes; its test set is not at hand, so dev is scored,
and chooses nothing) and BIOSSES, the same settings for both programs, one run
a seed. Prints mean and standard deviation over the seeds and whether the
kit's mean is at least that of transformers less one of its deviations.
--transformers_results names a file of JSON lines that
classification_torch.py printed, whose settings must be these; runs that it
has are not repeated, and others are appended.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from children import last_json_line

_HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Case:
    """A corpus with its settings.

    Attributes:
      folder: below the folder of shared data.
      test_file: what is scored.
      script: the kit's, with its flags that name the corpus and the split.
      part: the split's name in results.json.
      columns: how transformers' side reads the files.
    """

    folder: str
    test_file: str
    script: tuple[str, ...]
    part: str
    columns: tuple[str, ...]
    scores: tuple[str, ...]
    learning_rate: str
    epochs: int
    batch_size: int
    precision: str
    group_by_length: bool
    train_file: str = "train.txt"


CASES = {
    "chemprot": Case(
        folder="re/chemprot-scibert",
        test_file="dev.txt",
        script=("run_re.py", "--task_name=chemprot_scibert", "--do_eval"),
        part="dev",
        columns=("--kind=classes",),
        scores=("micro_f1", "macro_f1"),
        learning_rate="1e-4",
        epochs=2,
        batch_size=32,
        precision="bfloat16",
        group_by_length=True,
    ),
    "biosses": Case(
        folder="sts/biosses",
        train_file="train.tsv",
        test_file="test.tsv",
        script=("run_classifier.py", "--task_name=biosses", "--do_predict"),
        part="test",
        columns=(
            "--kind=score",
            "--text_col=sentence1",
            "--text_b_col=sentence2",
            "--label_col=score",
        ),
        scores=("pearson", "spearman"),
        learning_rate="3e-4",
        epochs=20,
        batch_size=8,
        precision="float32",
        group_by_length=False,
    ),
}


def main() -> None:
    options = parse_options()
    for name in options.corpora.split(","):
        case = CASES[name]
        ours, theirs = [], []
        for seed in range(1, options.seeds + 1):
            theirs.append(of_transformers(case, seed, options=options))
            print(f"{name}, seed {seed}: transformers {theirs[-1]}", flush=True)
            ours.append(of_kit(case, seed, options=options))
            print(f"{name}, seed {seed}: kit {ours[-1]}", flush=True)
        compare(name, ours, theirs)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--corpora", default="biosses,chemprot")
    parser.add_argument("--transformers_python", default=sys.executable)
    parser.add_argument("--transformers_results", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=3)
    return parser.parse_args()


def of_kit(
    case: Case, seed: int, *, options: argparse.Namespace
) -> dict[str, float]:
    """Trains and scores with the kit's own command line."""
    script, *task = case.script
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            str(_HERE.parent / script),
            *task,
            "--do_train",
            f"--data_dir={options.shared / case.folder}",
            f"--init_checkpoint={options.model_dir}",
            f"--learning_rate={case.learning_rate}",
            f"--num_train_epochs={case.epochs}",
            f"--train_batch_size={case.batch_size}",
            f"--precision={case.precision}",
            f"--group_by_length={case.group_by_length}",
            "--max_seq_length=128",
            "--adam_bias_correction",
            "--adam_epsilon=1e-8",
            f"--seed={seed}",
            f"--output_dir={folder}",
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
        text = pathlib.Path(folder, "results.json").read_text("utf-8")
    found = json.loads(text)["scores"][case.part]
    return {name: found[name] for name in case.scores}


def of_transformers(
    case: Case, seed: int, *, options: argparse.Namespace
) -> dict[str, float]:
    """Trains and scores with transformers, or takes what is there."""
    settings = {
        "train_file": str(options.shared / case.folder / case.train_file),
        "test_file": str(options.shared / case.folder / case.test_file),
        "learning_rate": case.learning_rate,
        "epochs": str(case.epochs),
        "batch_size": str(case.batch_size),
        "precision": case.precision,
        "seed": str(seed),
    }
    result = known(
        settings | {"group_by_length": str(case.group_by_length)},
        options.transformers_results,
    )
    if result is None:
        result = last_json_line(
            [
                options.transformers_python,
                str(_HERE / "classification_torch.py"),
                f"--model_dir={options.model_dir}",
                *case.columns,
                *(f"--{name}={value}" for name, value in settings.items()),
                *(["--group_by_length"] if case.group_by_length else []),
            ]
        )
        if options.transformers_results:
            with options.transformers_results.open("a") as file:
                file.write(json.dumps(result) + "\n")
    return {name: result[name] for name in case.scores}


def known(
    settings: dict[str, str], path: pathlib.Path | None
) -> dict[str, Any] | None:
    """Returns an earlier result with these settings."""
    if path is None or not path.exists():
        return None
    for line in path.read_text(encoding="utf-8").splitlines():
        result: dict[str, Any] = json.loads(line)
        if comparable(settings) == comparable(
            {name: result["settings"][name] for name in settings}
        ):
            return result
    return None


def comparable(settings: dict[str, str]) -> dict[str, Any]:
    """Returns settings as values: 1e-4 is 0.0001, paths are absolute."""
    values: dict[str, Any] = dict(settings)
    values["learning_rate"] = float(settings["learning_rate"])
    for name in ("train_file", "test_file"):
        values[name] = str(pathlib.Path(settings[name]).resolve())
    return values


def compare(
    name: str, ours: list[dict[str, float]], theirs: list[dict[str, float]]
) -> None:
    """Prints mean and deviation of each score, and the bound."""
    for score in ours[0]:
        both = []
        for results in (ours, theirs):
            values = [100 * result[score] for result in results]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            both.append((statistics.mean(values), spread))
        (mean, spread), (their_mean, their_spread) = both
        bound = their_mean - their_spread
        print(
            f"{name}, {score}: kit {mean:.2f} (sd {spread:.2f}), transformers "
            f"{their_mean:.2f} (sd {their_spread:.2f}); bound {bound:.2f}: "
            f"{'reached' if mean >= bound else 'not reached'}"
        )


if __name__ == "__main__":
    main()
