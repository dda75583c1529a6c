"""What a score was made with: this code, this processor, these packages."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import pathlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from foundation import files

_ROOT = pathlib.Path(__file__).parent.parent
_PACKAGES = ("tensorflow", "tf-keras", "numpy", "sentencepiece")
# Those that TensorFlow chooses its products by; the order of a sum, and so the
# last bits of a score, depend on them.
_INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16")
# What a score depends on: all packages, the scripts above them, the recipes;
# not what a person has put beside them, whose runs have .flags files, too.
_PACKAGE = "__init__.py"
_NOT_OF_A_RUN = frozenset({"tests", "benchmarks"})
_OF_A_PACKAGE = ("*.py", "*.txt")  # .txt: the table of characters
# Set by a user, they change what a product's last bits are.
_ENVIRONMENT = (
    *("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "TF_XLA_FLAGS"),
    *("XLA_FLAGS", "NVIDIA_TF32_OVERRIDE"),
)
_CPU_INFO = "/proc/cpuinfo"


def code_version() -> dict[str, Any]:
    """Returns which code this is.

    "sources" is one sha256 of all Python files, the tables beside them and the
    recipes, tests left out: two checkouts with the same one compute the same.
    "commit" and "clean" come from git; None where this is no checkout.
    "version" is the package's.
    """
    commit = _git("rev-parse", "HEAD")
    return {
        "version": _version_of("biobert-kit"),
        "commit": commit or None,
        "clean": commit and not _git("status", "--porcelain", "-uno"),
        "sources": _sources_sha256(),
    }


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *words],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _sources_sha256() -> str:
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        name = path.relative_to(_ROOT)
        digest.update(f"{name}\0{files.sha256_of(str(path))}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[pathlib.Path]:
    yield from _ROOT.glob("*.py")
    yield from (_ROOT / "scripts").rglob("*.py")
    yield from (_ROOT / "scripts" / "recipes").glob("*.flags")
    for package in _ROOT.glob(f"*/{_PACKAGE}"):
        if package.parent.name not in _NOT_OF_A_RUN:
            for kind in _OF_A_PACKAGE:
                yield from package.parent.rglob(kind)


def processor(*, threads: int, gpu: str | None) -> dict[str, Any]:
    """Returns what a run computes on.

    Args:
      threads: of TensorFlow's products.
      gpu: its number, as CUDA counts; None for the CPU.

    Returns:
      "device", "name", "instructions", "threads"; "environment" where
      variables are set that scores depend on.
    """
    lines = _cpu_lines()
    known = lines.get("flags", lines.get("Features", "")).split()
    changed = {n: os.environ[n] for n in _ENVIRONMENT if n in os.environ}
    return {
        **({"environment": changed} if changed else {}),
        "device": "CPU" if gpu is None else f"GPU {gpu} ({_gpu_name(gpu)})",
        "name": lines.get("model name", os.uname().machine),
        "instructions": [name for name in _INSTRUCTIONS if name in known],
        "threads": threads,
    }


def _cpu_lines() -> Mapping[str, str]:
    """Returns name -> value of the first processor; nothing but on Linux."""
    if not files.exists(_CPU_INFO):
        return {}
    text = files.read_bytes(_CPU_INFO).decode("utf-8", errors="replace")
    first, _, _ = text.partition("\n\n")
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _gpu_name(number: str) -> str:
    asked = ["nvidia-smi", f"--id={number}", "--query-gpu=name"]
    try:
        done = subprocess.run(
            [*asked, "--format=csv,noheader"],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def packages() -> dict[str, str]:
    """Returns the versions of what computes."""
    versions = {name: _version_of(name) for name in _PACKAGES}
    return {name: v for name, v in versions.items() if v is not None}


def threads_available() -> int:
    """Returns how many threads this process may use."""
    return len(os.sched_getaffinity(0))


def model_files(paths: Sequence[str]) -> dict[str, str]:
    """Returns name -> sha256 of a model's files, in order of their names."""
    return {
        os.path.basename(path): files.sha256_of(path) for path in sorted(paths)
    }
