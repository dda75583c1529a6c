"""Flags of the originals' scripts of questions that mean nothing here.

google-research/albert `run_squad_v1.py` and `run_squad_v2.py`, BERT's
`run_squad.py`. Where they only say where features are kept, or how the same
numbers are computed, they are accepted, with a word; what asks for something
that is not there is refused.
"""

from __future__ import annotations

from absl import flags, logging

from foundation.errors import InputError

_FEATURES = "features are made as they are needed, and kept nowhere"
_WITHOUT_EFFECT = {
    "train_feature_file": _FEATURES,
    "predict_feature_file": _FEATURES,
    "predict_feature_left_file": _FEATURES,
}
_SWITCHES_WITHOUT_EFFECT = {
    "verbose_logging": "it would write text of the data into the log",
    "use_einsum": "the same products, written in another way",
}
_OTHER_HEAD = (
    "ALBERT's run_squad_v2.py has a head of its own, whose checkpoints are "
    "not read here",
    "leave it out: --version_2_with_negative uses BERT's head",
)
# Name: why not, and what to do.
_REFUSED = {
    "albert_hub_module_handle": (
        "modules of TensorFlow Hub are not read",
        "give the weights as --init_checkpoint",
    ),
    "export_dir": (
        "there is no SavedModel of this task",
        "use the checkpoint in --output_dir",
    ),
    "start_n_top": _OTHER_HEAD,
    "end_n_top": _OTHER_HEAD,
    "dropout_prob": _OTHER_HEAD,
    "input_shuffle_seed": (
        "the order is drawn from one seed for all",
        "give --seed instead",
    ),
}


def define(fv: flags.FlagValues) -> None:
    """Declares the flags."""
    for name, why in _WITHOUT_EFFECT.items():
        flags.DEFINE_string(
            name, None, f"Without effect: {why}.", flag_values=fv
        )
    for name, why in _SWITCHES_WITHOUT_EFFECT.items():
        flags.DEFINE_boolean(
            name, None, f"Without effect: {why}.", flag_values=fv
        )
    for name, (why, _) in _REFUSED.items():
        flags.DEFINE_string(name, None, f"Refused: {why}.", flag_values=fv)


def check(fv: flags.FlagValues) -> None:
    """Says which flags do nothing; raises InputError for those refused."""
    for name, why in {**_WITHOUT_EFFECT, **_SWITCHES_WITHOUT_EFFECT}.items():
        if fv[name].value:
            logging.warning("--%s has no effect: %s.", name, why)
    for name, (why, next_step) in _REFUSED.items():
        if fv[name].value:  # ALBERT's scripts pass '--export_dir='
            raise InputError(
                f"--{name} is not for this script: {why}",
                got=f"--{name}={fv[name].value}",
                expected="the flag left out",
                next_step=next_step,
            )
