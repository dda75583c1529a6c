"""What chunks of notes depend on beside the notes: options, and this code."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os

from foundation import files
from preprocessing.clinical.note_text import NoteOptions

_PREPROCESSING = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def settings(options: NoteOptions, *, with_sections: bool) -> str:
    """Returns a text that changes with whatever changes a chunk's files.

    Args:
      options: how notes become lines.
      with_sections: whether headings are kept.
    """
    return json.dumps(
        {
            **dataclasses.asdict(options),
            "with_sections": with_sections,
            "code": _code_sha256(),
        },
        sort_keys=True,
    )


def _code_sha256() -> str:
    """Returns a hash of what makes text: another version's chunks are other."""
    digest = hashlib.sha256()
    for pattern in ("clinical/*.py", "sentence_*.py", "held_out.py"):
        for path in files.glob(files.join(_PREPROCESSING, pattern)):
            digest.update(files.read_bytes(path))
    return digest.hexdigest()
