"""How texts become rows: length, windows, pooling, threshold, dropout."""

from __future__ import annotations

from typing import Any

from absl import flags, logging

from foundation.errors import InputError
from tasks.text_corpus import TextCorpus
from tasks.text_rows import OVERFLOWS, POOLINGS, TextLimits
from tasks.text_settings import TextSettings

_ALBERT_LENGTH = 512  # --max_seq_length of ALBERT's run_classifier.py
# Flags that mean something for some corpora only, with their defaults.
_POOLING, _THRESHOLD, _QA_LENGTH = "mean", 0.5, 128


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    flags.DEFINE_integer(
        "max_seq_length",
        128,
        "Pieces of the longest row, [CLS] and [SEP] included. Not given: 512 "
        "for an ALBERT model, as ALBERT's script has it.",
        lower_bound=5,
        flag_values=fv,
    )
    _define_windows(fv)
    flags.DEFINE_integer(
        "max_qa_length",
        _QA_LENGTH,
        "Pieces of question and option, for a choice of texts (RACE).",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "threshold",
        _THRESHOLD,
        "Probability above which a label holds, for --label_kind=labels.",
        lower_bound=0.001,
        upper_bound=0.999,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "head_dropout",
        0.1,
        "Dropout rate between encoder and head.",
        lower_bound=0.0,
        upper_bound=0.999,
        flag_values=fv,
    )


def _define_windows(fv: flags.FlagValues) -> None:
    flags.DEFINE_enum(
        "overflow",
        "truncate",
        list(OVERFLOWS),
        "What becomes of texts beyond --max_seq_length. truncate: the end is "
        "cut off, as in the originals. window: overlapping windows, one label "
        "for all of them. error: stop.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "doc_stride",
        None,
        "Pieces from the start of one window to the next. Not given: half of "
        "a window.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_enum(
        "pooling",
        _POOLING,
        list(POOLINGS),
        "How the logits of a text's windows become one.",
        flag_values=fv,
    )


def check(fv: flags.FlagValues, corpus: TextCorpus) -> None:
    """Raises InputError for flags that do not fit each other or the corpus.

    To be called when a trained model's own values are taken over.
    """
    windows = fv.overflow == "window"
    without = {
        "doc_stride": (fv.doc_stride is not None and not windows, "windows"),
        "pooling": (fv.pooling != _POOLING and not windows, "windows"),
        "threshold": (
            fv.threshold != _THRESHOLD and corpus.kind != "labels",
            "several labels a row",
        ),
        "max_qa_length": (
            fv.max_qa_length != _QA_LENGTH and corpus.kind != "choice",
            "texts to choose from",
        ),
    }
    for name, (is_idle, what) in without.items():
        if is_idle:
            raise InputError(
                f"--{name} without {what}",
                got=f"--{name}={fv[name].value} with --overflow={fv.overflow}, "
                f"labels of the kind {corpus.kind}",
                expected="--overflow=window"
                if what == "windows"
                else f"a corpus with {what}",
                next_step=f"leave --{name} out",
            )
    if corpus.kind == "choice" and fv.overflow != "truncate":
        raise InputError(
            "texts to choose from have no windows",
            got=f"--overflow={fv.overflow}",
            expected="--overflow=truncate",
            next_step="leave --overflow out",
        )


def set_length(fv: flags.FlagValues, family: str) -> None:
    """Gives --max_seq_length ALBERT's default where it is not set."""
    if family == "albert" and not fv["max_seq_length"].present:
        fv.max_seq_length = _ALBERT_LENGTH
        logging.info("--max_seq_length: %d, ALBERT's default.", _ALBERT_LENGTH)


def read_limits(fv: flags.FlagValues) -> TextLimits:
    """Returns how long rows may be."""
    return TextLimits(
        max_seq_length=fv.max_seq_length,
        overflow=fv.overflow,
        doc_stride=fv.doc_stride,
        pooling=fv.pooling,
        max_qa_length=fv.max_qa_length,
    )


def values_of_model(
    fv: flags.FlagValues, settings: TextSettings
) -> dict[str, Any]:
    """Returns values for flags, as the model was trained."""
    names = ("overflow", "doc_stride", "pooling", "max_qa_length", "threshold")
    values = {name: getattr(settings, name) for name in names}
    if "entity_format" in fv:
        values["entity_format"] = settings.entity_format
    return values
