r"""Makes a WordPiece vocabulary of text: files in, BERT's vocab.txt out.

For a model that is trained from scratch, in a language or a field whose words
the published vocabularies cut to pieces. For example:

  python scripts/build_vocab.py --input_file=corpus/*.txt \
    --vocab_file=mybert/vocab.txt --vocab_size=30000 --do_lower_case=false

Text is cut into words exactly as create_pretraining_data.py and the models do
with the same --do_lower_case, --strip_accents and --control_characters: use
the same ones later. Special pieces stand where they stand in Google's files,
so [UNK], [CLS], [SEP] and [MASK] are 100 to 103, and every character that
comes --min_character_frequency times is a piece, so no word made of such
characters is unknown.

A part of the corpus is held out, and the vocabulary is scored on it: pieces
per word, unknown words. --compare_vocab_file scores another one beside it.
vocab.txt.json keeps settings and scores. The same text and flags give the same
file. docs/vocabulary.md says more, also about SentencePiece.

A vocabulary shows words of its text. Made of clinical notes, it can hold
names: raise --min_frequency and read it before others do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags, logging

from cli import entry, progress_bars, text_inputs, vocabulary_files
from foundation import files, json_files
from foundation.errors import InputError
from preprocessing.corpus_sample import CorpusSample
from preprocessing.tokenization import infer_lower_case, read_pieces
from preprocessing.vocabulary_building import (
    BuiltVocabulary,
    VocabularyOptions,
    build_vocabulary,
)
from preprocessing.vocabulary_coverage import Coverage
from preprocessing.vocabulary_layout import LAYOUTS
from preprocessing.wordpiece import TextRules

_MEGABYTE = 1_000_000
_STRIP_ACCENTS = {"auto": None, "true": True, "false": False}
_STRINGS = {
    "input_file": "Text: files and patterns with commas between; .gz too.",
    "vocab_file": "The file to write.",
    "compare_vocab_file": "Another vocabulary of the same casing, to be "
    "scored on the same held-out text.",
}
_INTEGERS = {
    "vocab_size": (30_000, "Lines of the file, special pieces included."),
    "min_frequency": (
        2,
        "How often a piece of two characters or more has to come in the text "
        "as the tokenizer cuts it.",
    ),
    "min_character_frequency": (
        5,
        "How often a character has to come to be a piece. Words with a rarer "
        "one are [UNK].",
    ),
    "sample_megabytes": (
        500,
        "How much text is read, in millions of bytes; of a larger corpus, "
        "stretches that are evenly spread over it.",
    ),
    "max_words": (
        2_000_000,
        "Different words kept in memory (about 200 bytes each); beyond, the "
        "rarest are dropped, and the run says how many.",
    ),
}
_CHOICES = {
    "strip_accents": (
        "auto",
        list(_STRIP_ACCENTS),
        "Whether letters lose their accents; auto: when text is lower-cased, "
        "as BERT does.",
    ),
    "control_characters": (
        "google",
        ["google", "any"],
        "Which characters are dropped: google: Unicode's Cc and Cf; any: "
        "unassigned and private ones too, as BioBERT and BlueBERT do.",
    ),
    "layout": (
        None,
        list(LAYOUTS),
        "Whose order the special pieces have. Not given: that of Google's "
        "cased or uncased vocabulary. scivocab has [UNK] at 101.",
    ),
}
_SWITCHES = {
    "do_lower_case": (True, "Make an uncased vocabulary."),
    "overwrite_output": (False, "Replace a vocabulary that is there."),
    "debug": (False, "Show the stack trace of an error."),
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    for name, text in _STRINGS.items():
        flags.DEFINE_string(name, None, text, **own)
    for name, (default, text) in _INTEGERS.items():
        flags.DEFINE_integer(name, default, text, lower_bound=1, **own)
    for name, (choice, choices, text) in _CHOICES.items():
        flags.DEFINE_enum(name, choice, choices, text, **own)
    flags.DEFINE_integer(
        "num_unused",
        None,
        "[unused] pieces, which can be given to words later. Not given: 99, "
        "and 100 for scivocab. The published files have 101 (cased), 994 "
        "(uncased) and 100 (scivocab).",
        lower_bound=0,
        **own,
    )
    flags.DEFINE_float(
        "held_out_share",
        0.02,
        "Share of the text read that is not learned from but scored on.",
        lower_bound=0.0,
        upper_bound=0.5,
        **own,
    )
    for name, (is_on, text) in _SWITCHES.items():
        flags.DEFINE_boolean(name, is_on, text, **own)


def main(_: Sequence[str]) -> None:
    """Builds a vocabulary as the command line says."""
    build(flags.FLAGS)


def build(fv: flags.FlagValues) -> None:
    """Builds a vocabulary as the flags say."""
    output, facts_file = vocabulary_files.check_outputs(
        fv, "vocab_file", ("", ".json")
    )
    options = _options(fv)
    compared = _compared(fv)
    sample = CorpusSample(
        text_inputs.read(fv),
        sample_bytes=fv.sample_megabytes * _MEGABYTE,
        held_out_share=fv.held_out_share,
    )
    with (
        progress_bars.open_bar("reading", sample.wanted_bytes, "B") as reading,
        progress_bars.open_bar(
            "learning", options.vocab_size, "piece"
        ) as learning,
    ):
        built = build_vocabulary(
            sample,
            options,
            read=reading.update,
            learned=lambda number: learning.update(number - learning.n),
        )
    scores = {output: built.coverage()}
    if compared is not None:
        scores[fv.compare_vocab_file] = built.coverage(compared)
    facts = {
        "input_file": fv.input_file,
        **built.facts(),
        "held_out": {p: score.as_json() for p, score in scores.items()},
    }
    for path, text in (
        (facts_file, json_files.line_of(facts) + "\n"),
        (output, built.text),
    ):
        with files.write_atomically(path) as file:
            file.write(text)
    _report(built, scores)


def _compared(fv: flags.FlagValues) -> tuple[str, ...] | None:
    """Returns the pieces of --compare_vocab_file; wrong ones stop the run."""
    path = fv.compare_vocab_file
    if not path:
        return None
    if infer_lower_case(path) not in (None, fv.do_lower_case):
        raise InputError(
            "--compare_vocab_file has another casing",
            got=f"--do_lower_case={str(fv.do_lower_case).lower()}",
            expected="two uncased vocabularies or two cased ones",
            next_step="give another --compare_vocab_file, or none",
            path=path,
        )
    return read_pieces(path)


def _options(fv: flags.FlagValues) -> VocabularyOptions:
    strip_accents = _STRIP_ACCENTS[fv.strip_accents]
    if strip_accents is None:
        strip_accents = fv.do_lower_case
    return VocabularyOptions(
        rules=TextRules(fv.do_lower_case, strip_accents, fv.control_characters),
        vocab_size=fv.vocab_size,
        min_frequency=fv.min_frequency,
        min_character_frequency=fv.min_character_frequency,
        layout=fv.layout or ("uncased" if fv.do_lower_case else "cased"),
        num_unused=fv.num_unused,
        max_words=fv.max_words,
    )


def _report(built: BuiltVocabulary, scores: dict[str, Coverage]) -> None:
    facts = built.facts()
    if facts["num_pruned_words"]:
        logging.warning(
            "There are more than --max_words different words: %d of %d words "
            "of the text were left out because they are rare; counts are too "
            "low by %d at most.",
            facts["num_pruned_words"],
            facts["num_words"],
            built.words.missing,
        )
    num_longer = len(built.pieces) - facts["num_special"]
    num_longer -= facts["num_characters"]
    print(
        f"{len(built.pieces)} pieces: {facts['num_special']} special, "
        f"{facts['num_characters']} characters, {num_longer} longer; the "
        f"rarest longer one comes {facts['rarest_piece']} times in "
        f"{facts['num_words']} words"
    )
    print(
        f"[UNK] in the text learned from: {facts['num_unknown_words']} words "
        f"with one of {facts['num_rare_characters']} rare characters, "
        f"{facts['num_too_long_words']} that are too long"
    )
    for path, score in scores.items():
        if score.num_words:
            print(
                f"{path}: {score.pieces_per_word:.4f} pieces per word, "
                f"{score.unknown_share:.4%} unknown, of {score.num_words} "
                "words held out"
            )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
