"""Hugging Face folders as a source of weights under the TF1 names."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from foundation.errors import InputError
from modeling.weights import huggingface_names as names
from modeling.weights.huggingface import (
    is_huggingface_folder,
    open_huggingface,
)
from modeling.weights.huggingface_files import open_tensors
from tests.modeling.weights.folders import (
    BERT_CONFIG,
    write_folder,
    write_safetensors,
)


def _bert_names(layers: int) -> set[str]:
    """The table of originals.md 4.3, written down independently."""
    dense = ["kernel", "bias"]
    norm = ["beta", "gamma"]
    found = {
        f"bert/embeddings/{t}_embeddings"
        for t in ("word", "token_type", "position")
    }
    parts = [("bert/embeddings/LayerNorm", norm), ("bert/pooler/dense", dense)]
    for n in range(layers):
        layer = f"bert/encoder/layer_{n}"
        parts += [
            (f"{layer}/attention/self/{x}", dense)
            for x in ("query", "key", "value")
        ]
        parts += [
            (f"{layer}/attention/output/dense", dense),
            (f"{layer}/attention/output/LayerNorm", norm),
            (f"{layer}/intermediate/dense", dense),
            (f"{layer}/output/dense", dense),
            (f"{layer}/output/LayerNorm", norm),
        ]
    return found | {f"{stem}/{end}" for stem, ends in parts for end in ends}


def _albert_names(groups: int, inner: int) -> set[str]:
    """The table of originals.md 4.6."""
    found = {name for name in _bert_names(0) if name.startswith("bert/")}
    dense = ["bert/encoder/embedding_hidden_mapping_in"]
    norms = []
    for g in range(groups):
        for k in range(inner):
            block = f"bert/encoder/transformer/group_{g}/inner_group_{k}"
            dense += [
                f"{block}/attention_1/self/query",
                f"{block}/attention_1/self/key",
                f"{block}/attention_1/self/value",
                f"{block}/attention_1/output/dense",
                f"{block}/ffn_1/intermediate/dense",
                f"{block}/ffn_1/intermediate/output/dense",
            ]
            norms += [f"{block}/LayerNorm", f"{block}/LayerNorm_1"]
    found |= {f"{stem}/{end}" for stem in dense for end in ("kernel", "bias")}
    return found | {f"{s}/{end}" for s in norms for end in ("beta", "gamma")}


_PRETRAINING_HEADS = {
    "cls/predictions/transform/dense/kernel",
    "cls/predictions/transform/dense/bias",
    "cls/predictions/transform/LayerNorm/beta",
    "cls/predictions/transform/LayerNorm/gamma",
    "cls/predictions/output_bias",
    "cls/seq_relationship/output_weights",
    "cls/seq_relationship/output_bias",
}


@pytest.mark.parametrize(
    ("folder", "encoder", "gelu"),
    [
        ("bert_tiny", _bert_names(2), "erf"),
        ("albert_tiny", _albert_names(2, 2), "tanh"),
    ],
)
def test_names_are_the_originals_and_lead_back(
    fixtures_dir, folder, encoder, gelu
):
    path = str(fixtures_dir / "huggingface" / folder)
    source = open_huggingface(path)
    assert set(source.shapes) == encoder | _PRETRAINING_HEADS
    assert (source.gelu, source.path) == (gelu, path)
    stored = open_tensors(path)
    back = {}
    for name, shape in source.shapes.items():
        array = source.read(name)
        assert array.shape == shape
        assert array.dtype == np.float32
        translated, transposed = names.to_huggingface(name, source.family)
        back[translated] = array.T if transposed else array
    assert set(back) == set(stored)
    for name, file in stored.items():
        np.testing.assert_array_equal(back[name], file[name])


def test_kernels_come_as_in_out_and_head_weights_as_out_in(fixtures_dir):
    source = open_huggingface(str(fixtures_dir / "huggingface" / "albert_tiny"))
    block = "bert/encoder/transformer/group_1/inner_group_1"
    mapping = "bert/encoder/embedding_hidden_mapping_in/kernel"
    assert source.shapes[mapping] == (16, 32)
    assert source.shapes[f"{block}/ffn_1/intermediate/dense/kernel"] == (32, 64)
    assert source.shapes["cls/seq_relationship/output_weights"] == (2, 32)


def test_the_head_of_a_fine_tuned_model(tmp_path):
    weights = np.arange(12.0).reshape(3, 4)
    source = open_huggingface(
        write_folder(
            tmp_path,
            {
                "classifier.weight": weights,
                "classifier.bias": np.arange(3.0),
                "qa_outputs.weight": weights[:2],
                "qa_outputs.bias": np.arange(2.0),
            },
        )
    )
    np.testing.assert_array_equal(source.read("output_weights"), weights)
    assert source.shapes == {
        "output_weights": (3, 4),
        "output_bias": (3,),
        "cls/squad/output_weights": (2, 4),
        "cls/squad/output_bias": (2,),
    }


def test_old_names_in_a_torch_file_without_model_type(fixtures_dir, tmp_path):
    folder = write_folder(tmp_path, config={"hidden_size": 8})
    fixture = fixtures_dir / "torch_bin" / "bert.legacy.bin"
    shutil.copy(fixture, tmp_path / "pytorch_model.bin")
    expected = np.load(fixtures_dir / "torch_bin" / "bert.expected.npz")
    for path in (folder, f"{folder}/pytorch_model.bin"):
        assert is_huggingface_folder(path)
        source = open_huggingface(path)
        assert set(source.shapes) == _bert_names(1) | _PRETRAINING_HEADS
        np.testing.assert_array_equal(
            source.read("bert/embeddings/LayerNorm/gamma"),
            expected["bert.embeddings.LayerNorm.gamma"],
        )
        np.testing.assert_array_equal(
            source.read("bert/encoder/layer_0/intermediate/dense/kernel"),
            expected["bert.encoder.layer.0.intermediate.dense.weight"].T,
        )


def test_unprefixed_names_and_constants(tmp_path):
    tensors = {
        "embeddings.word_embeddings.weight": np.ones((5, 2)),
        "embeddings.position_ids": np.arange(4.0),
        "embeddings.surprise": np.ones(3),
    }
    source = open_huggingface(write_folder(tmp_path, tensors))
    assert source.shapes == {
        "bert/embeddings/word_embeddings": (5, 2),
        "embeddings.surprise": (3,),  # unknown: reported as unused
    }


def test_half_precision_is_widened(tmp_path):
    values = np.array([1.0, -2.5, 3.140625, 0.0], np.float32)
    upper_half = (values.view("<u4") >> 16).astype("<u2")
    write_folder(tmp_path)
    write_safetensors(
        tmp_path / "model.safetensors",
        {
            "classifier.bias": ("BF16", upper_half),
            "qa_outputs.bias": ("F16", values.astype("<f2")),
        },
    )
    source = open_huggingface(str(tmp_path))
    for name in ("output_bias", "cls/squad/output_bias"):
        assert source.read(name).dtype == np.float32
    np.testing.assert_array_equal(source.read("output_bias"), values)
    np.testing.assert_allclose(
        source.read("cls/squad/output_bias"), values, rtol=1e-3
    )


def test_a_tied_tensor_stands_in_for_a_lost_one(tmp_path):
    tensors = {
        "cls.predictions.decoder.weight": np.ones((5, 2)),
        "cls.predictions.decoder.bias": np.ones(5),
    }
    source = open_huggingface(write_folder(tmp_path / "tied", tensors))
    assert set(source.shapes) == {
        "bert/embeddings/word_embeddings",
        "cls/predictions/output_bias",
    }
    config = {**BERT_CONFIG, "tie_word_embeddings": False}
    source = open_huggingface(
        write_folder(tmp_path / "untied", tensors, config)
    )
    assert set(source.shapes) == set(tensors)


def test_shards_are_read_and_a_lost_one_is_named(tmp_path):
    write_folder(tmp_path)
    shards = {"classifier.weight": "a.safetensors"}
    shards["classifier.bias"] = "b.safetensors"
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": shards}))
    for name, file in shards.items():
        array = np.ones((2, 2) if "weight" in name else 2, "<f4")
        write_safetensors(tmp_path / file, {name: ("F32", array)})
    source = open_huggingface(str(tmp_path))
    assert source.read("output_weights").shape == (2, 2)
    assert source.read("output_bias").shape == (2,)
    (tmp_path / "b.safetensors").unlink()
    with pytest.raises(InputError, match=r"b\.safetensors: .* missing"):
        open_huggingface(str(tmp_path))


def test_what_counts_as_a_folder(tmp_path, fixtures_dir):
    assert is_huggingface_folder(str(fixtures_dir / "huggingface/bert_tiny"))
    assert not is_huggingface_folder(str(tmp_path))
    assert not is_huggingface_folder(str(tmp_path / "model.ckpt-5"))
    (tmp_path / "config.json").write_text("{}")
    assert is_huggingface_folder(str(tmp_path))
    (tmp_path / "model.ckpt-5.index").write_bytes(b"x")
    assert not is_huggingface_folder(str(tmp_path))


def test_a_real_folder(minilm_dir):
    source = open_huggingface(str(minilm_dir))
    assert set(source.shapes) == _bert_names(6)
    assert source.read("bert/embeddings/word_embeddings").shape == (30522, 384)
    assert source.config["num_hidden_layers"] == 6
