"""Times fine-tuning a tagger with transformers + PyTorch: the yardstick.

The settings are those of golden/baselines.json: MiniLM on typed NCBI-disease,
AdamW (bias-corrected, decay on everything), linear schedule with warm-up,
clipping at 1.0, first pieces labelled, each batch padded to its longest row.
Prints one JSON line. `ner_training.py` runs it as a child process in an
environment that has torch and transformers.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import sys
import time
from typing import Any

BATCH_SIZE = 32
LEARNING_RATE = 5e-5
WEIGHT_DECAY = 0.01
WARMUP_PROPORTION = 0.1
CLIP_NORM = 1.0
EPOCHS = 3
MAX_LENGTH = 128
WARMUP_STEPS_UNTIMED = 5  # thread pools and caches fill
NOT_SCORED = -100  # what the loss of transformers ignores

Row = dict[str, list[int]]


def main() -> None:
    options = parse_options()
    try:
        import torch
        import transformers
    except ImportError as error:
        sys.exit(
            f"{error.name} is missing in {sys.executable}. Next: "
            "pip install torch transformers there, or run with another python"
        )
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    sentences = read_sentences(options.data_dir / "train.tsv")
    labels = label_ids([tags for _, tags in sentences])
    tokenizer = transformers.AutoTokenizer.from_pretrained(options.model_dir)
    rows = featurize(sentences, tokenizer=tokenizer, labels=labels)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        options.model_dir, num_labels=len(labels), dtype=torch.float32
    )
    result = train(model, rows, options=options)
    result["what"] = (
        f"transformers {transformers.__version__}, torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads, {options.precision}"
    )
    print(json.dumps(result))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model_dir", required=True)
    parser.add_argument("--data_dir", required=True, type=pathlib.Path)
    parser.add_argument(
        "--precision", choices=["float32", "bfloat16"], default="float32"
    )
    parser.add_argument(
        "--max_steps", type=int, help="stop here; default: all three epochs"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def read_sentences(path: pathlib.Path) -> list[tuple[list[str], list[str]]]:
    """Reads `word TAB tag` lines; a blank line ends a sentence.

    Not foundation.files: the child's environment lacks our packages.
    """
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    pairs = [[line.split("\t") for line in b.splitlines()] for b in blocks]
    return [([p[0] for p in b], [p[-1] for p in b]) for b in pairs]


def label_ids(tags: list[list[str]]) -> dict[str, int]:
    seen = {tag for sentence in tags for tag in sentence}
    return {tag: i for i, tag in enumerate(sorted(seen))}


def featurize(
    sentences: list[tuple[list[str], list[str]]],
    *,
    tokenizer: Any,
    labels: dict[str, int],
) -> list[Row]:
    """Returns unpadded rows; only a word's first piece has a label."""
    encoded = tokenizer(
        [words for words, _ in sentences],
        is_split_into_words=True,
        truncation=True,
        max_length=MAX_LENGTH,
    )
    rows = []
    for i, (_, tags) in enumerate(sentences):
        word_ids = encoded.word_ids(i)
        row_labels = [
            NOT_SCORED
            if word is None or word == previous
            else labels[tags[word]]
            for previous, word in zip(
                [None, *word_ids[:-1]], word_ids, strict=True
            )
        ]
        rows.append({"ids": encoded["input_ids"][i], "labels": row_labels})
    return rows


def train(
    model: Any, rows: list[Row], *, options: argparse.Namespace
) -> dict[str, Any]:
    """Trains and returns the counts and times of the steps that count."""
    import torch

    steps_per_epoch = len(rows) // BATCH_SIZE  # the last, partial one is left
    planned = EPOCHS * steps_per_epoch
    optimizer, schedule = optimizer_of(model, planned)
    steps = min(options.max_steps or planned, planned)
    if steps <= WARMUP_STEPS_UNTIMED:
        sys.exit(
            f"--max_steps is {steps}; the first {WARMUP_STEPS_UNTIMED} are "
            "not timed. Next: give more"
        )
    model.train()
    for step, batch in enumerate(batches(rows, steps)):
        if step in (0, WARMUP_STEPS_UNTIMED):
            tokens = padded = 0
            start = time.perf_counter()
        tensors = collate(batch)
        with torch.autocast(
            "cpu", torch.bfloat16, enabled=options.precision == "bfloat16"
        ):
            loss = model(**tensors).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        tokens += int(tensors["attention_mask"].sum())
        padded += tensors["attention_mask"].numel()
    seconds = (time.perf_counter() - start) / (steps - WARMUP_STEPS_UNTIMED)
    return {
        "steps": steps - WARMUP_STEPS_UNTIMED,
        "seconds_per_step": round(seconds, 5),
        "seconds_per_epoch": round(seconds * steps_per_epoch, 2),
        "tokens": tokens,
        "tokens_with_padding": padded,
        "last_loss": round(loss.item(), 4),
    }


def optimizer_of(model: Any, planned: int) -> tuple[Any, Any]:
    """Returns AdamW and its schedule over `planned` steps."""
    import torch
    import transformers

    optimizer = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
    )
    schedule = transformers.get_linear_schedule_with_warmup(
        optimizer, int(planned * WARMUP_PROPORTION), planned
    )
    return optimizer, schedule


def batches(rows: list[Row], steps: int) -> Any:
    """Yields batches in random order, every epoch another one."""
    per_epoch = len(rows) // BATCH_SIZE
    order: list[Row] = []
    for step in range(steps):
        place = step % per_epoch
        if place == 0:
            order = random.sample(rows, len(rows))
        yield order[place * BATCH_SIZE : (place + 1) * BATCH_SIZE]


def collate(batch: list[Row]) -> dict[str, Any]:
    """Pads to the longest row of the batch."""
    import torch

    length = max(len(row["ids"]) for row in batch)

    def padded(key: str, filler: int) -> Any:
        return torch.tensor(
            [row[key] + [filler] * (length - len(row[key])) for row in batch]
        )

    mask = [
        [1] * len(row["ids"]) + [0] * (length - len(row["ids"]))
        for row in batch
    ]
    return {
        "input_ids": padded("ids", 0),
        "attention_mask": torch.tensor(mask),
        "labels": padded("labels", NOT_SCORED),
    }


if __name__ == "__main__":
    main()
