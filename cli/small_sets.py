"""What helps when there is little to learn from: rates, layers, weights.

Small training sets make some runs fail outright. Longer training and
`--adam_bias_correction` help (Zhang et al. 2020, arXiv 2006.05987), and, by
model and task, the flags here (Tinn et al. 2023, Patterns 4(4)).
"""

from __future__ import annotations

from absl import flags

from foundation.errors import InputError
from modeling.config import Config
from training import parameter_groups
from training.options import TransferOptions

_DEFAULTS = TransferOptions()


def define(fv: flags.FlagValues, *, with_crf: bool = True) -> None:
    """Declares the flags; `with_crf` where the task may have a CRF."""
    flags.DEFINE_float(
        "layerwise_lr_decay",
        _DEFAULTS.layerwise_lr_decay,
        "Factor of the learning rate from each layer to the one below, as "
        "ELECTRA has it, for example 0.9; the head keeps --learning_rate. "
        "1 = one rate for all.",
        lower_bound=0.0,
        upper_bound=1.0,
        flag_values=fv,
    )
    flags.DEFINE_string(
        "freeze",
        _DEFAULTS.freeze,
        "What keeps its pretrained weights: embeddings, layers from 0 (3, "
        "0-5), encoder (all layers), pooler or all, with commas between. A "
        "step without the lower layers, embeddings,0-5, is faster too.",
        flag_values=fv,
    )
    flags.DEFINE_integer(
        "reinit_layers",
        _DEFAULTS.reinit_layers,
        "Start so many of the top layers anew instead of from "
        "--init_checkpoint, and the pooler where it trains.",
        lower_bound=0,
        flag_values=fv,
    )
    _define_class_weights(fv)
    if with_crf:
        _define_crf(fv)


def _define_crf(fv: flags.FlagValues) -> None:
    flags.DEFINE_float(
        "crf_learning_rate",
        None,
        "Highest learning rate of the CRF, which needs a higher one than the "
        f"encoder. Not given: {_DEFAULTS.crf_learning_rate}.",
        lower_bound=0.0,
        flag_values=fv,
    )


def _define_class_weights(fv: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "class_weights",
        "none",
        "Weights of the labels in the loss: none, balanced (rare labels weigh "
        "more) or some labels' weights, as B-X:2,I-X:2,O:0.5 (others: 1).",
        flag_values=fv,
    )


def check(fv: flags.FlagValues, config: Config) -> None:
    """Raises InputError for values that the model or other flags refuse."""
    if fv.layerwise_lr_decay == 0.0:
        raise InputError(
            "--layerwise_lr_decay=0 trains the head alone",
            got="0",
            expected="a factor above 0, up to 1",
            next_step="use --freeze=all if that is meant",
        )
    parameter_groups.check(read(fv), config)
    if "crf_learning_rate" in fv:
        _check_crf(fv)


def _check_crf(fv: flags.FlagValues) -> None:
    uses_crf = fv.use_crf
    if fv.crf_learning_rate is not None and not uses_crf:
        raise InputError(
            "--crf_learning_rate without a CRF",
            got=f"--crf_learning_rate={fv.crf_learning_rate}",
            expected="--use_crf beside it",
            next_step="add --use_crf or leave --crf_learning_rate out",
        )
    if fv.class_weights != "none" and uses_crf:
        raise InputError(
            "a CRF's loss is of whole sentences, not of labels",
            got=f"--use_crf with --class_weights={fv.class_weights}",
            expected="one of the two",
            next_step="leave --class_weights out",
        )


def read(fv: flags.FlagValues) -> TransferOptions:
    """Returns what trains, how fast, and what starts anew."""
    crf = fv.crf_learning_rate if "crf_learning_rate" in fv else None
    return TransferOptions(
        layerwise_lr_decay=fv.layerwise_lr_decay,
        freeze=fv.freeze,
        reinit_layers=fv.reinit_layers,
        crf_learning_rate=_DEFAULTS.crf_learning_rate if crf is None else crf,
    )
