"""Flags of the classifiers' originals: forms, and the same again."""

from __future__ import annotations

import pytest
from absl import flags

import run_classifier
import run_re
from cli import classification, classification_text, original_flags, run
from foundation.errors import InputError


def parsed(*words, script=run_classifier):
    fv = flags.FlagValues()
    script.define_flags(fv)
    assert fv(["script.py", *words]) == ["script.py"]
    return fv


def applied(*words):
    fv = parsed(*words)
    original_flags.apply(fv)
    return fv


@pytest.mark.parametrize(
    "words",
    [
        ("--benchmark", "--task_name=sts"),  # BlueBERT's, a switch
        ("--nobenchmark", "--task_name=sts"),
        ("--benchmark=False", "--task_name=sts"),
        ("--loss_scale=0.0", "--task_name=sts"),
        ("--export_dir=", "--threshold_to_export=nan", "--task_name=sts"),
        ("--albert_hub_module_handle=", "--cached_dir=", "--task_name=sts"),
    ],
)
def test_what_asks_for_nothing_is_taken(words):
    assert applied(*words).task_name == "sts"


def test_run_flags_of_clinicalberts_command_mean_the_same(tmp_path):
    """The batch is divided once, not again in each repetition."""
    first = applied(
        *("--bert_model=clinical_bert", "--model_loc=weights", "--do_train"),
        *("--train_batch_size=16", "--gradient_accumulation_steps=2"),
    )
    run.write_flags(first, str(tmp_path), seed=1)
    again = applied(f"--flagfile={tmp_path}/run.flags")
    for fv in (first, again):
        assert fv.train_batch_size == 8
        assert fv.init_checkpoint == "weights"


def test_run_flags_of_alberts_command_are_taken(tmp_path):
    first = applied("--task_name=STS-B", "--train_step=10", "--warmup_step=2")
    run.write_flags(first, str(tmp_path), seed=1)
    again = applied(f"--flagfile={tmp_path}/run.flags")
    assert classification.read_corpus(again, "classifier").name == "sts_b"
    assert again.train_step == 10


def test_labels_without_the_positive_one_need_another_score():
    words = ("--task_name=gad", "--labels=no,yes")
    with pytest.raises(InputError, match="--metric is no score"):
        classification.read_corpus(parsed(*words, script=run_re), "relation")
    fv = parsed(*words, "--metric=macro_f1", script=run_re)
    corpus = classification.read_corpus(fv, "relation")
    assert (corpus.positive, corpus.headline) == (None, "macro_f1")


def test_a_choice_of_texts_has_its_own_kind():
    fv = parsed("--task_name=race", "--label_kind=classes")
    with pytest.raises(InputError, match="of its own kind"):
        classification.read_corpus(fv, "classifier")
    with pytest.raises(flags.IllegalFlagValueError):
        parsed("--task_name=text", "--label_kind=choice")


def test_folds_are_not_ignored_where_texts_are_predicted():
    fv = parsed("--predict_file=x.txt", "--folds=all", script=run_re)
    with pytest.raises(InputError, match="--folds=all"):
        classification_text.run_text(fv, script="relation")
