"""Flags of the classifiers' original scripts that are said otherwise here.

A command line of BERT's, ALBERT's, BlueBERT's or clinicalBERT's runs as it is
where what it asks for is there; what is not is refused, never ignored.
"""

from __future__ import annotations

import math
import os
from typing import Any

from absl import flags, logging

from foundation.errors import InputError

# Where the originals kept what is made anew here, or never used.
_WITHOUT_EFFECT = {
    "train_file": "ALBERT's run_race.py cached records there",
    "eval_file": "ALBERT's run_race.py cached records there",
    "cached_dir": "nothing is cached: features are made in seconds",
    "cache_dir": "nothing is downloaded or cached",
}
_BENCHMARK = "BlueBERT's script never read it"
# Name: text, the value that asks for nothing.
_REFUSED: dict[str, tuple[str, Any]] = {
    "albert_hub_module_handle": ("ALBERT's module of TensorFlow Hub.", None),
    "bert_hub_module_handle": ("BERT's module of TensorFlow Hub.", None),
    "export_dir": ("Folder of a SavedModel.", None),
    "server_ip": ("Of a debugger.", ""),
    "server_port": ("Of a debugger.", ""),
}
_NEXT_STEPS = {
    "albert_hub_module_handle": "give the weights as --init_checkpoint",
    "bert_hub_module_handle": "give the weights as --init_checkpoint",
    "export_dir": "the checkpoint in --output_dir is what training leaves",
    "server_ip": "run with a debugger of your own",
    "server_port": "run with a debugger of your own",
}


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    for name, text in _WITHOUT_EFFECT.items():
        flags.DEFINE_string(
            name, None, f"Without effect: {text}.", flag_values=fv
        )
    for name, (text, default) in _REFUSED.items():
        flags.DEFINE_string(
            name, default, f"{text} Refused here.", flag_values=fv
        )
    flags.DEFINE_float(
        "dropout_prob",
        None,
        "--head_dropout of ALBERT's run_race.py.",
        lower_bound=0.0,
        upper_bound=0.999,
        flag_values=fv,
    )
    flags.DEFINE_float(
        "threshold_to_export",
        None,
        "Of --export_dir. Refused here.",
        flag_values=fv,
    )
    _define_clinicalbert(fv)
    _define_bluebert(fv)


def _define_clinicalbert(fv: flags.FlagValues) -> None:
    texts = {
        "bert_model": "clinicalBERT's --init_checkpoint: a folder, or biobert "
        "or clinical_bert with --model_loc.",
        "model_loc": "Folder of the model that --bert_model names.",
    }
    for name, text in texts.items():
        flags.DEFINE_string(name, None, text, flag_values=fv)
    switches = {
        "do_test": "clinicalBERT's and BlueBERT's --do_predict.",
        "no_cuda": "Leave the GPU alone.",
        "fp16": "The same as --precision=float16.",
    }
    for name, text in switches.items():
        flags.DEFINE_boolean(name, False, text, flag_values=fv)
    flags.DEFINE_integer(
        "local_rank", -1, "Of PyTorch's launcher; only -1.", flag_values=fv
    )
    flags.DEFINE_float(
        "loss_scale",
        0.0,
        "Of --fp16; only 0, found in training.",
        flag_values=fv,
    )


def _define_bluebert(fv: flags.FlagValues) -> None:
    flags.DEFINE_boolean(
        "benchmark", False, f"Without effect: {_BENCHMARK}.", flag_values=fv
    )
    flags.DEFINE_integer(
        "test_batch_size",
        None,
        "BlueBERT's --predict_batch_size.",
        lower_bound=1,
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "num_classes", None, "BlueBERT's: aspects x values.", flag_values=fv
    )
    flags.DEFINE_integer(
        "num_aspects", None, "BlueBERT's: labels of HoC, 10.", flag_values=fv
    )
    flags.DEFINE_string(
        "aspect_value_list",
        None,
        "BlueBERT's: values of a label, 0,1 for HoC.",
        flag_values=fv,
    )


def apply(fv: flags.FlagValues) -> None:
    """Turns the flags into those of this script.

    Raises:
      InputError: one asks for what is not there.
    """
    for name, text in {**_WITHOUT_EFFECT, "benchmark": _BENCHMARK}.items():
        if fv[name].value:
            logging.warning("--%s has no effect: %s.", name, text)
    unused = {name: default for name, (_, default) in _REFUSED.items()}
    unused |= {"threshold_to_export": None, "local_rank": -1, "loss_scale": 0}
    for name, default in unused.items():
        value = fv[name].value
        is_nan = isinstance(value, float) and math.isnan(value)
        # ALBERT's scripts pass '--export_dir=' and a threshold of NaN.
        if not is_nan and value not in (default, None, ""):
            raise InputError(
                f"--{name} is not for this script",
                got=f"--{name} with a value",
                expected="the flag left out",
                next_step=_NEXT_STEPS.get(name, "leave it out"),
            )
    if fv.do_test:
        fv.do_predict = True
    if fv.test_batch_size is not None:
        fv.predict_batch_size = fv.test_batch_size
    if fv.dropout_prob is not None:
        fv.head_dropout = fv.dropout_prob
    if fv.fp16:
        fv.precision = "float16"
    if fv.no_cuda:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    _apply_model(fv)
    _check_aspects(fv)


def _apply_model(fv: flags.FlagValues) -> None:
    """Turns --bert_model into --init_checkpoint."""
    if fv.bert_model is None:
        return
    named = fv.bert_model in ("biobert", "clinical_bert")
    path = fv.model_loc if named else fv.bert_model
    if not path or fv.init_checkpoint not in (None, path):
        raise InputError(
            "--bert_model names no weights",
            got=f"--bert_model={fv.bert_model}"
            + (" with --init_checkpoint" if path else " without --model_loc"),
            expected="a folder, or biobert or clinical_bert with --model_loc",
            next_step="give the weights as --init_checkpoint",
        )
    fv.init_checkpoint = path
    _divide_batch(fv)
    # run.flags has the new values: read again, they mean the same.
    fv.bert_model = fv.model_loc = None


def _divide_batch(fv: flags.FlagValues) -> None:
    """Reads --train_batch_size as clinicalBERT's script did.

    There it is the rows of an update, here of each of the batches that make
    one.
    """
    parts = fv.gradient_accumulation_steps
    if parts == 1:
        return
    size = fv.train_batch_size // parts
    if size < 1:
        raise InputError(
            "--train_batch_size has fewer rows than parts",
            got=f"--train_batch_size={fv.train_batch_size} "
            f"--gradient_accumulation_steps={parts} with --bert_model",
            expected="at least a row a part",
            next_step="lower --gradient_accumulation_steps",
        )
    logging.info(
        "--train_batch_size: %d, in %d parts of %d rows, as clinicalBERT's "
        "script divides it.",
        fv.train_batch_size,
        parts,
        size,
    )
    fv.train_batch_size = size


def _check_aspects(fv: flags.FlagValues) -> None:
    """Raises InputError for aspects that are no plain labels."""
    values = (fv.aspect_value_list or "0,1").replace(" ", "")
    aspects = fv.num_aspects
    classes = fv.num_classes
    fits = classes is None or aspects is None or classes == 2 * aspects
    if values != "0,1" or not fits:
        raise InputError(
            "labels of more values than yes and no",
            got=f"--aspect_value_list={values} --num_aspects={aspects} "
            f"--num_classes={classes}",
            expected="--aspect_value_list=0,1 and twice as many classes as "
            "aspects, as for HoC",
            next_step="leave the three flags out: the labels are the corpus's",
        )
