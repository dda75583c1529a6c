"""Scripts run in this process as a person runs them: from their entry on."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from unittest import mock

from absl import flags

from cli import entry

ROOT = pathlib.Path(__file__).resolve().parent.parent


def load(path: str | pathlib.Path) -> types.ModuleType:
    """Returns a script as a module, by its path from the checkout."""
    stem = pathlib.Path(path).stem
    spec = importlib.util.spec_from_file_location(stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(words: Sequence[str]) -> int:
    """Runs a script: its path, then its flags; returns the exit code.

    What this process is told by a script holds for that script alone: the
    mask of new files, the last words on a defect.
    """
    module = load(words[0])
    fv = flags.FlagValues()
    module.define_flags(fv)
    options = entry_options(words[0])
    with _kept_as_it_is(), mock.patch.object(flags, "FLAGS", fv):
        try:
            entry.run(module.main, fv, argv=list(words), **options)
        except SystemExit as stop:
            return int(stop.code or 0)
    return 0


def entry_options(path: str | pathlib.Path) -> dict[str, int | bool]:
    """Returns what a script's last line tells `entry.run`."""
    source = (ROOT / path).read_text(encoding="utf-8")
    last = source.rstrip().rpartition("entry.run(main")[2].rstrip(")")
    given = [word.split("=") for word in last.split(",") if "=" in word]
    return {name.strip(): _option(path, value) for name, value in given}


def _option(path: str | pathlib.Path, value: str) -> int | bool:
    if value in {"False", "True"}:
        return value == "True"
    named = int(value) if value.isdigit() else getattr(load(path), value)
    assert isinstance(named, int)
    return named


def scripts() -> list[str]:
    """Returns all scripts that start by `entry.run`."""
    paths = [*ROOT.glob("*.py"), *ROOT.glob("scripts/*.py")]
    return sorted(
        str(path.relative_to(ROOT))
        for path in paths
        if "entry.run(main" in path.read_text(encoding="utf-8")
    )


@contextlib.contextmanager
def _kept_as_it_is() -> Iterator[None]:
    hook: Callable[..., object] = sys.excepthook
    mask = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(mask)
        sys.excepthook = hook
