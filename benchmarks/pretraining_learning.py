"""Pretraining from nothing: does a small model learn more than frequencies?

  python benchmarks/pretraining_learning.py --family=bert \
    --input_file=pubmed_docs.txt --vocab_file=vocab.txt --output_dir=out

BERT (AdamW) or ALBERT (LAMB), 4 layers 256 wide, from random weights on a
corpus of 2 million words, two seeds. Ten minutes of processor time each.
Prints the held-out masked-LM loss beside what knowing only how frequent each
piece is gives, and draws both runs in one picture: figure 3 of
run_pretraining.py's issue.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from preprocessing.records import iterate_examples
from preprocessing.tokenization import load_sentencepiece, load_wordpiece
from reporting.history import read_history
from reporting.pretraining_curves import write_pretraining_curves

_ROOT = Path(__file__).resolve().parent.parent
_CONFIG = {
    "hidden_size": 256,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 1024,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
}
# A rate of AdamW moves each weight by as much, one of LAMB by that share of
# its matrix's norm: at 8e-4, 4 % of 0.02, BERT stays at the frequencies.
_FAMILIES = {
    "bert": ({}, {"optimizer": "adamw", "learning_rate": 2.5e-4}),
    "albert": (
        {"embedding_size": 128},
        {"optimizer": "lamb", "learning_rate": 5e-3},
    ),
}
_VOCABULARIES = ("vocab_file", "spm_model_file")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--family", choices=list(_FAMILIES), required=True)
    parser.add_argument("--input_file", required=True)
    parser.add_argument("--vocab_file", help="of BERT")
    parser.add_argument("--spm_model_file", help="of ALBERT")
    parser.add_argument("--output_dir", required=True)
    parser.add_argument("--steps", type=int, default=1350)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    folder = Path(options.output_dir)
    records = folder / "records" / "text.tfrecord"
    held_out = records.parent / "held_out" / records.name
    write_records(options, records)
    runs = {}
    for seed in options.seeds:
        runs[f"seed {seed}"] = str(folder / f"seed_{seed}")
        train(options, records, seed)
    report(options, masked_pieces(records), masked_pieces(held_out), runs=runs)


def write_records(options: argparse.Namespace, records: Path) -> None:
    """Writes records of 64 pieces, a twentieth of the documents held out."""
    if records.exists():
        return
    flags = {
        "input_file": options.input_file,
        "output_file": records,
        "max_seq_length": 64,
        "max_predictions_per_seq": 10,
        "dupe_factor": 5,
        "held_out_fraction": 0.05,
        "random_seed": 12345,
        **vocabulary(options),
    }
    run("create_pretraining_data.py", flags)


def train(options: argparse.Namespace, records: Path, seed: int) -> None:
    """Pretrains with one seed."""
    folder = Path(options.output_dir)
    sizes, settings = _FAMILIES[options.family]
    config = {"vocab_size": vocab_size(options), **_CONFIG, **sizes}
    config_file = folder / "config.json"
    config_file.write_text(json.dumps(config))
    flags = {
        "do_train": "true",
        "input_file": records,
        "eval_input_file": records.parent / "held_out" / records.name,
        "max_eval_steps": 40,
        "eval_batch_size": 32,
        "eval_every_steps": options.steps // 9,
        f"{options.family}_config_file": config_file,
        "gelu": "tanh",
        "output_dir": folder / f"seed_{seed}",
        "train_batch_size": 32,
        "num_train_steps": options.steps,
        "num_warmup_steps": options.steps // 10,
        "precision": "bfloat16",
        "log_every_steps": 50,
        "seed": seed,
        **settings,
        **vocabulary(options),
    }
    run("run_pretraining.py", flags)


def vocabulary(options: argparse.Namespace) -> dict[str, str]:
    """Returns the flag that names the vocabulary."""
    given = {name: getattr(options, name) for name in _VOCABULARIES}
    return {name: path for name, path in given.items() if path}


def vocab_size(options: argparse.Namespace) -> int:
    """Counts the pieces of the vocabulary."""
    if options.spm_model_file:
        return load_sentencepiece(
            options.spm_model_file, lower_case=True, strip_accents=True
        ).vocab_size
    return load_wordpiece(options.vocab_file, lower_case=True).vocab_size


def run(script: str, flags: Mapping[str, object]) -> None:
    """Runs a script of the kit; ends this one where it fails."""
    command = [sys.executable, str(_ROOT / script)]
    command += [f"--{name}={value}" for name, value in flags.items()]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{script} failed")


def masked_pieces(path: Path) -> collections.Counter[int]:
    """Counts the pieces that are predicted in a file of records."""
    counts: collections.Counter[int] = collections.Counter()
    for row in iterate_examples(str(path)):
        used = row["masked_lm_weights"]
        counts.update(
            piece
            for piece, weight in zip(row["masked_lm_ids"], used, strict=True)
            if weight
        )
    return counts


def frequency_loss(known: Mapping[int, int], found: Mapping[int, int]) -> float:
    """Returns the mean of -ln p of found pieces, p by known frequencies."""
    # One occurrence more for each, where some are not among the known ones.
    more = int(any(piece not in known for piece in found))
    total = sum(known.values()) + more * len({*known, *found})
    log_share = {
        piece: math.log((known.get(piece, 0) + more) / total) for piece in found
    }
    nats = -sum(count * log_share[piece] for piece, count in found.items())
    return nats / sum(found.values())


def report(
    options: argparse.Namespace,
    known: Mapping[int, int],
    found: Mapping[int, int],
    *,
    runs: Mapping[str, str],
) -> None:
    """Prints losses beside what frequencies give; draws the curves.

    Args:
      options: of the command line.
      known: how often each piece is masked in training.
      found: how often in held-out records.
      runs: name -> folder.
    """
    by_frequency = frequency_loss(known, found)
    entropy = frequency_loss(found, found)
    print(
        f"held-out masked pieces: {entropy:.3f} is their entropy, "
        f"{by_frequency:.3f} their loss by the frequencies of training"
    )
    for name, folder in runs.items():
        print(f"{options.family}, {name}: {losses_of(folder)}")
    picture = write_pretraining_curves(
        options.output_dir,
        runs=runs,
        reference=entropy,
        reference_label="entropy of the held-out pieces",
    )
    print(picture)


def losses_of(folder: str) -> str:
    """Returns the held-out loss of each evaluation, and the sentence task."""
    history = read_history(folder)
    loss = history.series("eval_masked_lm_loss")
    text = ", ".join(
        f"{step}: {value:.3f}"
        for step, value in zip(loss.steps, loss.values, strict=True)
    )
    for task in ("next_sentence", "sentence_order"):
        right = history.series(f"eval_{task}_accuracy")
        if len(right):
            text += f"; {task} {right.values[-1]:.3f} right"
    return text


if __name__ == "__main__":
    main()
