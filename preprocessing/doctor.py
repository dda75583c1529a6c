"""What is wrong with a corpus, before anything is made of it.

One pass reads and tokenizes the text as create_pretraining_data.py does
(documents.py) and counts (corpus_statistics.py); the numbers are judged in
diagnosis.py. The same pass can be the one that makes the corpus:

    collector = new_collector(encoder.tokenizer, rules=rules, ...)
    corpus = read_corpus(parts, encoder, watch=collector.see)
    findings = diagnose(collector.finish(), encoder.tokenizer, rules=rules)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from preprocessing.corpus_files import FilePart
from preprocessing.corpus_statistics import StatisticsCollector
from preprocessing.diagnosis import diagnose
from preprocessing.documents import encoded_blocks
from preprocessing.expected_balance import PairRules
from preprocessing.findings import Finding, has_errors, report
from preprocessing.line_ids import LineEncoder
from preprocessing.tokenization import Tokenizer

__all__ = [
    "Finding",
    "PairRules",
    "check_corpus",
    "diagnose",
    "has_errors",
    "new_collector",
    "report",
]


def check_corpus(
    parts: Sequence[FilePart],
    encoder: LineEncoder,
    *,
    rules: PairRules | None,
    break_at_end_of_file: bool = False,
    strict: bool = False,
    progress: Callable[[int], object] | None = None,
) -> list[Finding]:
    """Reads files and returns what there is to say about them.

    Unlike `read_corpus` it goes on where a line is not UTF-8, unless `strict`.

    Args:
      parts: the files.
      encoder: `line_encoder(tokenizer)`.
      rules: of the pairs that are to be made; None = no pairs.
      break_at_end_of_file: whether a document ends with its file.
      strict: whether such a line is an error.
      progress: called with the number of bytes read since the last call.

    Raises:
      InputError: a damaged .gz; not UTF-8, if `strict`.
    """
    collector = new_collector(
        encoder.tokenizer,
        rules=rules,
        break_at_end_of_file=break_at_end_of_file,
    )
    for encoded in encoded_blocks(
        parts, encoder, on_invalid=None if strict else collector.see_invalid
    ):
        collector.see(encoded)
        if progress is not None:
            progress(encoded.block.num_bytes)
    return diagnose(collector.finish(), encoder.tokenizer, rules=rules)


def new_collector(
    tokenizer: Tokenizer,
    *,
    rules: PairRules | None,
    break_at_end_of_file: bool,
) -> StatisticsCollector:
    """Returns what looks on while `read_corpus(watch=collector.see)` reads."""
    return StatisticsCollector(
        max_pieces=sys.maxsize if rules is None else rules.max_pieces,
        unk_id=tokenizer.unk_id,
        break_at_end_of_file=break_at_end_of_file,
    )
