"""run_classifier.py and run_re.py run in this process on toy tables.

TensorFlow is imported where a script is run, not before.
"""

from __future__ import annotations

import csv
import pathlib
import random

from absl import flags

import run_classifier
import run_re
from cli import classification_run
from tests.pictures import drawn

# Words of the bundled vocabulary that a toy label hangs on.
SIGNS = {"yes": "protein", "no": "patient", "maybe": "disease"}
_FILLING = ("the", "of", "and", "in", "to", "a", "with", "for", "that", "is")


def run(model_dir: pathlib.Path, script: str = "classifier", **values) -> int:
    """Runs a script from a folder that `ner_runs.write_model` made.

    Args:
      model_dir: of the encoder.
      script: "classifier" or "relation".
      **values: flags; None leaves one out.
    """
    return run_flags(
        script,
        **{
            "vocab_file": model_dir / "vocab.txt",
            "bert_config_file": model_dir / "bert_config.json",
            "init_checkpoint": model_dir / "model.ckpt-1000000",
            "max_seq_length": 32,
            "num_train_epochs": 1,
            "train_batch_size": 4,
            "learning_rate": 1e-3,
            "seed": 3,
            "log_every_steps": 1,
            **values,
        },
    )


def run_flags(script: str, *, pictures: bool = False, **values) -> int:
    """Runs a script's main with these flags alone; None leaves one out.

    Args:
      script: "classifier" or "relation".
      pictures: whether they are drawn.
      **values: of the flags.
    """
    module = {"classifier": run_classifier, "relation": run_re}[script]
    fv = flags.FlagValues()
    module.define_flags(fv)
    given = [f"--{k}={v}" for k, v in values.items() if v is not None]
    fv(["script.py", *given])
    with drawn(pictures):
        return classification_run.run_all(fv, script=script)


def toy_rows(
    number: int, *, seed: int, length: int = 8, signs: int = 1
) -> list[list[str]]:
    """Returns rows of id, text and label: the label's word is the last.

    Args:
      number: of rows.
      seed: of labels and words.
      length: of a text in words.
      signs: how often the label's word is repeated at the end.
    """
    rng = random.Random(seed)
    rows = []
    for index in range(number):
        label = rng.choice(sorted(SIGNS))
        words = rng.choices(_FILLING, k=length - signs)
        text = " ".join([*words, *[SIGNS[label]] * signs])
        rows.append([f"r{index}", text, label])
    return rows


def write_table(path: pathlib.Path, rows: list[list[str]], header: str) -> None:
    """Writes a TSV file; `header` has commas between the names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(row) for row in [header.split(","), *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_toy(
    folder: pathlib.Path, *, length: int = 8, signs: int = 1, **sizes: int
) -> None:
    """Writes toy splits: name of the split = its number of rows."""
    for seed, (name, number) in enumerate(sizes.items()):
        rows = toy_rows(number, seed=seed, length=length, signs=signs)
        write_table(folder / f"{name}.tsv", rows, "id,text,label")


def table_of(path: pathlib.Path) -> list[dict[str, str]]:
    """Reads a TSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(
            csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        )
