"""An exported tokenizer.json beside the tokenizer that it came from.

Hugging Face's library `tokenizers` reads the file, and is needed for nothing
else: an export does not depend on it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from foundation import files
from foundation.errors import InputError
from preprocessing.huggingface_tokenizer import TOKENIZER_FILE
from preprocessing.tokenization import Tokenizer


def can_compare() -> bool:
    """Returns whether `tokenizers` is installed."""
    return importlib.util.find_spec("tokenizers") is not None


def compare_with_export(
    tokenizer: Tokenizer, folder: str, lines: Sequence[str]
) -> tuple[int, int]:
    """Counts the lines with the same ids, and those without.

    Args:
      tokenizer: what was exported.
      folder: where tokenizer.json lies.
      lines: texts; no [CLS] and no [SEP] is added.

    Returns:
      How many are equal, how many are not.

    Raises:
      InputError: `tokenizers` is not installed, or the file is missing.
    """
    if not can_compare():
        raise InputError(
            "the exported tokenizer cannot be read here",
            got="no package tokenizers",
            expected="Hugging Face's library, which reads tokenizer.json",
            next_step="pip install tokenizers, or compare without it",
        )
    import tokenizers  # deferred: optional

    path = files.join(folder, TOKENIZER_FILE)
    files.check_readable(
        path,
        what="the exported tokenizer",
        next_step="export the model first",
    )
    exported = tokenizers.Tokenizer.from_str(files.read_bytes(path).decode())
    found = exported.encode_batch(list(lines), add_special_tokens=False)
    equal = sum(
        ids == encoding.ids
        for ids, encoding in zip(
            tokenizer.encode_lines(lines), found, strict=True
        )
    )
    return equal, len(lines) - equal
