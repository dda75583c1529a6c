"""WordPiece: words per second here and with Hugging Face's Rust tokenizer.

    .venv/bin/python benchmarks/tokenization.py \
        --vocab_file=../shared/data/vocab/bert-base-uncased/vocab.txt \
        --text_file=../shared/data/corpus/pubmed-docs/pubmed_docs.txt

Both on one thread, on the same lines, in turns; medians. "first pass" is a
fresh tokenizer whose memory is empty, "later pass" the same one again,
"reference" the readable path that defines the ids. The ids are compared too:
lines differ where Rust follows another rule (a word of more than 100
characters is [UNK] there, more than 200 in google-research/bert).
"""

from __future__ import annotations

import os

# Before `tokenizers` is imported: one thread.
os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from preprocessing.tokenization import infer_lower_case, load_wordpiece

REFERENCE_LINES = 4000  # the readable path is slow; speeds are per word


class Stopwatch:
    """Words per second of each contestant, run by run."""

    def __init__(self) -> None:
        self.speeds: dict[str, list[float]] = {}

    def run(
        self, name: str, encode: Callable[[list[str]], Any], lines: list[str]
    ) -> Any:
        start = time.perf_counter()
        result = encode(lines)
        seconds = time.perf_counter() - start
        self.speeds.setdefault(name, []).append(count_words(lines) / seconds)
        return result

    def print(self) -> None:
        medians = {n: statistics.median(v) for n, v in self.speeds.items()}
        base = next(iter(medians.values()))
        for name, speed in medians.items():
            print(f"{name:12}{speed:>12,.0f} words/s{speed / base:>8.2f} x")


def count_words(lines: list[str]) -> int:
    return sum(len(line.split()) for line in lines)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--vocab_file", required=True)
    parser.add_argument("--text_file", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def compare(arguments: argparse.Namespace, rust_class: Any) -> None:
    with open(arguments.text_file, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    vocab_file = arguments.vocab_file
    lower_case = infer_lower_case(vocab_file) is not False
    watch = Stopwatch()
    for _ in range(arguments.repeats):
        rust = rust_class(vocab_file, lowercase=lower_case)
        ours = load_wordpiece(vocab_file, lower_case=lower_case)
        theirs = watch.run("Rust", rust.encode_batch, lines)
        ids = watch.run("first pass", ours.encode_lines, lines)
        watch.run("later pass", ours.encode_lines, lines)
        watch.run(
            "reference",
            lambda texts, path=ours.reference: [path.encode(x) for x in texts],
            lines[:REFERENCE_LINES],
        )
    print(f"{len(lines):,} lines, {count_words(lines):,} words")
    watch.print()
    differing = sum(
        [ours.cls_id, *row, ours.sep_id] != encoding.ids
        for row, encoding in zip(ids, theirs, strict=True)
    )
    print(f"lines with other ids: {differing}")


def main() -> int:
    arguments = parse_arguments()
    try:
        from tokenizers import BertWordPieceTokenizer
    except ImportError:
        print(
            "this compares with Hugging Face's `tokenizers`, which is not "
            "installed. Next: `.venv/bin/pip install -e '.[bench]'`",
            file=sys.stderr,
        )
        return 2
    compare(arguments, BertWordPieceTokenizer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
