"""JSON files to objects, with errors that say where and what."""

from __future__ import annotations

import json
from typing import Any

from foundation import files
from foundation.errors import InputError


def read_object(path: str, *, what: str, next_step: str) -> dict[str, Any]:
    """Returns the JSON object in a file.

    Args:
      path: the file.
      what: what the file is to the reader ("the model's config").
      next_step: what to do when it cannot be read.

    Raises:
      InputError: missing, not text, not JSON (with the line), no object.
    """
    text = files.read_text(path, what=what, next_step=next_step)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{what} is not JSON",
            got=error.msg,
            expected="a JSON object",
            next_step=next_step,
            path=path,
            line=error.lineno,
        ) from error
    if not isinstance(value, dict):
        raise InputError(
            f"{what} is not a JSON object",
            got=f"a {type(value).__name__}",
            expected='{"name": value, ...}',
            next_step=next_step,
            path=path,
        )
    return value
