"""JSON files to objects, with errors that say where and what."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from foundation import files
from foundation.errors import InputError

_LINE_ENDS = re.compile("[\u0085\u2028\u2029]")


def read_value(path: str, *, what: str, next_step: str) -> Any:
    """Returns what the JSON of a file says.

    Args:
      path: the file.
      what: what the file is to the reader ("the model's config").
      next_step: what to do when it cannot be read.

    Raises:
      InputError: missing, not text, not JSON (with the line), nested too deep.
    """
    text = files.read_text(path, what=what, next_step=next_step)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{what} is damaged: not JSON",
            got=f"{error.msg} in column {error.colno}",
            expected="JSON",
            next_step=next_step,
            path=path,
            line=error.lineno,
        ) from error
    except RecursionError:
        raise InputError(
            f"{what} is damaged",
            got="lists or objects within each other beyond all measure",
            expected="JSON that somebody would write",
            next_step=next_step,
            path=path,
        ) from None


def read_object(path: str, *, what: str, next_step: str) -> dict[str, Any]:
    """Returns the JSON object in a file.

    Args and errors: those of `read_value`; InputError for another value, too.
    """
    value = read_value(path, what=what, next_step=next_step)
    if not isinstance(value, dict):
        raise InputError(
            f"{what} is not a JSON object",
            got=f"a {type(value).__name__}",
            expected='{"name": value, ...}',
            next_step=next_step,
            path=path,
        )
    return value


def line_of(value: Mapping[str, Any]) -> str:
    """Returns a JSON object as one line, whoever reads it; no line feed.

    What some readers, as str.splitlines, take for a line end is escaped.
    """
    text = json.dumps(value, ensure_ascii=False)
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
