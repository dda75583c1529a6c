"""A fine-tuned folder of each kind, loaded by its name alone."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from foundation.errors import InputError
from inference.trained_folder import KINDS, load_trained
from modeling.weights import tf1
from tests.random_models import NAMES, write_classifier, write_questions
from tests.random_tagger import LABELS, write_tagger
from tests.tiny_configs import tiny_albert, tiny_bert

SIZES = {"max_position_embeddings": 64}


@pytest.fixture(scope="module")
def folders(golden_dir, tmp_path_factory):
    """One tiny model of each kind; "classes" has entity markers."""
    where = tmp_path_factory.mktemp("models")
    path = golden_dir / "tokenization" / "vocab_cased_2k.txt"
    size = len(path.read_text("utf-8").splitlines())
    config = tiny_bert(vocab_size=size, **SIZES)
    found = {}
    for kind in KINDS:
        folder = where / kind
        folder.mkdir()
        if kind == "tagging":
            write_tagger(folder, config, path, lower_case=False)
        elif kind in NAMES:
            write_classifier(folder, config, path, kind=kind)
        else:
            write_questions(folder, config, path, answer_type=kind)
        found[kind] = folder
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recognised_and_has_its_weights(kind, folders):
    trained = load_trained(str(folders[kind]))
    assert trained.kind == kind
    assert trained.step == 7
    assert trained.config.gelu_form == "tanh"
    assert trained.settings.max_seq_length == 64
    assert (
        trained.labels
        == {
            **NAMES,
            "tagging": LABELS.labels,
            "span": (),
            "yesno": ("no", "yes"),
        }[kind]
    )
    bundle = tf1.Tf1Bundle(str(folders[kind] / "model.ckpt-7"))
    weights = trained.model.variables
    assert set(weights) == set(bundle.shapes) - {"global_step"}
    for name, variable in weights.items():
        np.testing.assert_array_equal(variable.numpy(), bundle.read(name))


def test_entity_markers_come_with_the_tokenizer(golden_dir, tmp_path):
    """ALBERT's follow the last piece: the model is larger by them."""
    path = golden_dir / "tokenization" / "spm_2k.model"
    config = tiny_albert(vocab_size=2004, **SIZES)
    write_classifier(
        tmp_path, config, path, kind="classes", entity_format="marker"
    )
    trained = load_trained(str(tmp_path))
    ids = trained.tokenizer.encode("[E1] a [/E1] b [E2] c [/E2]")
    assert [i for i in ids if i >= 2000] == [2000, 2001, 2002, 2003]


def test_a_folder_without_or_with_two_settings(folders, tmp_path):
    with pytest.raises(InputError, match="one fine-tuned model"):
        load_trained(str(tmp_path))
    copy = shutil.copytree(folders["span"], tmp_path / "two")
    shutil.copy(folders["tagging"] / "tagger.json", copy)
    with pytest.raises(InputError, match=r"tagger.json, question_answering"):
        load_trained(str(copy))


def test_files_that_do_not_fit(folders, tmp_path):
    copy = shutil.copytree(folders["classes"], tmp_path / "vocabulary")
    with (copy / "vocab.txt").open("a") as file:
        file.write("another\n")
    with pytest.raises(InputError, match="do not belong together"):
        load_trained(str(copy))
    copy = shutil.copytree(folders["classes"], tmp_path / "length")
    settings = copy / "classifier.json"
    settings.write_text(
        settings.read_text().replace('_length": 64', '_length": 65')
    )
    with pytest.raises(InputError, match="beyond the model's positions"):
        load_trained(str(copy))
