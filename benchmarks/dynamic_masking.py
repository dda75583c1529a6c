"""Masks drawn in training beside masks in the records: records per second.

  python benchmarks/dynamic_masking.py \
    --text_file=../shared/data/corpus/pubmed-docs/pubmed_docs.txt \
    --vocab_file=../shared/data/vocab/bert-base-uncased/vocab.txt

Both sets of records are made of the text (one pass, 128 pieces). "static" is
what a user would do instead: a tf.data pipeline that reads and parses records
with masks. "dynamic" reads, parses and masks records without. In turns, the
best of --rounds; "masks alone" is the masking of batches in memory by one
thread. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np

from preprocessing.dynamic_masking import DynamicMasker, TokenRows
from preprocessing.instance_options import InstanceOptions
from preprocessing.manifest import load_manifest
from preprocessing.masked_dataset import TokenRecords, masked_batches
from preprocessing.records import read_examples
from preprocessing.tokenization import load_wordpiece
from preprocessing.vocabulary_facts import vocabulary_facts

_SCRIPT = pathlib.Path(__file__).resolve().parent.parent / (
    "create_pretraining_data.py"
)
_OPTIONS = InstanceOptions(
    family="bert",
    max_seq_length=128,
    max_predictions_per_seq=20,
    dupe_factor=1,
    do_whole_word_mask=False,
)
_BATCH = 256


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--text_file", required=True)
    parser.add_argument("--vocab_file", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    facts = vocabulary_facts(
        load_wordpiece(options.vocab_file, lower_case=True)
    )
    masker = DynamicMasker(_OPTIONS, facts)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        paths = {
            kind: make(folder / kind, options, kind)
            for kind in ("true", "false")
        }
        rates = in_turns(
            {
                "static": lambda: static(paths["false"]),
                "dynamic": lambda: dynamic(paths["true"], masker),
                "masks alone": alone(paths["true"], masker),
            },
            options.rounds,
        )
    print(json.dumps({**rates, "ratio": rates["dynamic"] / rates["static"]}))


def make(
    path: pathlib.Path, options: argparse.Namespace, dynamic_masking: str
) -> str:
    subprocess.run(
        [
            sys.executable,
            str(_SCRIPT),
            f"--input_file={options.text_file}",
            f"--vocab_file={options.vocab_file}",
            f"--output_file={path}",
            f"--dynamic_masking={dynamic_masking}",
            "--dupe_factor=1",
        ],
        check=True,
        capture_output=True,
    )
    return str(path)


def in_turns(
    ways: dict[str, Callable[[], int]], rounds: int
) -> dict[str, float]:
    """Returns the most records a second of each way."""
    rates = dict.fromkeys(ways, 0.0)
    for number in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            rate = way() / (time.perf_counter() - start)
            print(f"round {number}: {name}: {rate:,.0f} records/s", flush=True)
            rates[name] = max(rates[name], rate)
    return rates


def static(path: str) -> int:
    import tensorflow as tf

    manifest = load_manifest(path)
    kinds = {
        name: tf.io.FixedLenFeature(
            [size], tf.float32 if "weights" in name else tf.int64
        )
        for name, size in manifest.features.items()
    }
    data = (
        tf.data.TFRecordDataset(path)
        .batch(_BATCH, drop_remainder=True)
        .map(
            lambda batch: tf.io.parse_example(batch, kinds),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .prefetch(tf.data.AUTOTUNE)
    )
    return consumed(data)


def dynamic(path: str, masker: DynamicMasker) -> int:
    records = TokenRecords.of(load_manifest(path), os.path.dirname(path))
    return consumed(
        masked_batches(
            records,
            masker,
            batch_size=_BATCH,
            seed=1,
            epoch=0,
            drop_remainder=True,
        )
    )


def consumed(data: Any) -> int:
    return sum(int(batch["input_ids"].shape[0]) for batch in data)


def alone(path: str, masker: DynamicMasker) -> Callable[[], int]:
    rows = read_examples(path)
    ids = rows["input_ids"].astype(np.int32)
    lengths = rows["input_mask"].sum(axis=1)

    def run() -> int:
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            numbers = np.arange(start, start + len(ids[part]))
            token_rows = TokenRows.of_padded(ids[part], lengths[part])
            masker.mask(token_rows, numbers, seed=1, epoch=0)
        return len(ids)

    return run


if __name__ == "__main__":
    main()
