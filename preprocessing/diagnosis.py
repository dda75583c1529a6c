"""The numbers of a corpus -> findings: what is wrong with it.

What makes no instance is an error. What does make some, if bad ones, is a
warning: the originals take it, and so must a faithful copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from preprocessing.corpus_statistics import (
    HISTOGRAM_BOUNDS,
    CorpusStatistics,
)
from preprocessing.expected_balance import (
    Balance,
    PairRules,
    expected_balance,
)
from preprocessing.file_findings import about_encoding, about_files, most
from preprocessing.findings import (
    ALL_FILES,
    NOTE,
    WARNING,
    Finding,
    worst_first,
)
from preprocessing.sentence_piece import SentencePieceTokenizer
from preprocessing.tokenization import Tokenizer
from preprocessing.vocabulary import MAX_UPPER_CASE_SHARE, upper_case_share
from preprocessing.wordpiece import WordPieceTokenizer

# Shares from which on something is worth a warning. Real abstracts and notes
# (PubMed, Portuguese neurology) are well below.
_MANY_ONE_SENTENCE = 0.2  # of documents
_MANY_UNKNOWN = 0.01  # of pieces
_MANY_REPEATED = 0.05  # of lines; of documents
_MUCH_LOST = 0.02  # of pieces
_UNBALANCED = 0.65  # of labels
_FEW_CAPITALS, _MANY_CAPITALS = 0.001, 0.5  # of letters; English has 3-5 %
_ENOUGH_LETTERS = 1000  # to judge by


def diagnose(
    statistics: CorpusStatistics,
    tokenizer: Tokenizer,
    *,
    rules: PairRules | None,
) -> list[Finding]:
    """Returns the findings, errors first.

    Args:
      statistics: of the corpus.
      tokenizer: that it was read with.
      rules: of the pairs that are to be made; None = no pairs, so that
        sentences and documents do not matter.
    """
    findings = [
        *about_encoding(statistics.files),
        *about_files(statistics),
    ]
    if statistics.num_documents:
        if rules is not None:
            balance = expected_balance(statistics.sampled_documents, rules)
            findings += [
                *_about_documents(statistics),
                *_about_lengths(statistics, rules),
                *_about_balance(statistics, balance, rules),
            ]
        findings += [
            *_about_copies(statistics),
            *_about_unknown(statistics),
            *_about_case(statistics, tokenizer),
        ]
    return worst_first(findings)


def _about_documents(statistics: CorpusStatistics) -> Iterator[Finding]:
    num_documents = statistics.num_documents
    num_sentences = statistics.num_sentences
    one_share = statistics.num_one_sentence / num_documents
    yield Finding(
        NOTE,
        "documents",
        f"{num_documents:,} documents, {num_sentences:,} sentences, "
        f"{statistics.num_pieces:,} pieces; sentences per document: "
        f"{num_sentences / num_documents:.1f} on average, "
        f"{statistics.longest_document:,} at most; "
        f"{one_share:.1%} of documents have one ({_by_size(statistics)})",
        ALL_FILES,
    )
    if num_documents == 1:
        yield _one_document(statistics)
    elif one_share == 1:
        yield Finding(
            WARNING,
            "blank_line_after_every_sentence",
            f"all {num_documents:,} documents have one sentence: each pair "
            "is a random one",
            ALL_FILES,
            "put blank lines between documents only",
        )
    elif one_share > _MANY_ONE_SENTENCE:
        yield Finding(
            WARNING,
            "one_sentence_documents",
            f"{one_share:.0%} of documents have one sentence, and make "
            "random pairs only",
            ALL_FILES,
            "see whether sentences were split, and blank lines are between "
            "documents only",
        )


def _by_size(statistics: CorpusStatistics) -> str:
    """Returns how many documents have 1, 2, 3-4, 5-8, ... sentences."""
    low = 1
    parts = []
    counts = statistics.histogram
    for high, count in zip((*HISTOGRAM_BOUNDS, None), counts, strict=True):
        if high is None:
            name = f"{low} and more"
        else:
            name = str(high) if low == high else f"{low}-{high}"
            low = high + 1
        if count:
            parts.append(f"{name}: {count:,}")
    return ", ".join(parts)


def _one_document(statistics: CorpusStatistics) -> Finding:
    if statistics.num_sentences > 1 and not any(
        file.num_blank for file in statistics.files
    ):
        return Finding(
            WARNING,
            "no_blank_lines",
            f"no blank line between {statistics.num_sentences:,} sentences: "
            "all are one document, and each random next sentence is its own",
            ALL_FILES,
            "put a blank line between documents",
        )
    return Finding(
        WARNING,
        "one_document",
        f"one document of {statistics.num_sentences:,} sentences: each random "
        "next sentence is its own",
        ALL_FILES,
        "give two documents or more, with a blank line between them",
    )


def _about_lengths(
    statistics: CorpusStatistics, rules: PairRules
) -> Iterator[Finding]:
    share = statistics.num_lost_pieces / statistics.num_pieces
    if share > _MUCH_LOST:
        yield Finding(
            WARNING,
            "long_lines",
            f"{statistics.num_long:,} of {statistics.num_sentences:,} lines "
            f"have more than {rules.max_pieces} pieces, what an instance "
            f"holds: {share:.0%} of the text is never seen",
            ALL_FILES,
            "split the text into sentences, one a line, or raise "
            "--max_seq_length",
        )


def _about_balance(
    statistics: CorpusStatistics, balance: Balance, rules: PairRules
) -> Iterator[Finding]:
    share = balance.not_next_share
    label = "not next" if rules.random_next else "swapped or random"
    a_pass = statistics.num_documents / len(statistics.sampled_documents)
    yield Finding(
        NOTE,
        "balance",
        f"about {balance.num_instances * a_pass:,.0f} instances each time "
        f"through; {share:.0%} are expected to be {label}, and "
        f"{balance.single_share:.0%} to be of a single sentence, which always "
        "are",
        ALL_FILES,
    )
    if share > _UNBALANCED:
        yield Finding(
            WARNING,
            "unbalanced_labels",
            f"{share:.0%} of the pairs will be {label}; half is meant",
            ALL_FILES,
            "give documents of more sentences, or a larger --max_seq_length",
        )


def _about_copies(statistics: CorpusStatistics) -> Iterator[Finding]:
    repeated = statistics.repeated_lines
    yield Finding(
        WARNING if repeated > _MANY_REPEATED else NOTE,
        "repeated_lines",
        f"{repeated:.1%} of the sentences are there before",
        ALL_FILES,
        "remove repeated lines, such as headers"
        if repeated > _MANY_REPEATED
        else "",
    )
    near = statistics.near_duplicates
    if not near.num_compared:
        return
    is_much = near.share > _MANY_REPEATED
    sample = " in a sample" if near.is_sample else ""
    where, example = ALL_FILES, ""
    if len(near.pairs):
        later, earlier = map(statistics.place_of, near.pairs[0].tolist())
        where, example = later, f"; this one is nearly that at {earlier}"
    yield Finding(
        WARNING if is_much else NOTE,
        "near_duplicates",
        f"{near.share:.1%} of the {near.num_compared:,} documents that were "
        f"compared{sample} are nearly an earlier one{example}",
        where,
        "keep one version of notes that were copied forward" if is_much else "",
    )


def _about_unknown(statistics: CorpusStatistics) -> Iterator[Finding]:
    num_unknown = sum(file.num_unknown for file in statistics.files)
    share = num_unknown / statistics.num_pieces
    what = f"{share:.2%} of the pieces are unknown"
    if share <= _MANY_UNKNOWN:
        yield Finding(NOTE, "unknown_pieces", what, ALL_FILES)
        return
    yield Finding(
        WARNING,
        "unknown_pieces",
        what,
        most(statistics.files, lambda file: file.num_unknown),
        "give the vocabulary that was made for this language and casing",
    )


def _about_case(
    statistics: CorpusStatistics, tokenizer: Tokenizer
) -> Iterator[Finding]:
    """Compares the capitals of text, vocabulary and tokenizer."""
    pieces: Sequence[str] = ()
    if isinstance(tokenizer, WordPieceTokenizer):
        pieces = tuple(tokenizer.ids)
    elif isinstance(tokenizer, SentencePieceTokenizer):
        pieces = tokenizer.all_pieces
    in_vocabulary = upper_case_share(pieces)
    if statistics.num_letters < _ENOUGH_LETTERS or in_vocabulary is None:
        return
    is_cased = in_vocabulary > MAX_UPPER_CASE_SHARE
    in_text = statistics.num_upper / statistics.num_letters
    what = next_step = ""
    if is_cased and tokenizer.lower_case:
        what = "the vocabulary has capitals, and the text is lower-cased"
        next_step = "give --do_lower_case=false"
    elif not is_cased and not tokenizer.lower_case and in_text > _FEW_CAPITALS:
        what = (
            f"{in_text:.1%} of the letters are capitals, which the vocabulary "
            "has not"
        )
        next_step = "give --do_lower_case=true"
    elif is_cased and in_text < _FEW_CAPITALS:
        what = "the vocabulary has capitals, and the text has none"
        next_step = "give the text as it was written, or an uncased vocabulary"
    elif is_cased and in_text > _MANY_CAPITALS:
        what = (
            f"{in_text:.0%} of the letters are capitals; the vocabulary is of "
            "ordinary text"
        )
        next_step = "give an uncased vocabulary, or the text as it was written"
    if what:
        yield Finding(WARNING, "casing", what, ALL_FILES, next_step)
