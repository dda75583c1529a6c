"""scripts/recipes/*_pretraining.flags: the values that were published."""

import re
import shlex

import pytest
from absl import flags

import run_pretraining

# Command lines of READMEs and scripts; what the recipes call ours, or say was
# not verified, is here as well. google-research/bert, README:
BERT = {
    "do_train": True,
    "do_eval": True,
    "objective": "next_sentence",
    "gelu": "tanh",
    "optimizer": "adamw",
    "max_seq_length": 128,
    "max_predictions_per_seq": 20,
    "train_batch_size": 32,
    "learning_rate": 2e-5,
    "num_train_steps": 20,
    "num_warmup_steps": 10,
    # BERT's optimizer, which no command line names:
    "weight_decay": 0.01,
    "adam_epsilon": 1e-6,
    "adam_bias_correction": False,
    "clip_norm": 1.0,
    "clip_by": "global",
    "poly_power": 1.0,
    "gradient_accumulation_steps": 1,
}
# google-research/albert, README.
ALBERT = BERT | {
    "objective": "sentence_order",
    "optimizer": "lamb",
    "max_seq_length": 512,
    "train_batch_size": 4096,
    "eval_batch_size": 64,
    "learning_rate": 0.00176,
    "num_train_steps": 125_000,
    "num_warmup_steps": 3_125,
    "save_checkpoints_steps": 5_000,
}
BIOBERT = BERT | {
    "do_eval": False,
    "do_lower_case": False,
    "gelu": "erf",
    "max_seq_length": 512,
    "max_predictions_per_seq": 77,
    "train_batch_size": 192,
    "learning_rate": 1e-4,
    "num_train_steps": 200_000,
    "num_warmup_steps": 10_000,
}
# EmilyAlsentzer/clinicalBERT finetune_lm_tf.sh.
CLINICALBERT = BERT | {
    "do_lower_case": False,
    "gelu": "erf",
    "learning_rate": 5e-5,
    "num_train_steps": 100_000,
    "num_warmup_steps": 10_000,
    "save_checkpoints_steps": 50_000,
    "keep_checkpoint_max": 15,
}
# allenai/scibert scripts/cheatsheet.txt.
SCIBERT = BERT | {
    "gelu": "erf",
    "do_lower_case": None,
    "train_batch_size": 256,
    "eval_batch_size": 256,
    "max_eval_steps": 2_000,
    "learning_rate": 1e-4,
    "num_train_steps": 500_000,
    "num_warmup_steps": 1_000,
}
BIOALBERT = ALBERT | {
    "train_batch_size": 1024,
    "eval_batch_size": 16,
    "num_train_steps": None,  # not known
    "save_checkpoints_steps": None,
}
EXPECTED = {
    "albert_base": ALBERT,
    "bert": BERT,
    "bert_paper": BERT
    | {
        "do_eval": False,
        "train_batch_size": 256,
        "learning_rate": 1e-4,
        "num_train_steps": 900_000,
        "num_warmup_steps": 10_000,
        "phase2_schedule": "continue",
        "phase2_max_seq_length": 512,
        "phase2_max_predictions_per_seq": 77,
        "phase2_train_batch_size": 256,
        "phase2_num_train_steps": 100_000,
    },
    "bio_clinicalbert": CLINICALBERT | {"num_train_steps": 150_000},
    "bioalbert_base": BIOALBERT,
    "bioalbert_large": BIOALBERT,
    "biobert_v1_0": BIOBERT,
    "biobert_v1_1": BIOBERT | {"num_train_steps": 1_000_000},
    # Hugging Face's run_language_modeling.py, where the README is silent.
    "biobertpt": BERT
    | {
        "do_eval": False,
        "do_lower_case": False,
        "objective": "masked_lm",
        "gelu": "erf",
        "max_seq_length": 512,
        "max_predictions_per_seq": None,
        "train_batch_size": 16,
        "learning_rate": 1e-5,
        "num_train_steps": None,
        "num_train_epochs": 15.0,
        "num_warmup_steps": 0,
        "weight_decay": 0.0,
        "adam_epsilon": 1e-8,
        "adam_bias_correction": True,
        "seed": 666,
    },
    "bluebert": BERT
    | {"do_lower_case": True, "gelu": "erf", "num_train_steps": 20_000},
    "clinicalbert": CLINICALBERT,
    "scibert": SCIBERT,
    "scibert_512": SCIBERT
    | {
        "max_seq_length": 512,
        "max_predictions_per_seq": 75,
        "train_batch_size": 64,
        "eval_batch_size": 64,
        "learning_rate": 1e-5,
        "num_train_steps": 800_000,
        "num_warmup_steps": 100,
    },
}
SUFFIX = "_pretraining.flags"


