"""scripts/recipes/*_pretraining_data.flags: the values that were published."""

import re
import shlex
from unittest import mock

import pytest
from absl import flags

import create_pretraining_data
from preprocessing.manifest import find_manifests
from preprocessing.manifest_checks import verify

# Of command lines in READMEs and scripts; what the recipes call ours is here
# as well. BERT's README and the four that took it over:
BERT = {
    "family": "bert",
    "max_seq_length": 128,
    "max_predictions_per_seq": 20,
    "masked_lm_prob": 0.15,
    "short_seq_prob": 0.1,
    "random_seed": 12345,
    "dupe_factor": 5,
    "do_whole_word_mask": False,
    "do_lower_case": True,
    "control_characters": "google",
}
# The defaults of google-research/albert's script.
ALBERT = {
    "family": "albert",
    "max_seq_length": 512,
    "max_predictions_per_seq": 20,
    "masked_lm_prob": 0.15,
    "short_seq_prob": 0.1,
    "random_seed": 12345,
    "dupe_factor": 40,
    "do_whole_word_mask": True,
    "ngram": 3,
    "favor_shorter_ngram": True,
    "random_next_sentence": False,
    "do_permutation": False,
    "do_lower_case": True,
}
SCIBERT = BERT | {"do_lower_case": None}
EXPECTED = {
    "albert": ALBERT,
    "bert": BERT,
    "bioalbert": ALBERT,
    "biobert": BERT
    | {
        "do_lower_case": False,
        "control_characters": "any",
        "max_seq_length": 512,
        "max_predictions_per_seq": 77,
        "dupe_factor": 10,
    },
    "biobertpt": {
        "family": "bert",
        "do_lower_case": False,
        "objective": "mlm_blocks",
        "block_size": 512,
        "dynamic_masking": True,
        "masked_lm_prob": 0.15,
        "dupe_factor": 1,
    },
    "bluebert": BERT | {"control_characters": "any"},
    "clinicalbert": BERT | {"do_lower_case": False},
    "scibert": SCIBERT,
    "scibert_512": SCIBERT
    | {"max_seq_length": 512, "max_predictions_per_seq": 75},
}
SUFFIX = "_pretraining_data.flags"


@pytest.fixture
def recipes(root_dir):
    return root_dir / "scripts" / "recipes"


def parsed(path, *more):
    fv = flags.FlagValues()
    create_pretraining_data.define_flags(fv)
    fv(["create_pretraining_data.py", f"--flagfile={path}", *more])
    return fv


def named(path):
    """Returns the flags that a recipe names, as they stand there."""
    lines = path.read_text("utf-8").splitlines()
    words = [w for line in lines for w in shlex.split(line, comments=True)]
    return dict(word.removeprefix("--").split("=") for word in words)


def test_every_recipe_is_expected(recipes):
    found = {path.name for path in recipes.glob(f"*{SUFFIX}")}
    assert found == {name + SUFFIX for name in EXPECTED}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_gives_what_it_names(recipes, name):
    path = recipes / f"{name}{SUFFIX}"
    fv = parsed(path)
    expected = EXPECTED[name]
    assert {flag: fv[flag].value for flag in expected} == expected
    for flag, text in named(path).items():
        assert fv[flag].present
        assert str(fv[flag].value).lower() == text.lower(), flag


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_says_where_it_is_from(recipes, name):
    text = (recipes / f"{name}{SUFFIX}").read_text("utf-8")
    about = " ".join(line[2:] for line in text.splitlines() if line[:1] == "#")
    assert f"--flagfile=scripts/recipes/{name}{SUFFIX} ..." in about
    assert "python create_pretraining_data.py" in about
    assert re.search(r"\(.*20[12]\d.*\)|\(google-research/bert", about)
    assert all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recipe_makes_records(
    recipes, golden_dir, fixtures_dir, tmp_path, name
):
    pieces = golden_dir / "tokenization"
    vocabulary = f"--vocab_file={pieces / 'vocab_uncased_2k.txt'}"
    if EXPECTED[name]["do_lower_case"] is False:
        vocabulary = f"--vocab_file={pieces / 'vocab_cased_2k.txt'}"
    if EXPECTED[name]["family"] == "albert":
        vocabulary = f"--spm_model_file={pieces / 'spm_2k.model'}"
    fv = parsed(
        recipes / f"{name}{SUFFIX}",
        f"--input_file={fixtures_dir / 'sample_corpus' / '*.txt'}",
        f"--output_file={tmp_path / 'a.tfrecord'}",
        vocabulary,
    )
    with mock.patch.object(flags, "FLAGS", fv):
        assert create_pretraining_data.main([]) == 0
    (made,) = find_manifests(str(tmp_path))
    verify(made, str(tmp_path))
    assert made.num_records > 0
    expected = EXPECTED[name]
    length = expected.get("max_seq_length", expected.get("block_size"))
    assert made.max_seq_length == length
    assert made.family == expected["family"]
