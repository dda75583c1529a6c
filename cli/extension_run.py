"""A run of extend_vocab.py: from flags to a model with more pieces."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from absl import flags, logging

from cli import (
    extension_report,
    progress_bars,
    text_inputs,
    vocabulary_extension,
)
from cli import tokenizer as tokenizer_flags
from foundation import files, json_files
from foundation.errors import InputError
from modeling.weights.checkpoint_paths import check_checkpoint
from preprocessing.corpus_sample import CorpusSample
from preprocessing.cut_changes import unchanged_lines
from preprocessing.extension_plan import (
    Extension,
    held_out_changes,
    plan_extension,
)
from preprocessing.new_words import GrowingTokenizer
from preprocessing.tokenization import (
    SentencePieceTokenizer,
    WordPieceTokenizer,
)

if TYPE_CHECKING:
    from conversion.extended_model import Unchanged
    from conversion.found_model import FoundModel

_MEGABYTE = 1_000_000
_NUM_LINES = 64  # on which outputs are compared


def extend(fv: flags.FlagValues) -> dict[str, Any]:
    """Extends a vocabulary as the flags say; returns the report."""
    vocabulary_extension.check(fv)
    check_checkpoint(fv.init_checkpoint)
    sample = CorpusSample(
        text_inputs.read(fv),
        sample_bytes=fv.sample_megabytes * _MEGABYTE,
        held_out_share=fv.held_out_share,
    )
    model, pieces = _model(fv)
    vocabulary_extension.prepare_output(fv, beside=model.folder)
    with progress_bars.open_bar("reading", sample.wanted_bytes, "B") as bar:
        extension = plan_extension(
            sample,
            pieces,
            vocabulary_extension.read(fv),
            path=model.vocabulary or "",
            progress=bar.update,
        )
    changes = held_out_changes(sample, pieces, extension)
    new = _extended(fv, model, extension)
    lines, num_cut = _lines(sample, pieces, extension)
    unchanged = _compared(model, new, lines, extension=extension)
    written = _write(fv, model, new, extension=extension)
    _write_table(fv.output_dir, pieces, extension)
    report = {
        **extension_report.facts(fv, sample, extension),
        "vocab_size_before": model.config.vocab_size,
        "vocab_size": new.config.vocab_size,
        "held_out": changes.as_json(),
        "unchanged": {**vars(unchanged), "num_rows_cut": num_cut},
        **written,
    }
    path = files.join(fv.output_dir, vocabulary_extension.REPORT_FILE)
    with files.write_atomically(path) as file:
        file.write(json_files.line_of(report) + "\n")
    extension_report.warn(extension)
    print(extension_report.text(report))
    return report


def _model(fv: flags.FlagValues) -> tuple[FoundModel, GrowingTokenizer]:
    """Returns the model of the flags and its tokenizer."""
    from conversion.extended_model import check_size
    from conversion.found_model import ModelChoice, find_model
    from conversion.found_tokenizer import TokenizerChoice

    options = tokenizer_flags.read(fv)
    choice = TokenizerChoice(
        vocabulary=options.spm_model_file or options.vocab_file,
        lower_case=options.do_lower_case,
        strip_accents=options.strip_accents,
        control_characters=options.control_characters
        if options.control_characters_given
        else None,
    )
    model = find_model(
        fv.init_checkpoint,
        ModelChoice(
            config_file=fv.bert_config_file or None,
            gelu_form=None if fv.gelu == "auto" else fv.gelu,
            head=fv.head,
            tokenizer=choice,
        ),
    )
    pieces = _growing(model)
    if options.do_lower_case is not None:  # not against the vocabulary
        named = dataclasses.replace(options, vocab_file=model.vocabulary)
        tokenizer_flags.load_tokenizer(named, family=model.config.family)
    check_size(model)
    return model, pieces


def _growing(model: FoundModel) -> GrowingTokenizer:
    """Returns the model's tokenizer, if it is one that can be extended."""
    pieces = model.tokenizer
    if isinstance(pieces, WordPieceTokenizer | SentencePieceTokenizer):
        return pieces
    raise InputError(
        "the model has no vocabulary that can grow",
        got="none beside the weights"
        if pieces is None
        else "one with entity markers",
        expected="vocab.txt or a SentencePiece model",
        next_step="give --vocab_file (ALBERT: --spm_model_file)"
        if pieces is None
        else "extend the pretrained model, then fine-tune",
        path=model.folder,
    )


def _extended(
    fv: flags.FlagValues, model: FoundModel, extension: Extension
) -> FoundModel:
    from conversion.extended_model import extend_model, vocabulary_name_of

    name = vocabulary_name_of(model, fv.output_format)
    return extend_model(
        model,
        extension.vocabulary,
        extension.words,
        path=files.join(fv.output_dir, name),
    )


def _lines(
    sample: CorpusSample, pieces: GrowingTokenizer, extension: Extension
) -> tuple[list[list[int]], int]:
    """Returns ids of sentences without new pieces; how many were cut for it."""
    for held_out in (True, False):
        lines, num_cut = unchanged_lines(
            sample.texts(held_out=held_out),
            pieces,
            extension.vocabulary.tokenizer,
            num_lines=_NUM_LINES,
        )
        if lines:
            break
    return lines, num_cut


def _compared(
    model: FoundModel,
    new: FoundModel,
    lines: Sequence[Sequence[int]],
    *,
    extension: Extension,
) -> Unchanged:
    """Returns how the outputs for old pieces compare.

    Raises:
      RuntimeError: they are others: a defect of ours.
    """
    from conversion.extended_model import compare

    size = model.config.vocab_size
    replaced = [i for i in extension.vocabulary.new_ids.values() if i < size]
    unchanged = compare(model, new, lines, replaced=replaced)
    if not unchanged.is_kept():
        raise RuntimeError(f"outputs differ: {unchanged}")
    return unchanged


def _write(
    fv: flags.FlagValues,
    model: FoundModel,
    new: FoundModel,
    *,
    extension: Extension,
) -> dict[str, Any]:
    """Writes the model; returns what the report says of it."""
    from conversion.extended_model import write

    written, plan = write(
        model, new, extension.vocabulary, file_format=fv.output_format
    )
    for name in plan.left_out:
        logging.warning("%s has no place in the new checkpoint.", name)
    return {
        "checkpoint": written.weights,
        "files": [*written.files, vocabulary_extension.TABLE_FILE],
        "notes": list(written.notes),
        "left_out": list(plan.left_out),
        "num_slots_left_out": plan.num_slots_left_out,
    }


def _write_table(
    folder: str, pieces: GrowingTokenizer, extension: Extension
) -> None:
    """Writes the new pieces with their words, which no log shows."""
    rows = ["id\tword\tfrequency\tpieces_before\n"]
    for word in extension.words:
        before = " ".join(pieces.pieces(word.old_ids))
        new_id = extension.vocabulary.new_ids[word.word]
        rows.append(f"{new_id}\t{word.word}\t{word.frequency}\t{before}\n")
    table = files.join(folder, vocabulary_extension.TABLE_FILE)
    with files.write_atomically(table) as file:
        file.write("".join(rows))
