"""extract_features.py: text in, vectors of a model's layers out."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from absl import flags, logging

from cli import encoder_inputs, feature_options, output_file, progress_bars
from cli.encoder_inputs import EncoderInputs
from cli.feature_options import FeatureOptions
from foundation import files
from inference.feature_arrays import FeatureArrays, layout_of
from inference.feature_lines import FeatureLines
from inference.input_lines import (
    InputRow,
    count_input,
    make_row,
    read_input_lines,
)
from inference.npz_writer import write_npz
from inference.row_vectors import RunBatch, vectors_of_rows
from inference.rows_in_order import StreamLimits
from training.interruption import Interrupted, SignalGuard

_HELD_BYTES = 1 << 27  # of vectors that wait to be written
_FLOAT32 = 4  # bytes


def run(fv: flags.FlagValues) -> int:
    """Extracts as the flags say; returns the exit code."""
    options = feature_options.read(fv)
    path = output_file.check(fv, read=(fv.input_file,))
    inputs = encoder_inputs.read(fv)
    feature_options.check_layers(options, inputs.model.config)
    counts = count_input(fv.input_file)
    feature_options.check_pairs(counts, inputs.model.config)
    run_batch = _start(inputs, options)
    stream = vectors_of_rows(
        _rows(fv, inputs, with_words="words" in options.vectors),
        run_batch,
        limits=_limits(fv, inputs, options),
    )
    num_cut = num_rows_cut = 0
    with (
        SignalGuard() as guard,
        _open(path, inputs, options) as writer,
        progress_bars.bar("extracting", counts.num_lines, "row") as advance,
    ):
        for row, vectors, pooled in stream:
            if guard.received is not None:
                raise Interrupted(guard.received, "Wrote nothing")
            writer.add(row, vectors, pooled)
            num_cut += row.num_cut
            num_rows_cut += row.num_cut > 0
            advance(1)
    print(f"{counts.num_lines} rows: {path}")
    _tell_losses(fv, writer, cut=(num_cut, num_rows_cut))
    return 0


def _start(inputs: EncoderInputs, options: FeatureOptions) -> RunBatch:
    logging.info("Files are in order; starting TensorFlow.")
    from inference.layer_outputs import LayerOutputs, load_encoder
    from training.devices import open_replicas
    from training.pretraining_options import DeviceOptions

    open_replicas(DeviceOptions(strategy="one_device"))
    encoder = load_encoder(
        inputs.checkpoint,
        inputs.model.config,
        gelu_form=inputs.model.gelu_form,
        dtype=inputs.model.precision,
        needs_pooler=options.with_pooled,
    )
    return LayerOutputs(
        encoder, options.layers, with_pooled=options.with_pooled
    )


def _rows(
    fv: flags.FlagValues, inputs: EncoderInputs, *, with_words: bool
) -> Iterator[InputRow]:
    for line in read_input_lines(fv.input_file):
        yield make_row(
            line,
            tokenizer=inputs.tokenizer,
            max_seq_length=fv.max_seq_length,
            with_words=with_words,
        )


def _limits(
    fv: flags.FlagValues, inputs: EncoderInputs, options: FeatureOptions
) -> StreamLimits:
    size = len(options.layers) * inputs.model.config.hidden_size * _FLOAT32
    return StreamLimits(
        batch_size=fv.batch_size,
        max_seq_length=fv.max_seq_length,
        num_pieces=_HELD_BYTES // size,
    )


@contextlib.contextmanager
def _open(
    path: str, inputs: EncoderInputs, options: FeatureOptions
) -> Iterator[Any]:
    """Yields what rows are added to; the file is there when it closes."""
    if not options.vectors:
        with files.write_atomically(path) as file:
            yield FeatureLines(
                file, tokenizer=inputs.tokenizer, layers=options.layers
            )
        return
    layout = layout_of(
        options.vectors,
        num_layers=len(options.layers),
        hidden_size=inputs.model.config.hidden_size,
    )
    folder = None if files.is_remote(path) else os.path.dirname(path) or "."
    with (
        files.write_atomically(path, "wb") as file,
        write_npz(file, layout, folder=folder) as arrays,
    ):
        yield FeatureArrays(
            arrays,
            options.vectors,
            layers=options.layers,
            word_vector=options.word_vector,
        )


def _tell_losses(
    fv: flags.FlagValues, writer: Any, *, cut: tuple[int, int]
) -> None:
    """Warns of what has no vector."""
    if cut[0]:
        logging.warning(
            "Cut off by --max_seq_length=%d: %d pieces of %d rows.",
            fv.max_seq_length,
            *cut,
        )
    if getattr(writer, "num_words_without", 0):
        logging.warning(
            "%d of %d words have no vector (cut off, or no piece): their "
            "word_num_pieces is 0.",
            writer.num_words_without,
            writer.num_words,
        )
