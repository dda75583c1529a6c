"""TF1 bundles and Hugging Face folders, there and back, and what is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from conversion.conversion import ConversionOptions, convert
from conversion.found_model import ModelChoice
from conversion.model_card import CardFacts
from foundation.errors import InputError
from modeling.weights import tf1

pytestmark = pytest.mark.usefixtures("few_sentences")


@pytest.fixture
def checkpoint(fixtures_dir, tmp_path):
    """A TF1 checkpoint with slots, config and vocabulary beside it."""
    source = fixtures_dir / "demo_checkpoint"
    folder = tmp_path / "biobert_v1.1_pubmed"
    folder.mkdir()
    shutil.copy(source / "vocab.txt", folder)
    config = json.loads((source / "bert_config.json").read_text())
    del config["gelu_form"]  # the folder's name tells: BioBERT's is erf
    (folder / "bert_config.json").write_text(json.dumps(config))
    bundle = tf1.Tf1Bundle(str(source / "model.ckpt-3000"))
    tensors = {name: bundle.read(name) for name in bundle.shapes}
    slots = {
        f"{name}/adam_{slot}": np.full_like(array, place)
        for name, array in tensors.items()
        for place, slot in enumerate("mv")
        if array.dtype == np.float32
    }
    pair = {
        "cls/seq_relationship/output_weights": np.ones([2, 64], np.float32),
        "cls/seq_relationship/output_bias": np.ones([2], np.float32),
    }
    width = bundle.shapes["bert/pooler/dense/bias"][0]
    pair["cls/seq_relationship/output_weights"].resize([2, width])
    tensors |= pair | slots | {"global_step": np.array(3000, np.int64)}
    tf1.write_bundle(str(folder / "model.ckpt-3000"), tensors)
    return folder


def _same(first, second, *, but=()):
    one, two = tf1.Tf1Bundle(str(first)), tf1.Tf1Bundle(str(second))
    assert set(one.shapes) - set(but) == set(two.shapes)
    for name in two.shapes:
        a, b = one.read(name), two.read(name)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def test_tf1_to_tf1_is_bit_equal(checkpoint, tmp_path):
    target = tmp_path / "copy" / "model.ckpt-3000"
    report = convert(str(checkpoint), str(target))
    _same(checkpoint / "model.ckpt-3000", target)
    assert report.num_slots_left_out == 0
    assert report.largest_difference == 0.0
    config = json.loads((tmp_path / "copy" / "bert_config.json").read_text())
    assert config["hidden_act"] == "gelu"  # the one name that Google's knows
    assert (tmp_path / "copy" / "vocab.txt").read_bytes() == (
        checkpoint / "vocab.txt"
    ).read_bytes()


def test_the_optimizer_goes_when_asked(checkpoint, tmp_path):
    target = tmp_path / "small.ckpt"
    report = convert(
        str(checkpoint), str(target), ConversionOptions(drop_optimizer=True)
    )
    names = set(tf1.Tf1Bundle(str(target)).shapes)
    assert not {n for n in names if "adam" in n or n == "global_step"}
    assert report.num_slots_left_out == 2 * len(names) - 4
    whole = checkpoint / "model.ckpt-3000.data-00000-of-00001"
    small = tmp_path / "small.ckpt.data-00000-of-00001"
    assert small.stat().st_size < 0.34 * whole.stat().st_size


def test_through_hugging_face_and_back_is_bit_equal(checkpoint, tmp_path):
    there, back = tmp_path / "hf", tmp_path / "back"
    report = convert(str(checkpoint), str(there))
    assert (report.head, report.gelu_form) == ("pretraining", "erf")
    assert report.rows_are_text
    report = convert(str(there), str(back))
    assert [note[:24] for note in report.notes] == ["GELU is the erf form, as"]
    bundle = tf1.Tf1Bundle(str(checkpoint / "model.ckpt-3000"))
    slots = {n for n in bundle.shapes if "adam" in n} | {"global_step"}
    _same(checkpoint / "model.ckpt-3000", back / "bert_model.ckpt", but=slots)
    config = json.loads((back / "bert_config.json").read_text())
    assert (config["hidden_act"], config["gelu_form"]) == ("gelu", "erf")


def test_the_card_warns_of_clinical_notes_by_default(checkpoint, tmp_path):
    convert(str(checkpoint), str(tmp_path / "a"))
    card = (tmp_path / "a" / "README.md").read_text()
    assert "do not publish" in card
    assert "BioBERT" in card
    assert "pipeline_tag: fill-mask" in card
    facts = CardFacts(clinical_notes=False, license="apache-2.0")
    convert(str(checkpoint), str(tmp_path / "b"), ConversionOptions(card=facts))
    card = (tmp_path / "b" / "README.md").read_text()
    assert "do not publish" not in card
    assert "license: apache-2.0" in card


def test_nothing_is_overwritten_unless_asked(checkpoint, tmp_path):
    target = str(tmp_path / "hf")
    convert(str(checkpoint), target)
    before = (tmp_path / "hf" / "model.safetensors").read_bytes()
    with pytest.raises(InputError, match="there is a model already"):
        convert(str(checkpoint), target)
    convert(str(checkpoint), target, ConversionOptions(overwrite=True))
    assert (tmp_path / "hf" / "model.safetensors").read_bytes() == before


def _with_tensors(checkpoint, more):
    prefix = str(checkpoint / "model.ckpt-3000")
    bundle = tf1.Tf1Bundle(prefix)
    tensors = {
        name: bundle.read(name)
        for name in bundle.shapes
        if name.startswith("bert/") and "adam" not in name
    }
    tf1.write_bundle(prefix, tensors | more)


def _label_head(checkpoint, scope="", suffix=""):
    width = tf1.Tf1Bundle(str(checkpoint / "model.ckpt-3000")).shapes[
        "bert/pooler/dense/bias"
    ][0]
    return {
        f"{scope}output_weights{suffix}": np.ones([3, width], np.float32),
        f"{scope}output_bias{suffix}": np.ones([3], np.float32),
    }


def test_a_crf_is_not_lost_in_silence(checkpoint, tmp_path):
    crf = {"crf/transitions": np.zeros([3, 3], np.float32)}
    _with_tensors(checkpoint, _label_head(checkpoint) | crf)
    choice = ModelChoice(head="token_classification")
    with pytest.raises(InputError, match="no CRF"):
        convert(str(checkpoint), str(tmp_path / "a"), choice=choice)
    assert not (tmp_path / "a").exists()
    report = convert(
        str(checkpoint),
        str(tmp_path / "b"),
        ConversionOptions(drop_crf=True),
        choice=choice,
    )
    assert "crf/transitions" in report.left_out
    card = (tmp_path / "b" / "README.md").read_text()
    assert "CRF is left out" in card


def test_an_unknown_tensor_is_not_lost_in_silence(checkpoint, tmp_path):
    odd = {"my/own/tensor": np.zeros([3], np.float32)}
    _with_tensors(checkpoint, odd)
    with pytest.raises(InputError, match="my/own/tensor"):
        convert(str(checkpoint), str(tmp_path / "a"))
    report = convert(
        str(checkpoint),
        str(tmp_path / "b"),
        ConversionOptions(allow_loss=True),
    )
    assert report.left_out == ("my/own/tensor",)
    assert "left out: my/own/tensor" in report.text()


def test_what_googles_code_would_compute_otherwise_is_said(
    checkpoint, tmp_path
):
    path = checkpoint / "bert_config.json"
    config = json.loads(path.read_text())
    config |= {"layer_norm_eps": 1e-5, "gelu_form": "tanh"}
    path.write_text(json.dumps(config))
    report = convert(str(checkpoint), str(tmp_path / "a.ckpt"))
    (note,) = report.notes
    assert "layer_norm_eps is 1e-05" in note


def test_a_head_that_could_be_three_is_asked_for(checkpoint, tmp_path):
    _with_tensors(checkpoint, _label_head(checkpoint))
    with pytest.raises(InputError, match="--head"):
        convert(str(checkpoint), str(tmp_path / "a"))


def test_a_yes_no_head_has_no_counterpart(checkpoint, tmp_path):
    head = _label_head(checkpoint, "cls/squad/", "_sgm")
    _with_tensors(checkpoint, head)
    with pytest.raises(InputError, match="yes/no"):
        convert(str(checkpoint), str(tmp_path / "a"))


def test_a_config_that_contradicts_the_shapes(checkpoint, tmp_path):
    path = checkpoint / "bert_config.json"
    config = json.loads(path.read_text())
    for key, value in (("intermediate_size", 8), ("num_hidden_layers", 1)):
        path.write_text(json.dumps(config | {key: value}))
        with pytest.raises(InputError):
            convert(str(checkpoint), str(tmp_path / "a"))
    path.write_text(json.dumps(config | {"vocab_size": 77}))
    with pytest.raises(InputError, match="vocab_size of the config"):
        convert(str(checkpoint), str(tmp_path / "a"))
    assert not (tmp_path / "a").exists()
