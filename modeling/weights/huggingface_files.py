"""The files of a Hugging Face folder: its config and its tensor files."""

from __future__ import annotations

from typing import Any

from foundation import files, json_files
from foundation.errors import InputError
from modeling.weights.safetensors_file import SafetensorsFile
from modeling.weights.torch_bin import TorchBin, read_torch_bin

CONFIG_FILE = "config.json"
_SAFETENSORS = "model.safetensors"
_TORCH_BIN = "pytorch_model.bin"
_INDEX = ".index.json"
# In the order of preference.
READABLE = (
    _SAFETENSORS,
    _SAFETENSORS + _INDEX,
    _TORCH_BIN,
    _TORCH_BIN + _INDEX,
)
OF_OTHER_FRAMEWORKS = ("tf_model.h5", "flax_model.msgpack", "model.onnx")
_ALL_SHARDS = "download the model again, all its shards included"
_LFS_MAGIC = b"version https://git-lfs"

TensorFile = SafetensorsFile | TorchBin


def folder_of(path: str) -> str:
    """Returns the folder, also when a weights file inside is given."""
    folder, _, name = path.rpartition("/")
    return (folder or ".") if name in READABLE else path


def read_config(folder: str) -> dict[str, Any]:
    """Returns the content of the folder's config.json.

    Raises:
      InputError: it is missing or not a JSON object.
    """
    return json_files.read_object(
        files.join(folder, CONFIG_FILE),
        what="the model's config",
        next_step="pass the folder that save_pretrained wrote",
    )


def open_tensors(folder: str) -> dict[str, TensorFile]:
    """Returns tensor name -> the file that holds it.

    Raises:
      InputError: no file that can be read, or a damaged one.
    """
    for name in READABLE:
        path = files.join(folder, name)
        if not files.exists(path):
            continue
        if not name.endswith(_INDEX):
            opened = _open_file(path)
            return dict.fromkeys(opened, opened)
        return _open_shards(folder, path)
    found = [n for n in files.list_directory(folder) if n != CONFIG_FILE]
    others = [name for name in OF_OTHER_FRAMEWORKS if name in found]
    raise InputError(
        "the folder has no weights that can be read",
        got=f"only {', '.join(others)}" if others else f"{len(found)} files",
        expected=f"{_SAFETENSORS} or {_TORCH_BIN} beside {CONFIG_FILE}",
        next_step="download the model's safetensors file, or convert it with "
        "`save_pretrained` of transformers",
        path=folder,
    )


def _open_shards(folder: str, index: str) -> dict[str, TensorFile]:
    weight_map = _read_weight_map(index)
    tensors: dict[str, TensorFile] = {}
    for shard in sorted(set(weight_map.values())):
        opened = _open_file(files.join(folder, shard))
        tensors.update(dict.fromkeys(opened, opened))
    lost = sorted(set(weight_map) - set(tensors))
    if lost:
        raise InputError(
            f"the shards lack {len(lost)} tensors, {lost[0]} among them",
            got=f"{len(tensors)} tensors",
            expected=f"the {len(weight_map)} of the list",
            next_step=_ALL_SHARDS,
            path=index,
        )
    return tensors


def list_shards(index: str) -> list[str]:
    """Returns the names of the shards that a list of shards has.

    Raises:
      InputError: it cannot be read.
    """
    return sorted(set(_read_weight_map(index).values()))


def _read_weight_map(index: str) -> dict[str, str]:
    """Returns tensor name -> name of the shard."""
    value = json_files.read_object(
        index, what="the list of shards", next_step=_ALL_SHARDS
    )
    found = value.get("weight_map")
    if not isinstance(found, dict) or not all(map(_is_name, found.values())):
        raise InputError(
            "the list of shards cannot be used",
            got="no weight_map with names of files beside it",
            expected='{"weight_map": {tensor: file}}',
            next_step=_ALL_SHARDS,
            path=index,
        )
    return found


def _is_name(shard: object) -> bool:
    """Returns whether a shard lies in the folder: others are not opened."""
    return isinstance(shard, str) and bool(shard) and "/" not in shard


def _open_file(path: str) -> TensorFile:
    files.check_readable(
        path,
        what="the weights",
        next_step="download the model again, all its files included",
    )
    with files.open_file(path, "rb") as file:
        is_pointer = file.read(len(_LFS_MAGIC)) == _LFS_MAGIC
    if is_pointer:
        raise InputError(
            "a Git LFS pointer stands where the weights should be",
            got=f"{files.size_of(path)} bytes of text",
            expected="the weights",
            next_step="run `git lfs pull` in that folder",
            path=path,
        )
    if path.endswith(".safetensors"):
        return SafetensorsFile(path)
    return read_torch_bin(path)
