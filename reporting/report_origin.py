"""A run's processor and code, as the ledger has them, to a line of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def processor_text(processor: Mapping[str, Any]) -> str:
    """Returns name, threads, device and instructions."""
    instructions = processor.get("instructions") or ""
    if not isinstance(instructions, str):
        instructions = " ".join(map(str, instructions))
    parts = [
        str(processor.get("name") or "not known"),
        f"{processor.get('threads', '?')} threads",
        str(processor.get("device") or ""),
        instructions,
    ]
    return ", ".join(part for part in parts if part)


def code_text(code: Mapping[str, Any]) -> str:
    """Returns version, commit and digest, the latter two in short."""
    commit = str(code.get("commit") or "no commit")[:10]
    state = "" if code.get("clean") else ", with changes"
    sources = str(code.get("sources", ""))[:10]
    return f"{code.get('version', '?')}, {commit}{state}, sources {sources}"
