"""Arrays -> a safetensors file; one tensor is in memory at a time.

Format as in safetensors_file.py. Written here rather than with their package
for the same reasons, and because that one wants all arrays at once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from foundation import files

_ALIGNMENT = 8  # bytes: the data begins at a multiple, as their writer has it
_FLOAT32_BYTES = 4
# Without it transformers does not take the file for one of PyTorch's.
_METADATA = {"format": "pt"}


def write_safetensors(
    path: str,
    shapes: Mapping[str, tuple[int, ...]],
    read: Callable[[str], np.ndarray],
) -> None:
    """Writes float32 tensors, in the order of their names, atomically.

    Args:
      path: of the file.
      shapes: tensor name -> shape.
      read: returns a tensor by its name.

    Raises:
      ValueError: a tensor has another shape than it was said to have.
      InputError: the disk is full, or the place cannot be written to.
    """
    header: dict[str, Any] = {"__metadata__": _METADATA}
    end = 0
    for name in sorted(shapes):
        start, end = end, end + math.prod(shapes[name]) * _FLOAT32_BYTES
        header[name] = {
            "dtype": "F32",
            "shape": list(shapes[name]),
            "data_offsets": [start, end],
        }
    raw = json.dumps(header, separators=(",", ":")).encode()
    raw += b" " * (-len(raw) % _ALIGNMENT)
    with files.write_atomically(path, "wb") as file:
        file.write(len(raw).to_bytes(8, "little"))
        file.write(raw)
        for name in sorted(shapes):
            array = read(name)
            if array.shape != tuple(shapes[name]):
                raise ValueError(
                    f"tensor {name}: got the shape {array.shape}, "
                    f"expected {tuple(shapes[name])}"
                )
            file.write(np.ascontiguousarray(array, "<f4").data)
