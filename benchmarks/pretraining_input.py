"""The input of run_pretraining.py alone: records and tokens per second.

  python benchmarks/pretraining_input.py

Makes records of ../shared/data/corpus/pubmed-docs, of 128 and of 512 pieces,
with masks and without (drawn on the way), reads batches of them, shuffled, and
prints the rate of each (the best of --rounds, in turns) beside the processor
time of a record. Padding counts as tokens, as it does in a training step.
--input_file names records that are read instead. TensorFlow is not imported.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

from preprocessing.dynamic_masking import DynamicMasker
from preprocessing.instance_options import InstanceOptions
from preprocessing.pretraining_batches import PretrainingBatches
from preprocessing.record_set import open_record_set
from preprocessing.tokenization import load_wordpiece
from preprocessing.vocabulary_facts import vocabulary_facts

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_DATA = _ROOT.parent / "shared" / "data"
_PREDICTIONS = {128: 20, 512: 77}  # 15 %, as BERT's README has it
_STATIC, _DYNAMIC = "static", "dynamic"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--input_file", nargs="*", help="records with masks")
    parser.add_argument(
        "--text_file", default=_DATA / "corpus/pubmed-docs/pubmed_docs.txt"
    )
    parser.add_argument(
        "--vocab_file", default=_DATA / "vocab/bert-base-uncased/vocab.txt"
    )
    parser.add_argument("--batch_size", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        ways = given(options) or made(options, pathlib.Path(name))
        best: dict[str, dict[str, float]] = {}
        for number, (way, batches) in itertools.product(
            range(options.rounds), ways.items()
        ):
            rates = rates_of(batches, options.seconds)
            print(
                f"round {number}: {way}: "
                f"{rates['records_per_second']:,.0f} records/s, "
                f"{rates['tokens_per_second']:,.0f} tokens/s, "
                f"{rates['cpu_us_per_record']:.1f} us of a core each",
                flush=True,
            )
            before = best.get(way, rates)
            best[way] = max(
                (before, rates), key=lambda one: one["records_per_second"]
            )
    print(json.dumps(best))


def given(options: argparse.Namespace) -> dict[str, PretrainingBatches]:
    """Returns the batches of --input_file."""
    if not options.input_file:
        return {}
    records = open_record_set(options.input_file)
    return {
        "given": PretrainingBatches(
            records,
            max_seq_length=records.features["input_ids"],
            max_predictions_per_seq=records.features["masked_lm_ids"],
            batch_size=options.batch_size,
            seed=1,
        )
    }


def made(
    options: argparse.Namespace, folder: pathlib.Path
) -> dict[str, PretrainingBatches]:
    """Returns the batches of records that are made here, by what they are."""
    facts = vocabulary_facts(
        load_wordpiece(str(options.vocab_file), lower_case=True)
    )
    ways = {}
    for kind, length in itertools.product((_STATIC, _DYNAMIC), _PREDICTIONS):
        instances = InstanceOptions(
            family="bert",
            max_seq_length=length,
            max_predictions_per_seq=_PREDICTIONS[length],
            dupe_factor=1,
            do_whole_word_mask=False,
        )
        path = str(folder / f"{kind}-{length}")
        make(path, instances, options, is_dynamic=kind == _DYNAMIC)
        ways[f"{kind} {length}"] = PretrainingBatches(
            open_record_set([path]),
            max_seq_length=length,
            max_predictions_per_seq=_PREDICTIONS[length],
            batch_size=options.batch_size,
            seed=1,
            masker=DynamicMasker(instances, facts)
            if kind == _DYNAMIC
            else None,
        )
    return ways


def make(
    path: str,
    instances: InstanceOptions,
    options: argparse.Namespace,
    *,
    is_dynamic: bool,
) -> None:
    subprocess.run(
        [
            sys.executable,
            str(_ROOT / "create_pretraining_data.py"),
            f"--input_file={options.text_file}",
            f"--vocab_file={options.vocab_file}",
            f"--output_file={path}",
            f"--max_seq_length={instances.max_seq_length}",
            f"--max_predictions_per_seq={instances.max_predictions_per_seq}",
            f"--dynamic_masking={is_dynamic}",
            "--dupe_factor=1",
        ],
        check=True,
        capture_output=True,
    )


def rates_of(batches: PretrainingBatches, seconds: float) -> dict[str, Any]:
    """Returns what a run of about so many seconds reads."""
    stream = batches.from_batch(0)
    num_records, length = next(stream)["input_ids"].shape  # warm
    count = 0
    start, cpu_start = time.perf_counter(), time.process_time()
    for _ in stream:
        count += num_records
        wall = time.perf_counter() - start
        if wall > seconds:
            break
    cpu = time.process_time() - cpu_start
    stream.close()
    return {
        "records_per_second": count / wall,
        "tokens_per_second": count * length / wall,
        "cpu_us_per_record": 1e6 * cpu / count,
    }


if __name__ == "__main__":
    main()
