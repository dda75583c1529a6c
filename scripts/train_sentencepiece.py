r"""Trains a SentencePiece model on text, with ALBERT's options.

  python scripts/train_sentencepiece.py --input_file=corpus/*.txt \
    --model_prefix=myalbert/30k-clean

writes myalbert/30k-clean.model, which goes to --spm_model_file everywhere, and
30k-clean.vocab, a list to read. Text is one sentence a line, and is cleaned as
ALBERT cleans it: NFKD without combining characters, in lower case unless
--do_lower_case=false is given here and later. The same text and flags give the
same model; the files are read in the order of their names.

With --wordpiece_vocab_file the result is a BERT vocabulary, made as SciBERT's:

  python scripts/train_sentencepiece.py --input_file=corpus/*.txt \
    --model_prefix=myscibert/bpe --model_type=bpe --vocab_size=31000 \
    --character_coverage=0.9999 --wordpiece_vocab_file=myscibert/vocab.txt

Then text is cut into BERT's words before the training, so that every piece is
one that BERT can use, and the .model is no model for ALBERT.
scripts/build_vocab.py makes a vocabulary of an exact size instead and scores
it. docs/vocabulary.md compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from absl import flags, logging

from cli import entry, progress_bars, text_inputs, vocabulary_files
from foundation import files
from foundation.errors import InputError
from preprocessing import vocabulary_layout
from preprocessing.corpus_sample import CorpusSample
from preprocessing.sentence_piece import preprocess_text
from preprocessing.sentence_piece_training import (
    SentencePieceOptions,
    TrainedModel,
    spread_lines,
    train_sentencepiece,
)
from preprocessing.wordpiece import ReferenceWordPiece, TextRules
from preprocessing.wordpiece_conversion import to_wordpieces

_MEGABYTE = 1_000_000
_ALBERT = SentencePieceOptions()
_STRINGS = {
    "input_file": (
        None,
        "Text, one sentence a line: files and patterns with commas between; "
        ".gz too.",
    ),
    "model_prefix": (
        None,
        "Where to write, without .model and .vocab. ALBERT's is named "
        "30k-clean.",
    ),
    "control_symbols": (
        ",".join(_ALBERT.control_symbols),
        "Pieces that no text has, with commas between.",
    ),
    "user_defined_symbols": (
        ",".join(_ALBERT.user_defined_symbols),
        "Pieces that are always cut out as they are, with commas between.",
    ),
    "wordpiece_vocab_file": (
        None,
        "Also write the pieces as a vocabulary for BERT. Then text is cut "
        "into BERT's words first, and there are no symbols.",
    ),
}
_INTEGERS = {
    "vocab_size": (_ALBERT.vocab_size, "Pieces, symbols included."),
    "sample_megabytes": (
        80,
        "How much text is read, in millions of bytes; of a larger corpus, "
        "stretches that are evenly spread over it.",
    ),
    "input_sentence_size": (
        _ALBERT.input_sentence_size,
        "Lines learned from at most; of more, evenly spread ones.",
    ),
    "max_sentence_length": (
        _ALBERT.max_sentence_length,
        "Bytes; longer lines are left out.",
    ),
    "num_threads": (
        _ALBERT.num_threads,
        "Of the training. A unigram model changes a little with it, so it is "
        "not taken from the machine.",
    ),
}


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    for name, (default, text) in _STRINGS.items():
        flags.DEFINE_string(name, default, text, **own)
    for name, (number, text) in _INTEGERS.items():
        flags.DEFINE_integer(name, number, text, lower_bound=1, **own)
    flags.DEFINE_enum(
        "model_type",
        _ALBERT.model_type,
        ["unigram", "bpe"],
        "unigram: ALBERT's; bpe: SciBERT's.",
        **own,
    )
    flags.DEFINE_float(
        "character_coverage",
        _ALBERT.character_coverage,
        "Share of the characters of the text that get a piece.",
        lower_bound=0.9,
        upper_bound=1.0,
        **own,
    )
    flags.DEFINE_boolean("do_lower_case", True, "Lower-case text.", **own)
    flags.DEFINE_enum(
        "layout",
        None,
        list(vocabulary_layout.LAYOUTS),
        "Of --wordpiece_vocab_file: where its special pieces stand. Not "
        "given: as in Google's cased or uncased vocabulary.",
        **own,
    )
    flags.DEFINE_boolean(
        "overwrite_output", False, "Replace files that are there.", **own
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", **own
    )


def main(_: Sequence[str]) -> None:
    """Trains a model as the command line says."""
    train(flags.FLAGS)


def train(fv: flags.FlagValues) -> None:
    """Trains a model as the flags say."""
    model_file, vocab_file = vocabulary_files.check_outputs(
        fv, "model_prefix", (".model", ".vocab")
    )
    if fv.wordpiece_vocab_file:
        vocabulary_files.check_outputs(fv, "wordpiece_vocab_file")
    options = _options(fv)
    sample = CorpusSample(
        text_inputs.read(fv),
        sample_bytes=fv.sample_megabytes * _MEGABYTE,
    )
    trained = _trained(fv, sample, options)
    with files.write_atomically(vocab_file) as file:
        file.write(trained.vocab_text())
    with files.write_atomically(model_file, "wb") as file:
        file.write(trained.model)
    print(
        f"{model_file}: {options.vocab_size} pieces, from "
        f"{trained.num_lines} lines"
    )
    if fv.wordpiece_vocab_file:
        _write_wordpieces(fv, trained)


def _trained(
    fv: flags.FlagValues, sample: CorpusSample, options: SentencePieceOptions
) -> TrainedModel:
    num_lines = sum(
        sum(map(bool, map(bytes.strip, text.split(b"\n"))))
        for text in sample.texts(held_out=False)
    )
    with progress_bars.open_bar("reading", sample.wanted_bytes, "B") as bar:
        lines = spread_lines(
            _lines(sample, _cleaner(fv), progress=bar.update),
            num_lines=num_lines,
            num_wanted=options.input_sentence_size,
        )
        trained = train_sentencepiece(lines, options)
    if trained.num_too_long:
        logging.warning(
            "%d lines were left out: they are longer than "
            "--max_sentence_length=%d bytes.",
            trained.num_too_long,
            options.max_sentence_length,
        )
    return trained


def _options(fv: flags.FlagValues) -> SentencePieceOptions:
    """Returns the library's options.

    Raises:
      InputError: flags that do not go together.
    """
    values = {name: fv[name].value for name in _INTEGERS}
    del values["sample_megabytes"]
    values["model_type"] = fv.model_type
    values["character_coverage"] = fv.character_coverage
    if not fv.wordpiece_vocab_file:
        if fv["layout"].present:
            raise _without(fv, "layout", "--wordpiece_vocab_file")
        return SentencePieceOptions(
            control_symbols=_names(fv.control_symbols),
            user_defined_symbols=_names(fv.user_defined_symbols),
            **values,
        )
    for name in ("control_symbols", "user_defined_symbols"):
        if fv[name].present:
            raise _without(fv, name, "a model for ALBERT")
    return SentencePieceOptions(
        control_symbols=(),
        user_defined_symbols=(),
        pad=False,
        normalization="identity",
        **values,
    )


def _without(fv: flags.FlagValues, name: str, where: str) -> InputError:
    return InputError(
        f"--{name} has nothing to act on",
        got=f"--{name}={fv[name].value} with --wordpiece_vocab_file="
        f"{fv.wordpiece_vocab_file or ''}",
        expected=where,
        next_step=f"leave --{name} out",
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _cleaner(fv: flags.FlagValues) -> Callable[[str], str]:
    """Returns what makes a line ready for the library."""
    if fv.wordpiece_vocab_file:
        reference = ReferenceWordPiece({}, _rules(fv))
        return lambda line: " ".join(reference.words(line))
    return lambda line: preprocess_text(line, lower_case=fv.do_lower_case)


def _rules(fv: flags.FlagValues) -> TextRules:
    return TextRules(fv.do_lower_case, strip_accents=fv.do_lower_case)


def _lines(
    sample: CorpusSample,
    clean: Callable[[str], str],
    *,
    progress: Callable[[int], object],
) -> Iterator[str]:
    for text in sample.texts(held_out=False, progress=progress):
        for line in text.decode().split("\n"):
            cleaned = clean(line)
            if cleaned:
                yield cleaned


def _write_wordpieces(fv: flags.FlagValues, trained: TrainedModel) -> None:
    converted = to_wordpieces(trained.pieces(), _rules(fv))
    layout = fv.layout or ("uncased" if fv.do_lower_case else "cased")
    pieces = [*vocabulary_layout.special_pieces(layout), *converted.pieces]
    with files.write_atomically(fv.wordpiece_vocab_file) as file:
        file.write(vocabulary_layout.vocabulary_text(pieces))
    print(
        f"{fv.wordpiece_vocab_file}: {len(pieces)} pieces; "
        f"{converted.num_added} of them characters that were added, "
        f"{converted.num_impossible} SentencePieces left out"
    )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
