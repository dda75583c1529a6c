r"""Turns text files into text to pretrain on: one sentence a line.

For notes and papers that are plain text: a file for each, or many in one. A
table of notes is for format_mimic_for_BERT.py, XML for format_pubmed.py. For
example, Portuguese notes as BioBERTpt's, and then its blocks:

  python scripts/format_text.py --input_file='notas/*.txt' \
    --sentence_splitter=rules-pt --output_file=outputs/notas.txt
  python create_pretraining_data.py \
    --flagfile=scripts/recipes/biobertpt_pretraining_data.flags \
    --input_file=outputs/notas.txt --vocab_file=$MBERT_DIR/vocab.txt \
    --output_file=outputs/notas.tfrecord

Text is UTF-8. Accents stay. docs/literature.md says more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from absl import flags

from cli import entry, leftovers, output_file, progress_bars, text_inputs
from foundation import private_files
from foundation.errors import InputError
from preprocessing.clinical.sentences import (
    DEFAULT_SPLITTER,
    SPLITTERS,
    find_splitter,
)
from preprocessing.text_documents import (
    FILE,
    JSON_LINE,
    UNITS,
    documents,
    write_documents,
)


def define_flags(fv: flags.FlagValues) -> None:
    """Declares this script's flags."""
    # `module_name`: where cli.usage looks for a script's own.
    own: dict[str, Any] = {"flag_values": fv, "module_name": "__main__"}
    flags.DEFINE_string(
        "input_file",
        None,
        "Text: files and patterns with commas between; .gz too.",
        **own,
    )
    flags.DEFINE_enum(
        "documents",
        FILE,
        UNITS,
        "What one document is: a file; what stands between blank lines; a "
        "line; the text in a line of JSON.",
        **own,
    )
    flags.DEFINE_string(
        "text_key", "text", "Of JSON lines: the key of the text.", **own
    )
    flags.DEFINE_string(
        "sentence_splitter",
        DEFAULT_SPLITTER,
        f"One of {', '.join(SPLITTERS)}, or spacy:MODEL. rules: English; "
        "rules-pt: Portuguese; the others need their library.",
        **own,
    )
    flags.DEFINE_enum(
        "unicode_form",
        "nfc",
        ["nfc", "none"],
        "nfc: an accent becomes part of its letter, as in the vocabularies. "
        "none: as it is.",
        **own,
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the stack trace of an error.", **own
    )
    output_file.define(fv, "The file to write.")


def main(_: Sequence[str]) -> None:
    """Formats text as the command line says."""
    format_text(flags.FLAGS)


def format_text(fv: flags.FlagValues) -> None:
    """Formats text as the flags say."""
    if fv["text_key"].present and fv.documents != JSON_LINE:
        raise InputError(
            "--text_key is for JSON lines",
            got=f"--documents={fv.documents}",
            expected=f"--documents={JSON_LINE} beside it",
            next_step="leave --text_key out, or add that",
        )
    paths = text_inputs.read(fv)
    path = output_file.check(fv, read=paths)
    splitter = find_splitter(fv.sentence_splitter)
    private_files.warn(
        "%s gets the text that is read, in a file that only you can read "
        "(mode 0600). What is made of notes is as confidential as they are.",
        path,
    )
    leftovers.remove([path])
    texts = documents(paths, fv.documents, text_key=fv.text_key)
    with progress_bars.bar("formatting", 0, "document") as written:
        counts = write_documents(
            path,
            texts,
            splitter,
            compose=fv.unicode_form == "nfc",
            written=written,
        )
    print(
        f"{path}: {counts.written} documents, {counts.sentences} sentences; "
        f"{counts.empty} without text"
    )


if __name__ == "__main__":
    define_flags(flags.FLAGS)
    entry.run(main)
