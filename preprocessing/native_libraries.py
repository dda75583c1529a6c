"""What numba has compiled -> a shared library.

Numba keeps the optimized code of each function in LLVM's own form. Machine
code is made of it anew, as numba does it but such that it may lie anywhere in
memory, and the linker of the C compiler packs that.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import tempfile
from typing import Any

from absl import logging

from foundation import files
from preprocessing import native_calls

# What a library has beside the function. No references to arrays are counted:
# all are Python's, which holds them during the call.
_BESIDE = """
define void @NRT_incref(ptr %0) {{ ret void }}
define void @NRT_decref(ptr %0) {{ ret void }}
@{name} = constant [{size} x i8] c"{value}"
"""
_LLVM_TYPES = {
    ctypes.c_void_p: "ptr",
    ctypes.c_int64: "i64",
    ctypes.c_bool: "i8",
    ctypes.c_double: "double",
}
_OPTIMIZATION = 3  # numba's own


def make(dispatcher: Any, arguments: tuple[Any, ...], *, path: str) -> None:
    """Makes the library of a function for arguments of these types.

    There is no file afterwards where that cannot be: for results other than
    numbers, for a function that asks for memory, without a C compiler.

    Args:
      dispatcher: what numba made of the function.
      arguments: of a call; `native_calls.types_of` knows them.
      path: of the library.
    """
    import numba  # deferred: so is this module

    if not hasattr(dispatcher, "overloads"):  # $NUMBA_DISABLE_JIT
        return
    types = tuple(map(numba.typeof, arguments))
    dispatcher.compile(types)
    overload = dispatcher.overloads[types]
    returns = _returns(overload.signature.return_type)
    if returns is None:
        return
    module = _module(overload, returns)
    expected = [_LLVM_TYPES[type(x)] for x in native_calls.parts_of(arguments)]
    if _parts(module) == expected:
        _link(_machine_code(module), path)


def _returns(returned: Any) -> str | None:
    """Returns RETURNS (see native_calls.py) for one of numba's types."""
    from numba import types

    is_tuple = isinstance(returned, types.BaseTuple)
    numbers = list(returned) if is_tuple else [returned]
    codes = [native_calls.RESULTS.get(str(number)) for number in numbers]
    if None in codes or len(codes) + 1 >= native_calls.MAX_RETURNS:
        return None
    start = native_calls.TUPLE if is_tuple else ""
    return start + "".join(map(str, codes))


def _module(overload: Any, returns: str) -> Any:
    """Returns a function and all that it calls, in LLVM's form."""
    from llvmlite import binding

    linked = overload.library._get_module_for_linking()
    module = binding.parse_bitcode(linked.as_bitcode())  # a copy
    size = native_calls.MAX_RETURNS
    beside = _BESIDE.format(
        name=native_calls.RETURNS,
        size=size,
        value=returns + "\\00" * (size - len(returns)),
    )
    module.link_in(binding.parse_assembly(beside))
    for function in module.functions:
        if function.name == overload.fndesc.llvm_func_name:
            function.linkage = "external"
            function.name = native_calls.ENTRY
        elif not function.is_declaration:
            # Not for others: what the function does not call goes away, such
            # as numba's ways for Python to call it.
            function.linkage = "internal"
    return module


def _parts(module: Any) -> list[str]:
    """Returns the types that stand for a function's arguments."""
    entry = module.get_function(native_calls.ENTRY)
    # The first two are for the result and for an error.
    return [str(part.type) for part in entry.arguments][2:]


def _machine_code(module: Any) -> bytes:
    """Returns an object file for the processor that numba compiles for.

    That is this very one, or what $NUMBA_CPU_NAME and $NUMBA_CPU_FEATURES say.
    """
    from llvmlite import binding
    from numba.core import config
    from numba.core.codegen import get_host_cpu_features

    features = config.CPU_FEATURES  # "" = none but those of the name
    if features is None:
        features = get_host_cpu_features()
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=config.CPU_NAME or binding.get_host_cpu_name(),
        features=features,
        opt=_OPTIMIZATION,
        reloc="pic",
        codemodel="default",
    )
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    options = binding.create_pipeline_tuning_options()
    passes.run(module, binding.create_pass_builder(machine, options))
    code: bytes = machine.emit_object(module)
    return code


def _link(code: bytes, path: str) -> None:
    """Links a library; a part of one never has its name."""
    linker = shutil.which("cc")
    if linker is None:
        logging.log_first_n(
            logging.INFO,
            "There is no C compiler (cc) to keep compiled code with: each run "
            "imports numba, which takes half a second and 90 MB.",
            1,
        )
        return
    with (
        contextlib.suppress(OSError),  # as a full disk: numba can go on
        tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as folder,
    ):
        source = files.join(folder, "function.o")
        target = files.join(folder, "function.so")
        with files.open_file(source, "wb") as file:
            file.write(code)
        # What is nowhere defined shall be an error here, not in the call.
        command = [linker, "-shared", "-Wl,-z,defs", "-o", target, source]
        linked = subprocess.run(
            [*command, "-lm"], check=False, capture_output=True
        )
        if linked.returncode == 0:
            library = native_calls.sealed(files.read_bytes(target))
            with files.open_file(target, "wb") as file:
                file.write(library)
            files.rename(target, path)
