"""Raw little-endian bytes -> numpy arrays, for the Hugging Face file formats.

numpy has no bfloat16; its 16 bits are the upper half of a float32, so it is
widened here and no other package is needed.
"""

from __future__ import annotations

import numpy as np

# The element types by their safetensors names; torch_bin translates its own.
_NUMPY_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",  # widened below
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}


def is_known_type(element_type: str) -> bool:
    """Returns whether `element_type` can be decoded here."""
    return element_type in _NUMPY_TYPES


def bytes_per_element(element_type: str) -> int:
    """Returns the size in bytes of one element as it lies in the file."""
    return int(np.dtype(_NUMPY_TYPES[element_type]).itemsize)


def decode(raw: bytes, element_type: str) -> np.ndarray:
    """Returns the elements of `raw`, flat; floating ones as float32.

    Args:
      raw: little-endian bytes, a whole number of elements.
      element_type: a safetensors name such as "F32" or "BF16".

    Returns:
      A 1-D array: float32 for every floating type, else the stored type. Of
      float32 it is a view of `raw`, which cannot be written to.
    """
    array = np.frombuffer(raw, dtype=_NUMPY_TYPES[element_type])
    if element_type == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    if array.dtype.kind == "f":
        return array.astype(np.float32, copy=False)
    return array
