"""Which questions, and how they become rows and answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from absl import flags, logging

from foundation.errors import InputError
from tasks.answers import AnswerOptions
from tasks.question_answering import SpanOptions
from tasks.question_settings import QuestionSettings
from tasks.question_windows import WindowLimits
from tasks.questions import ANSWER_TYPES
from tasks.yes_no_questions import YesNoOptions

# Of one answer type alone: given with the other one, they are refused.
_SPAN_ALONE = (
    "n_best_size",
    "max_answer_length",
    "version_2_with_negative",
    "null_score_diff_threshold",
    "tune_null_threshold",
    "all_occurrences",
    "mask_padding",
)
_YES_NO_ALONE = ("all_windows", "yes_threshold", "class_weights")


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    _define_files(fv)
    _define_rows(fv)
    _define_answers(fv)
    _define_no_answer(fv)
    _define_yes_no(fv)


def _define_files(fv: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "task_name", "qa", "What results.json calls the task.", flag_values=fv
    )
    flags.DEFINE_enum(
        "answer_type",
        "span",
        list(ANSWER_TYPES),
        "span: answers stand in the paragraph (SQuAD; BioASQ's factoid and "
        "list questions). yesno: BioASQ's yes/no questions.",
        flag_values=fv,
    )
    for name, text in (
        ("train_file", "Questions to learn from, with one answer each."),
        (
            "eval_file",
            "Questions with answers that choose the best checkpoint, once an "
            "epoch unless --eval_every_* says otherwise, and that "
            "eval_results.txt scores.",
        ),
        (
            "predict_file",
            "Questions to answer; test_results.txt scores them where they "
            "have answers.",
        ),
    ):
        flags.DEFINE_string(
            name, None, f"{text} In SQuAD's JSON.", flag_values=fv
        )


def _define_rows(fv: flags.FlagValues) -> None:
    for name, default, least, text in (
        (
            "max_seq_length",
            384,
            5,
            "Pieces of the longest row, [CLS] and both [SEP] included.",
        ),
        (
            "doc_stride",
            128,
            1,
            "Pieces from the start of one window of a long paragraph to the "
            "next.",
        ),
        ("max_query_length", 64, 0, "Pieces of a question; more are cut."),
    ):
        flags.DEFINE_integer(
            name, default, text, lower_bound=least, flag_values=fv
        )
    flags.DEFINE_boolean(
        "all_occurrences",
        False,
        "Learn from every place where an answer stands, each as a question "
        "of its own, not only from the one that the file names.",
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "mask_padding",
        False,
        "Leave padding out of the loss's softmax. The originals have it in; "
        "with --pad_to_max the loss is theirs.",
        flag_values=fv,
    )


def _define_answers(fv: flags.FlagValues) -> None:
    for name, default, text in (
        ("n_best_size", 20, "Answers to a question that are written."),
        ("max_answer_length", 30, "Pieces of the longest answer."),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=fv)


def _define_no_answer(fv: flags.FlagValues) -> None:
    flags.DEFINE_boolean(
        "version_2_with_negative",
        False,
        "Paragraphs may have no answer, as SQuAD 2.0's is_impossible says.",
        flag_values=fv,
    )
    flags.DEFINE_float(
        "null_score_diff_threshold",
        0.0,
        '"No answer" where its odds (null_odds.json) are above this.',
        flag_values=fv,
    )
    flags.DEFINE_boolean(
        "tune_null_threshold",
        False,
        "Take the threshold with the best F1 on --eval_file; without one, on "
        "the answers in --predict_file itself, as ALBERT's script does: such "
        "a score is too high.",
        flag_values=fv,
    )


def _define_yes_no(fv: flags.FlagValues) -> None:
    flags.DEFINE_boolean(
        "all_windows",
        False,
        "yesno: look at all of a long paragraph; the mean of its windows' "
        "logits decides. The original looks at the first window.",
        flag_values=fv,
    )
    flags.DEFINE_float(
        "yes_threshold",
        0.5,
        "yesno: the answer is yes for logits above this; 0.5 as the original, "
        "0 where yes is likelier than no.",
        flag_values=fv,
    )


def check_kind(fv: flags.FlagValues) -> None:
    """Raises InputError for flags that are not for the answer type."""
    others = _YES_NO_ALONE if fv.answer_type == "span" else _SPAN_ALONE
    given = [
        n for n in others if fv[n].present and fv[n].value != fv[n].default
    ]
    if given:
        raise InputError(
            f"--{given[0]} is for questions of the other kind",
            got=f"--{given[0]}={fv[given[0]].value} with "
            f"--answer_type={fv.answer_type}",
            expected="one of the two",
            next_step=f"leave --{given[0]} out",
        )
    if fv.tune_null_threshold and not fv.version_2_with_negative:
        raise InputError(
            "a threshold for answers that are always there",
            got="--tune_null_threshold without --version_2_with_negative",
            expected="both, or neither",
            next_step="add --version_2_with_negative for SQuAD 2.0",
        )


def check_files(fv: flags.FlagValues) -> None:
    """Raises InputError where questions are missing that are asked for."""
    for part, name in (
        ("do_train", "train_file"),
        ("do_predict", "predict_file"),
        ("do_eval", "eval_file"),
    ):
        if fv[part].value and not fv[name].value:
            raise InputError(
                f"--{part} without questions",
                got=f"no --{name}",
                expected="a file in SQuAD's format",
                next_step=f"add --{name}=..., or leave --{part} out",
            )


def use_eval_file(fv: flags.FlagValues) -> None:
    """Gives flags that are not set the values that --eval_file stands for."""
    if not fv.eval_file:
        return
    if not fv["do_eval"].present:
        fv.do_eval = True
    chooses = fv.eval_every_steps or fv.eval_every_epochs
    asked = fv["eval_every_steps"].present or fv["eval_every_epochs"].present
    if fv.do_train and not (chooses or asked):
        fv.eval_every_epochs = 1.0
        logging.info("--eval_file chooses the checkpoint, once an epoch.")


def read_limits(fv: flags.FlagValues) -> WindowLimits:
    """Returns how long rows may be; raises InputError without room."""
    least = fv.max_query_length + 4
    if fv.max_seq_length < least:
        raise InputError(
            "--max_seq_length leaves no room for a paragraph",
            got=f"--max_seq_length={fv.max_seq_length} with "
            f"--max_query_length={fv.max_query_length}",
            expected=f"at least {least}",
            next_step="lower --max_query_length or raise --max_seq_length",
        )
    return WindowLimits(fv.max_seq_length, fv.doc_stride, fv.max_query_length)


def read_span(fv: flags.FlagValues) -> SpanOptions:
    """Returns how questions are treated whose answers are in the text."""
    return SpanOptions(
        limits=read_limits(fv),
        answers=AnswerOptions(
            n_best_size=fv.n_best_size,
            max_answer_length=fv.max_answer_length,
            may_be_impossible=fv.version_2_with_negative,
        ),
        all_occurrences=fv.all_occurrences,
        masks_padding=fv.mask_padding,
        null_score_diff_threshold=fv.null_score_diff_threshold,
        tunes_threshold=fv.tune_null_threshold,
    )


def read_yes_no(
    fv: flags.FlagValues, class_weights: np.ndarray | None
) -> YesNoOptions:
    """Returns how yes/no questions are treated."""
    return YesNoOptions(
        limits=read_limits(fv),
        all_windows=fv.all_windows,
        threshold=fv.yes_threshold,
        class_weights=class_weights,
    )


def values_of_model(settings: QuestionSettings) -> dict[str, Any]:
    """Returns values for flags, as the model was trained."""
    names = (
        "answer_type",
        "doc_stride",
        "max_query_length",
        "version_2_with_negative",
        "all_windows",
    )
    return {name: getattr(settings, name) for name in names}
