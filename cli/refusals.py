"""Errors of absl, the system and TensorFlow, told in the words of ours.

Each becomes an `InputError` with what was got, what was expected and the next
step. What cannot be told so is a defect of ours: `None`.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Sequence

from absl import flags

from foundation.errors import InputError

_ILLEGAL_VALUE = re.compile(r"flag --(\w+)=(.*?): (.*)", re.DOTALL)
_FLAG_SHAPE = re.compile(r"-{0,2}\w{1,60}")
_LONGEST = 60  # characters of a value that are shown
# What a file system says, in the words of TensorFlow's messages.
_OF_FILES = (
    "no space left",
    "too large",
    "read-only",
    "permission denied",
    "input/output error",
    "quota exceeded",
    "no such file",
)
_OF_MEMORY = re.compile(r"\boom\b|out[ _]of[ _]memory|failed to allocate")

_SCHEME = re.compile(r"file system scheme '(\w+)' not implemented")


def of_flags(error: Exception, fv: flags.FlagValues) -> InputError:
    """Tells a command line that absl does not accept."""
    if isinstance(error, flags.UnrecognizedFlagError):
        return _unknown_flag(error)
    text = " ".join(str(error).split()).rstrip(".")
    illegal = _ILLEGAL_VALUE.fullmatch(text)
    if illegal is not None and illegal.group(1) in fv:
        return _illegal_value(illegal, fv[illegal.group(1)])
    if isinstance(error, flags.CantOpenFlagFileError):
        return InputError(
            "--flagfile cannot be opened",
            got=text.rpartition("] ")[2],
            expected="a file with one flag a line",
            next_step="check the path after --flagfile=",
        )
    if isinstance(error, UnicodeDecodeError):
        return InputError(
            "--flagfile is not UTF-8",
            got=f"byte 0x{error.object[error.start]:02x}",
            expected="a text file with one flag a line",
            next_step="check the path after --flagfile=",
        )
    return InputError(
        "a flag is not as it should be",
        got=text,
        expected="--name=value, for switches --name or --noname",
        next_step="see --help",
    )


def _unknown_flag(error: flags.UnrecognizedFlagError) -> InputError:
    name = str(error.flagname)
    # A file of notes given as --flagfile must not be shown.
    is_name = _FLAG_SHAPE.fullmatch(name) is not None
    close = str(error).rpartition("Did you mean: ")[2].rstrip(" ?")
    tip = f"did you mean --{close}? " if "Did you mean" in str(error) else ""
    return InputError(
        "unknown flag",
        got=f"--{name}" if is_name else f"{len(name)} characters, no name",
        expected="a flag that --help lists",
        next_step=f"{tip}see --help",
    )


def _illegal_value(
    match: re.Match[str], flag: flags.Flag[object]
) -> InputError:
    name, value, reason = match.groups()
    choices = getattr(flag.parser, "enum_values", None)
    expected = flag.parser.syntactic_help or reason
    if choices:
        expected = f"one of {', '.join(choices)}"
    elif flag.boolean:
        expected = "true or false"
    return InputError(
        f"--{name} has a value that it cannot have",
        got=repr(value[:_LONGEST]),
        expected=expected,
        next_step=f"correct --{name}; --help says what it does",
    )


def of_words(words: Sequence[str], argv: Sequence[str]) -> InputError:
    """Tells words on the command line that are no flags.

    Args:
      words: what is left once the flags are taken.
      argv: the command line itself. Words of a --flagfile are not in it and
        are not shown: the file could be one of notes.
    """
    shown = [word[:_LONGEST] for word in words[:3] if word in argv]
    return InputError(
        "words without a flag on the command line",
        got=" ".join(shown) or f"{len(words)} words of --flagfile",
        expected="--flag=value, for switches --flag or --noflag",
        next_step="write --name=value without blanks around =",
    )


def of_system(error: OSError) -> InputError:
    """Tells what the operating system refuses."""
    number = error.errno or 0
    where = str(error.filename) if error.filename is not None else None
    return InputError(
        "the file system refuses",
        got=error.strerror or os.strerror(number),
        expected="a file or folder that can be read and written",
        next_step=_next_step(number),
        path=where,
    )


def _next_step(number: int) -> str:
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "free disk space or choose another --output_dir"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "change the permissions or choose another --output_dir"
    return "check the path"


def out_of_memory(what: str) -> InputError:
    """Tells that a machine or its accelerator is too small."""
    return InputError(
        "out of memory",
        got=what,
        expected="a model, a batch and rows that fit",
        next_step="lower --train_batch_size (the same updates with "
        "--gradient_accumulation_steps), --predict_batch_size or "
        "--max_seq_length",
    )


def tensorflow_errors() -> tuple[type[Exception], ...]:
    """Returns TensorFlow's errors, once something has imported it."""
    tensorflow = sys.modules.get("tensorflow")
    found = getattr(getattr(tensorflow, "errors", None), "OpError", None)
    return (found,) if found is not None else ()


def of_tensorflow(error: Exception) -> InputError | None:
    """Tells a lack of memory or of files; None: a defect of ours."""
    kind = type(error).__name__
    text = str(getattr(error, "message", error)).lower()
    if _OF_MEMORY.search(text):
        shape = re.search(r"shape\s?\[[\d,]+\][^.]*", text)
        return out_of_memory(shape[0] if shape else kind)
    scheme = _SCHEME.search(text)
    if scheme is not None:
        return InputError(
            "a path of an unknown kind",
            got=f"{scheme[1]}://",
            expected="a local path, or a file system that this TensorFlow has",
            next_step="copy the files to a local folder and name that",
        )
    said = [words for words in _OF_FILES if words in text]
    if not said and kind != "ResourceExhaustedError":
        return None
    return InputError(
        "a file cannot be read or written",
        got=said[0] if said else kind,
        expected="a disk with room that can be written to",
        next_step="free disk space, or choose another --output_dir",
    )
