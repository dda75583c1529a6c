"""Writes Hugging Face folders for the tests."""

from __future__ import annotations

import json
import pathlib

import numpy as np

BERT_CONFIG = {"model_type": "bert", "hidden_act": "gelu"}


def write_safetensors(
    path: pathlib.Path, tensors: dict[str, tuple[str, np.ndarray]]
) -> None:
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (element_type, array) in tensors.items():
        start = len(data)
        data += array.tobytes()
        header[name] = {
            "dtype": element_type,
            "shape": list(array.shape),
            "data_offsets": [start, len(data)],
        }
    raw = json.dumps(header).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + data)


def write_folder(
    path: pathlib.Path,
    tensors: dict[str, np.ndarray] | None = None,
    config: dict | None = None,
) -> str:
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps(config or BERT_CONFIG))
    if tensors:
        write_safetensors(
            path / "model.safetensors",
            {k: ("F32", v.astype("<f4")) for k, v in tensors.items()},
        )
    return str(path)
