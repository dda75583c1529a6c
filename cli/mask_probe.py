"""Texts with [MASK] to be filled in, and a text to be scored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from absl import flags, logging

from cli import encoder_inputs, output_file, progress_bars
from cli.encoder_inputs import EncoderInputs
from foundation import files
from foundation.errors import InputError
from inference import mask_prompts, pseudo_perplexity
from inference.input_lines import read_plain_lines
from inference.mask_prompts import MaskedRow, MaskGuess
from inference.pseudo_perplexity import TextSize
from inference.rows_in_order import StreamLimits
from reporting import masked_lm_report
from reporting.masked_lm_report import ScoredText

if TYPE_CHECKING:
    from inference.masked_lm import MaskedLm

_BATCH_SIZE = 32
_HELD_PIECES = 1 << 16  # of rows that are batched by length


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_multi_string(
        "text",
        None,
        "A text with [MASK] in it, once or several times. The flag may be "
        "repeated.",
        flag_values=fv,
    )
    texts = {
        "input_file": "Such texts, one a line.",
        "held_out_file": "Text without masks, UTF-8: each of its pieces is "
        "masked in its turn and guessed from the others of its line.",
    }
    for name, text in texts.items():
        flags.DEFINE_string(name, None, text, flag_values=fv)
    flags.DEFINE_integer(
        "top_k",
        5,
        "Guesses that are shown for each mask.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "max_positions",
        None,
        "Guess so many pieces of --held_out_file, drawn by --seed. Not "
        "given: all of them, a pass of the model each.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "seed", 12345, "Of --max_positions.", lower_bound=0, flag_values=fv
    )
    output_file.define(fv, "Receives the results as JSON, if given.")
    encoder_inputs.define(fv, batch_size=_BATCH_SIZE)


def run(fv: flags.FlagValues) -> int:
    """Probes as the flags say; returns the exit code."""
    _check(fv)
    path = None
    if fv.output_file:
        path = output_file.check(fv, read=(fv.input_file, fv.held_out_file))
    inputs = encoder_inputs.read(fv)
    _check_top_k(fv, inputs)
    rows = _read_prompts(fv, inputs)
    size = _measure(fv, inputs) if fv.held_out_file else None
    model = _start(inputs)
    limits = StreamLimits(
        batch_size=fv.batch_size,
        max_seq_length=fv.max_seq_length,
        num_pieces=_HELD_PIECES,
    )
    guesses = list(
        mask_prompts.guess_masks(
            rows,
            model,
            tokenizer=inputs.tokenizer,
            top_k=fv.top_k,
            limits=limits,
        )
    )
    text = None
    if size is not None:
        text = _score(fv, inputs, size=size, model=model, limits=limits)
    _tell(inputs, guesses, text=text, path=path)
    return 0


def _check(fv: flags.FlagValues) -> None:
    if not (fv.text or fv.input_file or fv.held_out_file):
        raise InputError(
            "there is nothing to guess",
            got="none of --text, --input_file, --held_out_file",
            expected="one of them",
            next_step='add --text="The patient was given [MASK]."',
        )
    for name, needed in (
        ("max_positions", "held_out_file"),
        ("seed", "max_positions"),
        ("top_k", "text"),
    ):
        given = fv[needed].value or (needed == "text" and fv.input_file)
        if fv[name].present and not given:
            raise InputError(
                f"--{name} would do nothing",
                got=f"--{name}={fv[name].value} without --{needed}",
                expected="both, or neither",
                next_step=f"add --{needed}, or leave --{name} out",
            )


def _check_top_k(fv: flags.FlagValues, inputs: EncoderInputs) -> None:
    vocab_size = inputs.tokenizer.vocab_size
    if fv.top_k > vocab_size:
        raise InputError(
            "--top_k is more than there are pieces",
            got=fv.top_k,
            expected=f"at most {vocab_size}",
            next_step="lower --top_k",
        )


def _read_prompts(
    fv: flags.FlagValues, inputs: EncoderInputs
) -> list[MaskedRow]:
    """Reads --text and --input_file; the numbers go on from the one's."""
    texts: list[tuple[str, str | None, int | None]] = [
        (text, None, None) for text in fv.text or []
    ]
    if fv.input_file:
        lines = read_plain_lines(fv.input_file)
        texts += [(t, fv.input_file, i) for i, t in enumerate(lines, start=1)]
    rows = []
    for number, (text, path, line) in enumerate(texts, start=1):
        try:
            rows.append(
                mask_prompts.read_prompt(
                    text,
                    number,
                    tokenizer=inputs.tokenizer,
                    max_seq_length=fv.max_seq_length,
                )
            )
        except InputError as error:
            if path is None:
                raise error.at(f"--text, number {number}", None) from None
            raise error.at(path, line) from None
    return rows


