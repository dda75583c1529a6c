"""What scripts say of command lines, without running them.

Reads JSON from standard input, a list of [words, is_whole]; prints a complaint,
or null, for each, and the names of all flags. `python -m` starts it, a process
of its own: TensorFlow, and packages that only benchmarks need, are mocks here.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib.util
import inspect
import io
import json
import sys
import types
from collections.abc import Sequence
from unittest import mock

from absl import flags

from tests import script_entry

ROOT = script_entry.ROOT
MOCKED = (
    "nltk", "official", "orbit", "spacy", "tensorflow", "tensorflow_text",
    "tf_keras", "torch", "transformers",
)  # fmt: skip
_TEXT = {"string", "list of strings", "comma separated list of strings"}


class _ParsedError(Exception):
    """Ends a script behind its command line."""


def complaint(words: Sequence[str], *, is_whole: bool) -> str | None:
    """Returns what is wrong with a command line of a Python script."""
    if not (ROOT / words[0]).is_file():
        return f"no {words[0]}"
    if set(words) & {"--help", "--helpfull", "-h"}:
        return None
    module = _loaded(words[0])
    if hasattr(module, "argparse"):
        return _argparse(module, list(words), is_whole=is_whole)
    fv = flags.FlagValues()
    if hasattr(module, "define_flags"):
        module.define_flags(fv)
    return _absl(fv, list(words), is_whole=is_whole)


@functools.cache
def _loaded(script: str) -> types.ModuleType:
    """Returns a script as a module; it finds its neighbours, as if run."""
    path = ROOT / script
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    # Dataclasses look themselves up there.
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    with mock.patch.object(sys, "path", [str(path.parent), *sys.path]):
        spec.loader.exec_module(module)
    return module


def _absl(
    fv: flags.FlagValues, words: list[str], *, is_whole: bool
) -> str | None:
    max_words = 0
    if words[0] in script_entry.scripts():
        max_words = int(
            script_entry.entry_options(words[0]).get("max_words", 0)
        )
    try:
        known = [word for word in words if not _is_open(word, fv)]
        if is_whole:
            rest = fv(known)
        else:  # without the checks of what is required
            with mock.patch.object(flags.FlagValues, "validate_all_flags"):
                rest = fv(known)
    except (flags.Error, ValueError) as error:
        return str(error)
    if len(rest) - 1 > max_words:
        return f"words that no flag takes: {rest[1:]}"
    return None


def _is_open(word: str, fv: flags.FlagValues) -> bool:
    """Tells a known flag that is no text, with a value that people fill in."""
    name, _, value = word.removeprefix("--").partition("=")
    if not word.startswith("--") or not ("$" in value or value == "..."):
        return False
    if name == "flagfile":
        return True
    return name in fv and fv[name].flag_type() not in _TEXT


def _argparse(
    module: types.ModuleType, words: list[str], *, is_whole: bool
) -> str | None:
    parse = argparse.ArgumentParser.parse_args

    def parse_only(parser: argparse.ArgumentParser, *given: object) -> None:
        parser.allow_abbrev = False
        parse(parser, *given)  # type: ignore[call-overload]
        raise _ParsedError

    said = io.StringIO()
    with (
        mock.patch.object(argparse.ArgumentParser, "parse_args", parse_only),
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stderr(said),
        contextlib.suppress(_ParsedError, SystemExit),
    ):
        takes = inspect.signature(module.main).parameters
        module.main(*[words[1:]] * bool(takes))
    errors = said.getvalue().strip().splitlines()[-1:]
    if not errors or (not is_whole and "required" in errors[0]):
        return None
    return errors[0]


def flags_of_all() -> list[str]:
    """Returns the names of all flags of all scripts that declare theirs."""
    fv = set()
    for script in script_entry.scripts():
        own = flags.FlagValues()
        _loaded(script).define_flags(own)
        fv |= set(own)
    return sorted(fv)


def main() -> None:
    """Answers for every command line."""
    sys.modules.update({name: mock.MagicMock() for name in MOCKED})
    asked = json.load(sys.stdin)
    answers = [complaint(words, is_whole=whole) for words, whole in asked]
    json.dump({"complaints": answers, "flags": flags_of_all()}, sys.stdout)


if __name__ == "__main__":
    main()