@pytest.fixture
def recipes(root_dir):
    return root_dir / "scripts" / "recipes"


def parsed(*words):
    fv = flags.FlagValues()
    run_pretraining.define_flags(fv)
    fv(["run_pretraining.py", *words])
    return fv


def named(path):
    """Returns the flags that a recipe names, as they stand there."""
    lines = path.read_text("utf-8").splitlines()
    words = [w for line in lines for w in shlex.split(line, comments=True)]
    return dict(word.removeprefix("--").split("=") for word in words)


def about(path):
    """Returns a recipe's comment as running text."""
    lines = path.read_text("utf-8").splitlines()
    return " ".join(line[2:] for line in lines if line[:1] == "#")


def test_every_recipe_is_expected(recipes):
    found = {path.name for path in recipes.glob(f"*{SUFFIX}")}
    assert found == {name + SUFFIX for name in EXPECTED}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_gives_what_it_names(recipes, name):
    path = recipes / f"{name}{SUFFIX}"
    fv = parsed(f"--flagfile={path}")
    expected = EXPECTED[name]
    assert {flag: fv[flag].value for flag in expected} == expected
    assert set(named(path)) <= set(expected)
    for flag in named(path):
        assert fv[flag].present


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_leaves_paths_to_its_user(recipes, name):
    assert not [
        flag
        for flag in named(recipes / f"{name}{SUFFIX}")
        if flag.endswith(("_file", "_dir", "_checkpoint"))
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_says_where_it_is_from(recipes, name):
    path = recipes / f"{name}{SUFFIX}"
    text = about(path)
    assert f"--flagfile=scripts/recipes/{name}{SUFFIX} ..." in text
    assert "python run_pretraining.py" in text
    assert re.search(r"\(.*20[12]\d.*\)|\(google-research/bert", text)
    expected = re.search("Expected(.*)", text).group(1)
    assert re.search(r"\d\d\.\d|0\.\d\d\d", expected)
    assert re.search(r"\((README|paper|abstract)|, README\)", expected)
    assert "ot known" in text
    lines = path.read_text("utf-8").splitlines()
    assert all(len(line) <= 80 for line in lines)
    # The data's recipe, by its name.
    data = re.search(r"Data: (\w+_pretraining_data\.flags)", text).group(1)
    assert (recipes / data).is_file()


@pytest.mark.parametrize("name", EXPECTED)
def test_lengths_are_those_of_the_data(recipes, name):
    path = recipes / f"{name}{SUFFIX}"
    data = re.search(r"Data: (\w+_pretraining_data\.flags)", about(path))
    made = named(recipes / data.group(1))
    length = made.get("max_seq_length", made.get("block_size"))
    assert str(EXPECTED[name]["max_seq_length"]) == length
    predictions = EXPECTED[name]["max_predictions_per_seq"]
    assert made.get("max_predictions_per_seq") == (
        None if predictions is None else str(predictions)
    )


def test_bioalbert_says_that_it_is_not_verified(recipes):
    for size in ("base", "large"):
        assert "NOT VERIFIED" in about(recipes / f"bioalbert_{size}{SUFFIX}")


def test_both_corpora_of_biobert_are_one_schedule(recipes):
    fv = parsed(
        f"--flagfile={recipes / f'biobert_v1_0{SUFFIX}'}",
        "--phase2_input_file=pmc/*.tfrecord",
        "--phase2_num_train_steps=270000",
    )
    assert fv.num_train_steps + fv.phase2_num_train_steps == 470_000
    assert fv.phase2_schedule == "continue"