def _measure(fv: flags.FlagValues, inputs: EncoderInputs) -> TextSize:
    size = pseudo_perplexity.measure_text(
        read_plain_lines(fv.held_out_file, flag="held_out_file"),
        tokenizer=inputs.tokenizer,
    )
    if not size.num_pieces:
        raise InputError(
            "--held_out_file has no text",
            got=f"{size.num_lines} lines without a piece",
            expected="a text a line",
            next_step="check --held_out_file",
            path=fv.held_out_file,
        )
    return size


def _start(inputs: EncoderInputs) -> MaskedLm:
    logging.info("Files are in order; starting TensorFlow.")
    from inference.masked_lm import MaskedLm
    from training.devices import open_replicas
    from training.pretraining_options import DeviceOptions

    open_replicas(DeviceOptions(strategy="one_device"))
    model = MaskedLm(
        inputs.model.config,
        gelu_form=inputs.model.gelu_form,
        dtype=inputs.model.precision,
    )
    model.load(inputs.checkpoint)
    return model


def _score(
    fv: flags.FlagValues,
    inputs: EncoderInputs,
    *,
    size: TextSize,
    model: MaskedLm,
    limits: StreamLimits,
) -> ScoredText:
    chosen = pseudo_perplexity.choose_pieces(
        size.num_pieces, max_positions=fv.max_positions, seed=fv.seed
    )
    hidden = pseudo_perplexity.hidden_pieces(
        read_plain_lines(fv.held_out_file, flag="held_out_file"),
        tokenizer=inputs.tokenizer,
        max_seq_length=fv.max_seq_length,
        chosen=chosen,
    )
    total = size.num_pieces if chosen is None else len(chosen)
    logging.info("%d pieces to guess, a pass of the model each.", total)
    with progress_bars.bar("guessing", total, "piece") as advance:
        score = pseudo_perplexity.score_pieces(
            hidden, model, limits=limits, advance=advance
        )
    return ScoredText(
        path=fv.held_out_file,
        size=size,
        score=score,
        seed=None if chosen is None else fv.seed,
    )


def _tell(
    inputs: EncoderInputs,
    guesses: list[MaskGuess],
    *,
    text: ScoredText | None,
    path: str | None,
) -> None:
    """Prints the tables and writes the JSON, if that is asked for."""
    vocab_size = inputs.tokenizer.vocab_size
    if guesses:
        print(masked_lm_report.guess_table(guesses), end="")
    if text is not None:
        print(masked_lm_report.score_table(text, vocab_size=vocab_size), end="")
    is_random = masked_lm_report.looks_random(
        guesses, text, vocab_size=vocab_size
    )
    if is_random:
        logging.warning(
            "The head looks random: it guesses no better than chance. Are the "
            "vocabulary and the casing the model's?"
        )
    if path is None:
        return
    results = {
        "init_checkpoint": inputs.checkpoint,
        "gelu": inputs.model.gelu_form,
        "vocab_size": vocab_size,
        "looks_random": is_random,
        **masked_lm_report.as_json(guesses, text),
    }
    with files.write_atomically(path) as file:
        json.dump(results, file, indent=2)
        file.write("\n")
