"""Fine-tunes a classifier with transformers + PyTorch: the yardstick.

  /path/to/venv/bin/python benchmarks/classification_torch.py \
    --model_dir=MINILM --train_file=train.txt --test_file=dev.txt

AutoModelForSequenceClassification on rows of JSON lines or of a TSV file with
a header; classes (accuracy, which is the micro-F1 over all of them, and
macro-F1) or scores (Pearson, Spearman). As `Trainer` does it by default: the
fast tokenizer, batches padded to their longest row, fused AdamW with bias
correction, no decay of biases and layer norms, linear warm-up and decay.
Prints one JSON line. The other programs named classification_* run it as a
child process in an environment that has torch, transformers, scikit-learn
and scipy.
"""

from __future__ import annotations

import argparse
import csv
import json
import pathlib
import re
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

_INSTALL = "pip install torch transformers scikit-learn scipy there"
HEAD_DROPOUT = 0.1  # of every original fine-tuning head
Row = dict[str, Any]


def main() -> None:
    options = parse_options()
    try:
        import torch
        import transformers
    except ImportError as error:
        sys.exit(f"{error.name} is missing in {sys.executable}: {_INSTALL}")
    transformers.set_seed(options.seed)
    transformers.logging.set_verbosity_error()
    began = time.perf_counter()
    train_rows = read_rows(options.train_file, options)
    test_rows = read_rows(options.test_file, options)
    classes = sorted({row["label"] for row in [*train_rows, *test_rows]})
    labels = classes if options.kind == "classes" else []
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model_dir)
    model = load_model(options, num_labels=len(labels) or 1)
    loaded = time.perf_counter()
    tokenizer.model_max_length = options.max_seq_length
    train_inputs = tokenized(train_rows, tokenizer, labels=labels)
    test_inputs = tokenized(test_rows, tokenizer, labels=labels)
    tokenized_at = time.perf_counter()
    loop = Loop(model, tokenizer, options)
    times = loop.train(train_inputs)
    logits, times["predict_seconds"] = loop.predict_timed(test_inputs)
    result = {
        "what": f"transformers {transformers.__version__}, "
        f"torch {torch.__version__}, {torch.get_num_threads()} threads",
        "settings": {k: str(v) for k, v in vars(options).items()},
        "train_rows": len(train_rows),
        "test_rows": len(test_rows),
        "load_seconds": round(loaded - began, 3),
        "tokenize_seconds": round(tokenized_at - loaded, 3),
        **times,
        **scores(logits, test_inputs, kind=options.kind),
    }
    print(json.dumps(result))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model_dir", required=True)
    add("--train_file", required=True, type=pathlib.Path)
    add("--test_file", required=True, type=pathlib.Path)
    add("--kind", choices=["classes", "score"], default="classes")
    add("--text_col", default="text")
    add("--text_b_col", help="of the second text; default: there is none")
    add("--label_col", default="label")
    add("--learning_rate", type=float, default=5e-5)
    add("--epochs", type=int, default=3)
    add("--batch_size", type=int, default=32)
    add("--predict_rounds", type=int, default=1, help="the last one is timed")
    add("--warmup_proportion", type=float, default=0.1)
    add("--weight_decay", type=float, default=0.01)
    add("--adam_epsilon", type=float, default=1e-8)
    add("--clip_norm", type=float, default=1.0)
    add("--max_seq_length", type=int, default=128)
    add("--group_by_length", action="store_true")
    add("--precision", choices=["float32", "bfloat16"], default="float32")
    add("--seed", type=int, default=1)
    return parser.parse_args()


def read_rows(path: pathlib.Path, options: argparse.Namespace) -> list[Row]:
    """Returns texts and labels of JSON lines or of a TSV file with a header.

    Not foundation.files: the child's environment lacks our packages.
    """
    with path.open(encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip()]
    records: Iterable[dict[str, str]]
    if lines[0].startswith("{"):
        records = map(json.loads, lines)
    else:
        records = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    columns = [c for c in (options.text_col, options.text_b_col) if c]
    return [
        {
            "texts": [record[column] for column in columns],
            "label": record[options.label_col],
        }
        for record in records
    ]


def load_model(options: argparse.Namespace, *, num_labels: int) -> Any:
    """Returns the encoder with a fresh head, float32."""
    import torch
    import transformers

    return transformers.AutoModelForSequenceClassification.from_pretrained(
        options.model_dir,
        num_labels=num_labels,
        problem_type="regression"
        if options.kind == "score"
        else "single_label_classification",
        classifier_dropout=HEAD_DROPOUT,
        dtype=torch.float32,
    )


