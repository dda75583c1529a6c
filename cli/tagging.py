"""How long sentences, tag sequences and raw text are treated by a tagger."""

from __future__ import annotations

from typing import Any

from absl import flags

from foundation.errors import InputError
from tasks.tagger_settings import TaggerSettings
from tasks.tagging import TaggingOptions
from tasks.tagging_features import Limits
from tasks.windows import OVERFLOWS, check_stride


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    _define_windows(fv)
    flags.DEFINE_boolean(
        "use_crf",
        False,
        "Score whole tag sequences with a linear-chain CRF on top.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "constrained_decoding",
        None,
        "Write the best tags that IOB2 allows (no I after O). Raw tags are "
        "kept and scored too. Not given: true; false with "
        "--label_scheme=biobert, which has tags as the script wrote them.",
        flag_values=fv,
    )
    flags.DEFINE_string(
        "predict_file",
        None,
        "Raw text to tag with a trained model: a .txt file or a folder of "
        "them, .jsonl with text or words, or .tsv with a word a line. Needs no "
        "labels and no --data_dir; turns training off.",
        flag_values=fv,
    )


def _define_windows(fv: flags.FlagValues) -> None:
    flags.DEFINE_enum(
        "overflow",
        None,
        list(OVERFLOWS),
        "What becomes of sentences beyond --max_seq_length. window: "
        "overlapping windows, no word is lost. truncate: the rest is cut off "
        "and counts as O, as in the originals. error: stop. Not given: "
        "window; truncate with --label_scheme=biobert.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "doc_stride",
        None,
        "Pieces from the start of one window to the next. Not given: half "
        "of a window.",
        flag_values=fv,
    )


def read(fv: flags.FlagValues, *, scheme: str) -> TaggingOptions:
    """Returns the options of parsed flags.

    Args:
      fv: parsed flags.
      scheme: of the labels, "word" or "biobert".

    Raises:
      InputError: flags that do not go together.
    """
    published = scheme == "biobert"
    overflow = fv.overflow or ("truncate" if published else "window")
    if published and fv.use_crf:
        raise InputError(
            "--use_crf needs one label a word",
            got="--use_crf with --label_scheme=biobert",
            expected="--label_scheme=word",
            next_step="leave one of them out",
        )
    if fv.doc_stride is not None and overflow != "window":
        raise InputError(
            "--doc_stride without windows",
            got=f"--doc_stride={fv.doc_stride} with --overflow={overflow}",
            expected="--overflow=window",
            next_step="leave --doc_stride out, or set --overflow=window",
        )
    stride = None
    if overflow == "window":
        stride = check_stride(fv.doc_stride, max_seq_length=fv.max_seq_length)
    repairs = fv.constrained_decoding
    return TaggingOptions(
        Limits(fv.max_seq_length, stride),
        refuses_long=overflow == "error",
        repairs_tags=not published if repairs is None else repairs,
        uses_crf=fv.use_crf,
    )


def values_of_model(
    fv: flags.FlagValues, settings: TaggerSettings
) -> dict[str, Any]:
    """Returns values for flags, as the model was trained."""
    values: dict[str, Any] = {
        "constrained_decoding": settings.repairs_tags,
        "use_crf": settings.uses_crf,
    }
    if fv.overflow is None and fv.doc_stride is None:
        windows = settings.doc_stride is not None
        values["overflow"] = "window" if windows else "truncate"
        if windows and not fv["max_seq_length"].present:
            values["doc_stride"] = settings.doc_stride
    return values
