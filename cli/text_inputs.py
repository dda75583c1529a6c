"""The text that a script reads: --input_file."""

from __future__ import annotations

from absl import flags

from foundation.errors import InputError
from preprocessing.corpus_files import expand_inputs


def read(fv: flags.FlagValues) -> list[str]:
    """Returns the files of --input_file.

    Raises:
      InputError: there is no such flag, or a file that cannot be read.
    """
    if not fv.input_file:
        raise InputError(
            "there is no text to read",
            got="no --input_file",
            expected="files or patterns, with commas between",
            next_step="add --input_file=corpus/*.txt",
        )
    return expand_inputs(fv.input_file)
