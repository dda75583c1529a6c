"""A `torch.save` file (`pytorch_model.bin`) -> arrays, without PyTorch.

Such a file is a pickle, and a pickle can run any code. Here no global that it
names is ever imported: the few that a state dict needs are replaced by data
holders of our own, every other one stops the run. Both formats are read: the
zip of PyTorch 1.6 and later, and the stream before it, in which most of the
biomedical models of 2019 and 2020 were published.

Formats: torch/serialization.py (_save, _legacy_save) of PyTorch 2.13.
"""

from __future__ import annotations

import collections
import math
import pickle  # noqa: TID251  (weights-only: find_class imports nothing)
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, cast

import numpy as np

from foundation import files
from foundation.errors import InputError
from modeling.weights import raw_arrays

_ZIP_MAGIC = b"PK\x03\x04"
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch.serialization.MAGIC_NUMBER
_LEGACY_VERSION = 1001  # torch.serialization.PROTOCOL_VERSION
_LEGACY_SIZE_BYTES = 8  # int64 number of elements before each storage
_NEXT_STEP = "download the file again, or use the model's safetensors file"
_STORAGES = {
    "DoubleStorage": "F64",
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}
# What a damaged or hostile file makes the readers raise.
_READING_ERRORS: tuple[type[Exception], ...] = (
    pickle.UnpicklingError, zipfile.BadZipFile, LookupError, EOFError,
    AttributeError, TypeError, ValueError, MemoryError, OverflowError,
    RuntimeError, NotImplementedError
)  # fmt: skip


@dataclass(frozen=True)
class _StorageType:
    element_type: str  # a safetensors name


@dataclass(frozen=True)
class _Storage:
    key: str
    element_type: str
    first: int  # element of the stored one at which this view begins
    length: int  # elements


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int  # elements
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # elements


