import pytest

from cli import lm_defaults
from tests import lm_world

# google-research/bert and google-research/albert run_pretraining.py.
BERT = {
    "do_train": False,
    "do_eval": False,
    "train_batch_size": 32,
    "eval_batch_size": 8,
    "learning_rate": 5e-5,
    "num_train_steps": 100000,
    "num_warmup_steps": 10000,
    "save_checkpoints_steps": 1000,
    "iterations_per_loop": 1000,
    "max_eval_steps": 100,
    "keep_checkpoint_max": 5,
    "use_tpu": False,
    "num_tpu_cores": 8,
    "init_checkpoint": None,
}
ALBERT = {
    **BERT,
    "do_train": True,
    "train_batch_size": 4096,
    "eval_batch_size": 64,
    "optimizer": "lamb",
    "learning_rate": 0.00176,
    "poly_power": 1.0,
    "num_train_steps": 125000,
    "num_warmup_steps": 3125,
    "start_warmup_step": 0,
    "save_checkpoints_steps": 5000,
    "init_from_group0": False,
    "masked_lm_budget": 0.0,
}


@pytest.mark.parametrize(
    ("family", "expected"), [("bert", BERT), ("albert", ALBERT)]
)
def test_defaults_are_the_familys(family, expected):
    fv = lm_world.parsed()
    lm_defaults.take(fv, family=family)
    assert {name: fv[name].value for name in expected} == expected


def test_what_was_taken_is_logged(caplog):
    caplog.set_level("INFO", logger="absl")
    lm_defaults.take(lm_world.parsed("--learning_rate=1e-4"), family="albert")
    assert "--train_batch_size=4096 --eval_batch_size=64" in caplog.text
    assert "--learning_rate" not in caplog.text


def test_what_is_given_stays():
    fv = lm_world.parsed("--do_train=false", "--num_warmup_steps=0")
    lm_defaults.take(fv, family="albert")
    assert (fv.do_train, fv.num_warmup_steps) == (False, 0)


@pytest.mark.parametrize("proportion", ["0.1", "0"])
def test_the_other_way_of_saying_it_counts(proportion):
    fv = lm_world.parsed(
        "--num_train_epochs=2", f"--warmup_proportion={proportion}"
    )
    lm_defaults.take(fv, family="bert")
    assert (fv.num_train_steps, fv.num_warmup_steps) == (None, None)


def test_help_names_both_families():
    fv = lm_world.parsed()
    assert fv["train_batch_size"].help.endswith("32; 4096 for ALBERT.")
    assert fv["do_train"].help.endswith("false; true for ALBERT.")


def test_albert_config_file_is_another_name():
    fv = lm_world.parsed("--albert_config_file=albert_config.json")
    assert fv.bert_config_file == "albert_config.json"