def tokenized(
    rows: Sequence[Row], tokenizer: Any, *, labels: Sequence[str]
) -> list[Row]:
    """Returns unpadded rows of ids with their label or score."""
    encoded = tokenizer(
        *zip(*(row["texts"] for row in rows), strict=True), truncation=True
    )
    features = [
        {name: encoded[name][i] for name in encoded} for i in range(len(rows))
    ]
    for feature, row in zip(features, rows, strict=True):
        label = row["label"]
        feature["labels"] = labels.index(label) if labels else float(label)
    return features


class Loop:
    """Trains and predicts as `Trainer` does, without its logs and saving."""

    def __init__(
        self, model: Any, tokenizer: Any, options: argparse.Namespace
    ) -> None:
        import transformers

        self._model = model
        self._options = options
        self._collate = transformers.DataCollatorWithPadding(tokenizer)

    def train(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Trains; returns the times of all epochs and of the first update."""
        import torch

        options, model = self._options, self._model
        loader = self._loader(rows)
        optimizer, schedule = optimizer_of(
            model, options, planned=len(loader) * options.epochs
        )
        model.train()
        epochs, first = [], 0.0
        for _ in range(options.epochs):
            start = time.perf_counter()
            for batch in loader:
                with self._autocast():
                    loss = model(**batch).loss
                loss.backward()
                torch.nn.utils.clip_grad_norm_(
                    model.parameters(), options.clip_norm
                )
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                first = first or time.perf_counter() - start
            epochs.append(round(time.perf_counter() - start, 3))
        return {
            "updates": len(loader) * options.epochs,
            "last_loss": round(loss.item(), 4),
            "train_seconds": round(sum(epochs), 3),
            "first_update_seconds": round(first, 3),
            "epoch_seconds": epochs,
        }

    def predict_timed(self, rows: Sequence[Row]) -> tuple[list, float]:
        """Returns the logits, and the seconds of the last round."""
        for _ in range(self._options.predict_rounds):
            start = time.perf_counter()
            logits = self.predict(rows)
            seconds = round(time.perf_counter() - start, 3)
        return logits, seconds

    def predict(self, rows: Sequence[Row]) -> list[list[float]]:
        """Returns one list of logits a row, in order."""
        import torch

        self._model.eval()
        order = sorted(
            range(len(rows)), key=lambda i: -len(rows[i]["input_ids"])
        )
        size = self._options.batch_size
        logits: list[list[float]] = [[] for _ in rows]
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            batch = self._collate([rows[i] for i in chosen])
            batch.pop("labels")
            with torch.inference_mode(), self._autocast():
                found = self._model(**batch).logits.float().tolist()
            for place, values in zip(chosen, found, strict=True):
                logits[place] = values
        return logits

    def _loader(self, rows: Sequence[Row]) -> Any:
        import torch
        from transformers.trainer_pt_utils import LengthGroupedSampler

        size = self._options.batch_size
        how: dict[str, Any] = {"shuffle": True}
        if self._options.group_by_length:
            lengths = [len(row["input_ids"]) for row in rows]
            how = {"sampler": LengthGroupedSampler(size, lengths=lengths)}
        return torch.utils.data.DataLoader(
            rows, batch_size=size, collate_fn=self._collate, **how
        )

    def _autocast(self) -> Any:
        import torch

        enabled = self._options.precision == "bfloat16"
        return torch.autocast("cpu", torch.bfloat16, enabled=enabled)


def optimizer_of(
    model: Any, options: argparse.Namespace, *, planned: int
) -> tuple[Any, Any]:
    """Returns AdamW and its schedule over `planned` updates."""
    import torch
    import transformers

    kept: list[Any] = []
    decayed: list[Any] = []
    for name, weights in model.named_parameters():
        is_kept = re.search(r"LayerNorm|bias", name)
        (kept if is_kept else decayed).append(weights)
    groups = [
        {"params": decayed, "weight_decay": options.weight_decay},
        {"params": kept, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(
        groups, lr=options.learning_rate, eps=options.adam_epsilon, fused=True
    )
    warmup = int(planned * options.warmup_proportion)
    schedule = transformers.get_linear_schedule_with_warmup(
        optimizer, warmup, planned
    )
    return optimizer, schedule


def scores(
    logits: Sequence[Sequence[float]], rows: Sequence[Row], *, kind: str
) -> dict[str, float]:
    """Returns the named scores of one test split."""
    import numpy as np

    values, gold = np.asarray(logits), [row["labels"] for row in rows]
    if kind == "score":
        from scipy import stats

        return {
            "pearson": float(stats.pearsonr(values[:, 0], gold)[0]),
            "spearman": float(stats.spearmanr(values[:, 0], gold)[0]),
        }
    from sklearn.metrics import f1_score

    found = values.argmax(-1)
    every = range(values.shape[1])  # a class without rows counts 0
    return {
        f"{name}_f1": float(
            f1_score(gold, found, average=name, labels=every, zero_division=0)
        )
        for name in ("micro", "macro")
    }


if __name__ == "__main__":
    main()
