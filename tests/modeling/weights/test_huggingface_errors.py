"""Hugging Face folders that cannot be used, and what is said of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from foundation.errors import InputError
from modeling.weights.huggingface import open_huggingface
from tests.modeling.weights.folders import BERT_CONFIG, write_folder


@pytest.mark.parametrize(
    ("config", "file", "message"),
    [
        (BERT_CONFIG, None, r"no weights.*got 0 files.*model\.safetensors"),
        (BERT_CONFIG, "tf_model.h5", r"got only tf_model\.h5"),
        ({"model_type": "roberta"}, "tensors", "got model_type roberta"),
        ({"hidden_size": 2}, "tensors", "no model_type"),
        ([1], "tensors", "not a JSON object"),
        ({**BERT_CONFIG, "is_decoder": True}, "tensors", "got is_decoder"),
        (
            {**BERT_CONFIG, "position_embedding_type": "relative_key"},
            "tensors",
            "relative_key",
        ),
        (
            {"model_type": "albert", "embedding_size": 2, "hidden_size": 2},
            "mapping",
            "embedding_hidden_mapping_in",
        ),
    ],
)
def test_a_folder_that_cannot_be_used(tmp_path, config, file, message):
    tensors = {
        "tensors": {"classifier.bias": np.ones(2)},
        "mapping": {"encoder.embedding_hidden_mapping_in.weight": np.eye(2)},
    }
    folder = write_folder(tmp_path, tensors.get(file), config)
    if file == "tf_model.h5":
        (tmp_path / file).write_bytes(b"x")
    with pytest.raises(InputError, match=message):
        open_huggingface(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\xff" * 40, "not a safetensors file"),
        (b"\x02" + b"\0" * 7 + b"{]", "not a safetensors file"),
        (b"\0\0\1" + b"\0" * 5 + b"[" * 2**16, "not a safetensors file"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content, message):
    write_folder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=message):
        open_huggingface(str(tmp_path))


def test_a_file_cut_short_names_the_tensor(tmp_path):
    folder = write_folder(tmp_path, {"classifier.bias": np.ones(9)})
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"tensor classifier\.bias.*byte 36"):
        open_huggingface(folder)


def _header(entries, data):
    raw = json.dumps(entries).encode()
    return len(raw).to_bytes(8, "little") + raw + data


def _entry(start, end):
    shape = [(end - start) // 4]
    return {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    ("entries", "num_bytes"),
    [
        ({"a": _entry(0, 8), "b": _entry(4, 12)}, 12),  # overlap
        ({"a": _entry(0, 8), "b": _entry(0, 8)}, 8),  # the same bytes
        ({"a": _entry(0, 4), "b": _entry(8, 12)}, 12),  # a gap
        ({"a": _entry(4, 8)}, 8),  # nobody's bytes first
        ({"a": _entry(0, 4)}, 8),  # nobody's bytes last
    ],
)
def test_tensors_that_share_or_skip_bytes(tmp_path, entries, num_bytes):
    folder = write_folder(tmp_path / "model")
    path = tmp_path / "model" / "model.safetensors"
    path.write_bytes(_header(entries, bytes(num_bytes)))
    with pytest.raises(InputError, match="overlap or leave a gap") as caught:
        open_huggingface(folder)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("length", [10**18, 2**63, 3])
def test_a_header_length_that_lies(tmp_path, length):
    folder = write_folder(tmp_path / "model")
    path = tmp_path / "model" / "model.safetensors"
    whole = _header({"a": _entry(0, 4)}, bytes(4))
    path.write_bytes(length.to_bytes(8, "little") + whole[8:])
    with pytest.raises(InputError, match="not a safetensors file"):
        open_huggingface(folder)


@pytest.mark.parametrize(
    "weight_map", [{"a": 3}, {"a": "../other/a.safetensors"}, ["a"], None]
)
def test_a_list_of_shards_names_files_beside_it(tmp_path, weight_map):
    folder = write_folder(tmp_path / "model")
    path = tmp_path / "model" / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": weight_map}))
    with pytest.raises(InputError, match="list of shards") as caught:
        open_huggingface(folder)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("named", [5, "x", [], [None], {}])
def test_an_odd_name_of_a_class_is_none(tmp_path, named):
    config = {"hidden_size": 2, "architectures": named}
    folder = write_folder(tmp_path, {"x": np.ones(2)}, config)
    with pytest.raises(InputError, match="no model_type"):
        open_huggingface(folder)


def test_a_config_of_brackets(tmp_path):
    folder = write_folder(tmp_path, {"x": np.ones(2)})
    (tmp_path / "config.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="within each other"):
        open_huggingface(folder)


def test_a_tensor_under_two_names(tmp_path):
    name = "embeddings.word_embeddings.weight"
    tensors = {name: np.ones([2, 2]), f"bert.{name}": np.zeros([2, 2])}
    folder = write_folder(tmp_path, tensors)
    with pytest.raises(InputError, match="under two names"):
        open_huggingface(folder)