class TorchBin(Mapping[str, np.ndarray]):
    """Tensor name -> array; each is read from the file when looked up.

    Floating types come as float32, the others as they are stored.

    Attributes:
      path: the file.
      shapes: tensor name -> shape, known without reading the data.
    """

    def __init__(
        self,
        path: str,
        tensors: Mapping[str, _Tensor],
        read_bytes: Callable[[str, int, int], bytes],
    ) -> None:
        self.path = path
        self.shapes = {name: t.shape for name, t in tensors.items()}
        self._tensors = tensors
        self._read_bytes = read_bytes  # (storage key, first byte, count)

    def __getitem__(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        element_type = tensor.storage.element_type
        if 0 in tensor.shape:
            return raw_arrays.decode(b"", element_type).reshape(tensor.shape)
        size = raw_arrays.bytes_per_element(element_type)
        span = _span(tensor.shape, tensor.strides)
        first = (tensor.storage.first + tensor.offset) * size
        raw = self._read_bytes(tensor.storage.key, first, span * size)
        if len(raw) != span * size:
            raise _damaged(self.path, f"{len(raw)} bytes of tensor {name}")
        flat = raw_arrays.decode(raw, element_type)
        strides = [stride * flat.itemsize for stride in tensor.strides]
        view = np.lib.stride_tricks.as_strided(flat, tensor.shape, strides)
        return view.copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def read_torch_bin(path: str) -> TorchBin:
    """Opens a `torch.save` file that holds a state dict.

    Args:
      path: the file, local or remote.

    Returns:
      A lazy mapping from tensor name to array.

    Raises:
      InputError: missing, not such a file, damaged, or its pickle names a
        global that a state dict does not need (which is not executed).
    """
    files.check_readable(path, what="the weights", next_step=_NEXT_STEP)
    with files.open_file(path, "rb") as file:
        is_zip = file.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
    try:
        return _open_zip(path) if is_zip else _open_legacy(path)
    except InputError:
        raise
    except _READING_ERRORS as error:
        raise _damaged(path, type(error).__name__) from error


def _open_zip(path: str) -> TorchBin:
    with files.open_file(path, "rb") as file, zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        found = [name for name in names if name.endswith("/data.pkl")]
        if len(found) != 1:
            raise _damaged(path, f"a zip with {len(found)} data.pkl")
        folder = found[0].removesuffix("data.pkl")
        if folder + "byteorder" in names:
            order = archive.read(folder + "byteorder")
            _check_byte_order(path, order == b"little")
        with archive.open(found[0]) as pickled:
            content = _StateDictUnpickler(pickled, path=path).load()

    def read_bytes(key: str, first: int, count: int) -> bytes:
        member = f"{folder}data/{key}"
        with (
            files.open_file(path, "rb") as file,
            zipfile.ZipFile(file) as archive,
            archive.open(member) as storage,
        ):
            storage.seek(first)
            return storage.read(count)

    return TorchBin(path, _tensors_of(path, content), read_bytes)


def _open_legacy(path: str) -> TorchBin:
    with files.open_file(path, "rb") as file:
        magic = _StateDictUnpickler(file, path=path).load()
        version = _StateDictUnpickler(file, path=path).load()
        if (magic, version) != (_LEGACY_MAGIC, _LEGACY_VERSION):
            raise _damaged(path, "neither format's first bytes")
        system = _StateDictUnpickler(file, path=path).load()
        _check_byte_order(path, bool(system["little_endian"]))
        body = _StateDictUnpickler(file, path=path)
        content = body.load()
        keys = _StateDictUnpickler(file, path=path).load()
        starts = {}
        for key in keys:
            count = int.from_bytes(file.read(_LEGACY_SIZE_BYTES), "little")
            starts[key] = file.tell()
            size = raw_arrays.bytes_per_element(body.element_types[key])
            file.seek(starts[key] + count * size)

    def read_bytes(key: str, first: int, count: int) -> bytes:
        with files.open_file(path, "rb") as file:
            file.seek(starts[key] + first)
            return bytes(file.read(count))

    return TorchBin(path, _tensors_of(path, content), read_bytes)


class _StateDictUnpickler(pickle.Unpickler):  # noqa: S301
    """Unpickles what a state dict consists of, and nothing else."""

    def __init__(self, file: IO[bytes], *, path: str) -> None:
        super().__init__(file, encoding="utf-8")
        self._path = path
        self.element_types: dict[str, str] = {}  # by storage key

    def find_class(self, module: str, name: str, /) -> Any:
        """Returns our stand-in for a global; imports nothing.

        Raises:
          InputError: any global that is not on the list.
        """
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _rebuild_parameter
        if module == "torch" and name in _STORAGES:
            return _StorageType(_STORAGES[name])
        raise InputError(
            "the file wants to load code, which was refused",
            got=f"the global {module}.{name}",
            expected="a state dict of plain tensors",
            next_step="use model.safetensors of the same model, or save "
            "model.state_dict() alone",
            path=self._path,
        )

    def persistent_load(self, pid: Any, /) -> _Storage:
        """Returns the storage that a persistent id of PyTorch describes."""
        kind, storage_type, key, _, length, *view = pid
        if kind != "storage" or not isinstance(storage_type, _StorageType):
            raise pickle.UnpicklingError("an unknown kind of persistent id")
        self.element_types[key] = storage_type.element_type
        first = 0
        if view and view[0] is not None:  # legacy: a view of a storage
            _, first, length = view[0]
        return _Storage(key, storage_type.element_type, first, length)


def _rebuild_tensor(*args: Any) -> _Tensor:
    """Stands for torch._utils._rebuild_tensor_v2."""
    storage, offset, shape, strides = args[:4]  # then: requires_grad, hooks
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _rebuild_parameter(*args: Any) -> _Tensor:
    """Stands for torch._utils._rebuild_parameter."""
    return cast(_Tensor, args[0])


def _tensors_of(path: str, content: object) -> dict[str, _Tensor]:
    """Returns the tensors of an unpickled state dict, all checked."""
    if not isinstance(content, dict):
        raise _damaged(path, f"a {type(content).__name__}")
    tensors = {
        str(name): value
        for name, value in content.items()
        if isinstance(value, _Tensor)
    }
    if not tensors:
        raise _damaged(path, f"{len(content)} entries, none of them a tensor")
    for name, tensor in tensors.items():
        _check_bounds(path, tensor, name=name)
    return tensors


def _check_bounds(path: str, tensor: Any, *, name: str) -> None:
    storage = tensor.storage  # Any: the pickle decides what stands there
    layout = (tensor.offset, *tensor.shape, *tensor.strides)
    is_sound = (
        isinstance(storage, _Storage)
        and len(tensor.shape) == len(tensor.strides)
        and all(isinstance(number, int) and number >= 0 for number in layout)
        and math.prod(tensor.shape) <= storage.length  # no 0-stride bombs
        and tensor.offset + _span(tensor.shape, tensor.strides)
        <= storage.length
    )
    if not is_sound:
        raise _damaged(path, f"tensor {name} outside of its storage")


def _span(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Returns how many elements lie from the first to the last of a view."""
    if math.prod(shape) == 0:
        return 0
    steps = zip(shape, strides, strict=True)
    return 1 + sum((size - 1) * stride for size, stride in steps)


def _check_byte_order(path: str, is_little: bool) -> None:
    if not is_little:
        raise _damaged(path, "big-endian data")


def _damaged(path: str, got: str) -> InputError:
    return InputError(
        "cannot read the weights",
        got=got,
        expected="a state dict saved with torch.save",
        next_step=_NEXT_STEP,
        path=path,
    )
